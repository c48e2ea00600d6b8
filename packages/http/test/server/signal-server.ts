/** Serves one slow page; prints its port, and what its handler and main come to. */
import { run, sleep } from "yieldfrom";
import { serve } from "../../src/index.ts";

try {
  await run(function* () {
    const server = yield* serve(
      function* (request) {
        console.log(`began ${new URL(request.url).pathname}`);
        try {
          yield* sleep(request.url.endsWith("/slow") ? 300 : 60_000);
        } finally {
          console.log("handler ended");
        }
        return new Response("answered");
      },
      { port: 0, grace: 1000 },
    );
    console.log(server.url);
    yield* server.serveForever();
    console.log("main goes on");
  });
} catch (error) {
  console.log((error as Error).name);
}
