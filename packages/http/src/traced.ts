import type { Coroutine } from "yieldfrom";
import type { Hop } from "./hop.ts";
import type { ClientResponse } from "./response.ts";
import { send, type Terms } from "./send.ts";
import type { Tracer } from "./tracing.ts";

/** As `send`, telling who traces. */
export function* tracedSend(hop: Hop, terms: Terms, tracer: Tracer): Coroutine<ClientResponse> {
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
