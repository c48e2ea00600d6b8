import { type Coroutine, coroutine, getRunningLoop } from "yieldfrom";
import type { Handler } from "./handling.ts";
import { completeOptions, type ServeOptions } from "./options.ts";
import { HttpServer } from "./server.ts";

/**
 * Starts an HTTP server, and waits until it listens. Each request is a task, which runs `handler` and sends the Response it
 * gives.
 *
 * ```ts
 * function* main() {
 *   const server = yield* serve(
 *     function* (request) {
 *       const { pathname } = new URL(request.url);
 *       return new Response(`hello from ${pathname}\n`);
 *     },
 *     { port: 8000 },
 *   );
 *   console.log(`listening on ${server.url}`);
 *   yield* server.serveForever();
 * }
 * ```
 * The task is cancelled when the client goes away: the handler sees a CancelledError at the `yield*` where it waits. It runs in
 * a copy of the context of this call. What it throws is answered with 500, without a word of what it was, and goes to the
 * loop's exception handler.
 *
 * The server ends with `shutdown()`, or at the latest with the run.
 * @param handler a coroutine function, or one that returns a Response or a Promise of one, as Hono's `app.fetch`
 * @throws TypeError, RangeError for options that can't be; what `node:net` fails with if it can't listen, EADDRINUSE for one
 */
export function serve(handler: Handler, options: ServeOptions = {}): Coroutine<HttpServer> {
  return start(handler, options);
}

const start = coroutine(function* serve(handler: Handler, options: ServeOptions): Coroutine<HttpServer> {
  if (typeof handler !== "function") {
    throw new TypeError("Expected `handler` of serve() to be a function* (request) { … } that returns a Response");
  }
  const loop = getRunningLoop();
  const server = new HttpServer(loop, handler, completeOptions(options, loop));
  options.signal?.throwIfAborted();
  yield* server._listen();
  const { signal } = options;
  if (signal !== undefined) server._obey(signal);
  return server;
});
