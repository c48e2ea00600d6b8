/** A server that serves until its first client has left, in a process that then has nothing left to do. */
import { run } from "yieldfrom";
import { type Server, startServer } from "../../src/index.ts";

await run(function* () {
  let server: Server | undefined;
  server = yield* startServer(
    function* (reader, writer) {
      writer.write(yield* reader.readLine());
      writer.close();
      server?.close();
    },
    "127.0.0.1",
    0,
  );
  console.log(`port ${server.port}`);
  yield* server.waitClosed();
  console.log("closed");
});
