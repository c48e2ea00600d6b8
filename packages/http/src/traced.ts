import type { Coroutine } from "yieldfrom";
import type { Hop } from "./hop.ts";
import type { ClientResponse } from "./response.ts";
import { send, type Terms } from "./send.ts";

/** As `send`, telling who traces. */
export function* tracedSend(hop: Hop, terms: Terms): Coroutine<ClientResponse> {
  const { tracer } = terms;
  if (tracer === null) return yield* send(hop, terms);
  const { method, url } = hop;
  let response: ClientResponse | undefined;
  try {
    yield* tracer.send("onRequestStart", { method, url });
    response = yield* send(hop, terms);
    yield* tracer.settle();
    yield* tracer.send("onRequestEnd", { method, url, response });
    return response;
  } catch (exception) {
    response?.release();
    yield* tracer.settle();
    yield* tracer.send("onRequestException", { method, url, exception });
    throw exception;
  }
}
