import type { Awaitable, Coroutine } from "yieldfrom";
import { type Terms as AnswerTerms, answer } from "./answer.ts";
import { TooManyRedirects } from "./errors.ts";
import type { Hop } from "./hop.ts";
import { type ClientMiddleware, withMiddlewares } from "./middleware.ts";
import { redirectOf } from "./redirect.ts";
import { UploadStream } from "./request-body.ts";
import type { ClientResponse } from "./response.ts";

/** Whether a response that is no success is thrown; or what looks at it, may await, and throws what it likes. */
export type RaiseForStatus =
  | boolean
  | ((response: ClientResponse) => Awaitable<unknown>)
  | ((response: ClientResponse) => void);

/** How a request is to be carried out. */
export interface Terms extends AnswerTerms {
  /** Most redirects that are followed; null: they are left to the caller. */
  readonly maxRedirects: number | null;
  readonly raiseForStatus: RaiseForStatus;
  readonly middlewares: readonly ClientMiddleware[];
}

/** Sends a request, follows where it is redirected to, and waits for the headers of what comes in the end. */
export function* send(first: Hop, terms: Terms): Coroutine<ClientResponse> {
  try {
    return yield* follow(first, terms);
  } catch (error) {
    // It may have failed before the body was begun, which may be an open file.
    if (first.body?.data instanceof UploadStream) void first.body.data.discard();
    throw error;
  }
}

function* follow(first: Hop, terms: Terms): Coroutine<ClientResponse> {
  const { loop, timeouts, maxRedirects, middlewares } = terms;
  const total = timeouts.total === null ? null : loop.time() + timeouts.total;
  let hop = first;
  for (;;) {
    const response = yield* middlewares.length === 0
      ? answer(hop, terms, total)
      : withMiddlewares(middlewares, (changed) => answer(changed, terms, total))(hop);
    try {
      const setCookies = response._setCookies();
      if (setCookies.length > 0) hop.shared.jar.updateCookies(setCookies, response._hop.target);
      const next = maxRedirects === null ? undefined : redirectOf(hop, response);
      if (next === undefined) {
        if (terms.raiseForStatus !== false) yield* raise(response, terms.raiseForStatus);
        return response;
      }
      if (next.history.length > (maxRedirects as number)) {
        throw new TooManyRedirects(hop, response, `redirected more than ${maxRedirects} times, now to ${next.url}`);
      }
      if (terms.tracer !== null) {
        yield* terms.tracer.send("onRequestRedirect", { method: hop.method, url: hop.url, response });
      }
      hop = next;
    } catch (error) {
      response.release();
      throw error;
    }
    // A short body has come already, so that the connection is free; any other is not worth waiting for.
    response.release();
  }
}

function* raise(response: ClientResponse, how: Exclude<RaiseForStatus, false>): Coroutine<void> {
  if (how === true) return response.raiseForStatus();
  const checked: unknown = how(response);
  if (typeof checked !== "object" || checked === null) return;
  if (Symbol.iterator in checked) yield* checked as Awaitable<unknown>;
  else if ("then" in checked) {
    throw new TypeError("the function `raiseForStatus` returned a Promise: return an awaitable, as in from(promise)");
  }
}
