import type { Coroutine } from "yieldfrom";
import { type Terms as AnswerTerms, answer } from "./answer.ts";
import { TooManyRedirects } from "./errors.ts";
import type { Hop } from "./hop.ts";
import { redirectOf } from "./redirect.ts";
import type { ClientResponse } from "./response.ts";

/** How a request is to be carried out. */
export interface Terms extends AnswerTerms {
  /** Most redirects that are followed; null: they are left to the caller. */
  readonly maxRedirects: number | null;
  readonly raiseForStatus: boolean;
}

/** Sends a request, follows where it is redirected to, and waits for the headers of what comes in the end. */
export function* send(first: Hop, terms: Terms): Coroutine<ClientResponse> {
  const { loop, timeouts, maxRedirects } = terms;
  const total = timeouts.total === null ? null : loop.time() + timeouts.total;
  let hop = first;
  for (;;) {
    const response = yield* answer(hop, terms, total);
    try {
      const next = maxRedirects === null ? undefined : redirectOf(hop, response);
      if (next === undefined) {
        if (terms.raiseForStatus) response.raiseForStatus();
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
