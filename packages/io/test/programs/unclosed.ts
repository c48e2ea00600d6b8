/** Run with --expose-gc: a writer that is let go of unclosed, and one that was closed. Prints what is reported. */
import { from, HostEventLoop, run, sleep } from "yieldfrom";
import { openConnection, startServer } from "../../src/index.ts";

const reports: string[] = [];
const loop = new HostEventLoop();
loop.setExceptionHandler((_, { message }) => reports.push(message));
await run(
  function* () {
    const server = yield* startServer(
      function* (reader, writer) {
        yield* reader.read();
        writer.close();
      },
      "127.0.0.1",
      0,
    );
    yield* server.use(function* () {
      // In a coroutine of its own, whose frame holds the writers no longer than that.
      yield* (function* () {
        yield* openConnection("127.0.0.1", server.port);
        const [, closed] = yield* openConnection("127.0.0.1", server.port);
        closed.close();
        yield* closed.waitClosed();
      })();
      for (let i = 0; i < 100 && reports.length === 0; i++) {
        (globalThis as { gc?: () => void }).gc?.();
        yield* from(new Promise((resolve) => setImmediate(resolve)));
        yield* sleep(1);
      }
    });
  },
  { loop },
);
console.log(JSON.stringify(reports));
