import { FastResponse, serve } from "@yieldfrom/http";
import { type Coroutine, run } from "yieldfrom";
import { serverIsReady } from "../ask.ts";

/** With the argument `fast`, the response that is made for it. */
const Answer = process.argv[2] === "fast" ? FastResponse : Response;

await run(function* () {
  const server = yield* serve(
    function* (): Coroutine<Response> {
      return new Answer("Hello, world!");
    },
    { port: 0, host: "127.0.0.1" },
  );
  serverIsReady(Number(new URL(server.url).port));
  yield* server.serveForever();
});
