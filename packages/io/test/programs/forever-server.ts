/** Serves each client one line, until a signal comes; prints its port, and what happens. Its argument is the grace. */
import { type Coroutine, isCancelled, run } from "yieldfrom";
import { Server, type StreamReader, type StreamWriter, startServer } from "../../src/index.ts";

function* greeter(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  console.log("began");
  try {
    writer.write(yield* reader.readLine());
  } catch (error) {
    if (isCancelled(error)) writer.write("we are closing\n");
    throw error;
  } finally {
    writer.close();
    console.log("client ended");
  }
}

try {
  await run(function* () {
    const server = yield* startServer(greeter, "127.0.0.1", 0);
    server.close = () => {
      if (server.isServing()) console.log("closing");
      Server.prototype.close.call(server);
    };
    console.log(server.port);
    yield* server.serveForever({ grace: Number(process.argv[2]) });
    console.log("main goes on");
  });
} catch (error) {
  console.log((error as Error).name);
}
