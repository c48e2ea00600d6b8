/**
 * A server that ends gracefully: at SIGTERM it takes no more connections, lets those there are say good-bye, and ends. It prints
 * its port, and a word about each step.
 */
import { Event, getRunningLoop, run } from "yieldfrom";
import { type StreamReader, type StreamWriter, startServer } from "../../src/index.ts";

function* serve(reader: StreamReader, writer: StreamWriter) {
  using _closed = writer;
  for (;;) {
    const line = yield* reader.readLine();
    if (line.length === 0) return;
    writer.write(line);
    yield* writer.drain();
  }
}

await run(function* () {
  const stop = new Event();
  for (const signal of ["SIGTERM", "SIGHUP"]) getRunningLoop().addSignalHandler(signal, () => stop.set());
  const server = yield* startServer(serve, "127.0.0.1", 0);
  const [host, port] = server.sockets[0]!.getsockname() as readonly [string, number];
  console.log(`${host} ${port}`);
  yield* stop.wait();
  server.close();
  console.log("closing");
  yield* server.waitClosed();
  console.log("closed");
});
