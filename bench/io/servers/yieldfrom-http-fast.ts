import { FastResponse as Response, serve } from "@yieldfrom/http";
import { type Coroutine, run } from "yieldfrom";
import { serverIsReady } from "../ask.ts";

await run(function* () {
  const server = yield* serve(
    function* (): Coroutine<Response> {
      return new Response("Hello, world!");
    },
    { port: 0, host: "127.0.0.1" },
  );
  serverIsReady(Number(new URL(server.url).port));
  yield* server.serveForever();
});
