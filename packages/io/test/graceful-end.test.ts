import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { type Coroutine, createTask, Event, isCancelled, RuntimeError, run, sleep } from "yieldfrom";
import {
  createServer,
  openConnection,
  Protocol,
  type Server,
  type StreamReader,
  type StreamWriter,
  startServer,
  startUnixServer,
  type Transport,
} from "../src/index.ts";
import { certificateFor } from "./certificates.ts";
import { failureOf, text } from "./helpers.ts";
import { real, turns } from "./real.ts";
import { withFolder } from "./with-folder.ts";

/** Serves one line, and says good-bye when it is cancelled meanwhile. */
function* greeter(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  try {
    writer.write(yield* reader.readLine());
  } catch (error) {
    if (isCancelled(error)) writer.write("we are closing\n");
    throw error;
  } finally {
    writer.close();
  }
}

/** A client that the server has met. */
function* met(server: Server): Coroutine<[StreamReader, StreamWriter]> {
  const before = server._tasks.size;
  const client = yield* openConnection("127.0.0.1", server.port);
  while (server._tasks.size === before) yield* turns();
  yield* turns();
  return client;
}

describe("shutdown", () => {
  test("waits for the clients", () =>
    real(function* () {
      const server = yield* startServer(greeter, "127.0.0.1", 0);
      const [reader, writer] = yield* met(server);
      const shutdown = createTask(server.shutdown());
      yield* turns();
      assert.deepEqual([server.isServing(), shutdown.done()], [false, false]);
      writer.write("hello\n");
      assert.equal(yield* text(reader.read()), "hello\n");
      writer.close();
      yield* shutdown;
      yield* server.shutdown();
    }));

  test("waits for a client's task that goes on when its connection is gone", () =>
    real(function* () {
      const [gone, stored] = [new Event(), new Event()];
      const server = yield* startServer(
        function* (reader, writer) {
          yield* reader.read();
          writer.close();
          yield* writer.waitClosed();
          gone.set();
          yield* stored.wait();
        },
        "127.0.0.1",
        0,
      );
      const [, writer] = yield* met(server);
      writer.close();
      yield* gone.wait();
      const shutdown = createTask(server.shutdown());
      yield* turns();
      assert.equal(shutdown.done(), false);
      stored.set();
      yield* shutdown;
    }));

  for (const grace of [0, 10]) {
    test(`cancels the tasks of idle clients after ${grace} ms, and they say good-bye`, () =>
      real(function* () {
        const server = yield* startServer(greeter, "127.0.0.1", 0);
        const clients = [yield* met(server), yield* met(server)];
        yield* server.shutdown({ grace });
        for (const [reader, writer] of clients) {
          assert.equal(yield* text(reader.read()), "we are closing\n");
          writer.close();
        }
      }));
  }

  test("closes the connections of plain functions, async functions and protocols", () =>
    real(function* () {
      const serve = (reader: StreamReader, writer: StreamWriter) => void writer.write(`${reader}`.slice(1, 13));
      const serveAsync = async (reader: StreamReader, writer: StreamWriter) => {
        writer.write("StreamReader");
        for await (const line of reader) writer.write(line);
      };
      class Waiting extends Protocol {
        override connectionMade(transport: Transport): void {
          transport.write("StreamReader");
        }
      }
      for (const server of [
        yield* startServer(serve, "127.0.0.1", 0),
        yield* startServer(serveAsync, "127.0.0.1", 0),
        yield* createServer(() => new Waiting(), "127.0.0.1", 0),
      ]) {
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        yield* reader.readExactly(12);
        yield* server.shutdown({ grace: 0 });
        assert.equal(yield* text(reader.read()), "");
        writer.close();
      }
    }));

  test("ends a TLS handshake that does not go on, and a connection over TLS", async () => {
    const certificate = await certificateFor("localhost");
    await real(function* () {
      const server = yield* startServer(greeter, "127.0.0.1", 0, { ssl: certificate });
      const [silent, rawWriter] = yield* openConnection("127.0.0.1", server.port);
      const ssl = { ca: certificate.cert };
      const [reader, writer] = yield* openConnection("127.0.0.1", server.port, { ssl, serverHostname: "localhost" });
      yield* turns();
      yield* server.shutdown({ grace: 0 });
      assert.equal(yield* text(reader.read()), "we are closing\n");
      assert.equal(yield* text(silent.read()), "");
      writer.close();
      rawWriter.close();
    });
  });

  test("that is cancelled aborts the clients, and goes on with the cancellation", () =>
    real(function* () {
      const ended = new Event();
      const server = yield* startServer(
        function* (reader) {
          try {
            yield* reader.read();
          } finally {
            ended.set();
          }
        },
        "127.0.0.1",
        0,
      );
      const [, writer] = yield* met(server);
      const shutdown = createTask(server.shutdown({ grace: 100_000 }));
      yield* turns();
      shutdown.cancel();
      assert.ok(isCancelled(yield* failureOf(shutdown)));
      assert.match(`${server}`, /closed, 0 connections/);
      yield* ended.wait();
      writer.close();
    }));

  test("turns away who is accepted just then", () =>
    real(function* () {
      for (let iterations = 0; iterations < 20; iterations++) {
        const server = yield* startServer(greeter, "127.0.0.1", 0);
        const coming = createTask(openConnection("127.0.0.1", server.port));
        for (let i = 0; i < iterations; i++) yield* sleep(0);
        yield* server.shutdown({ grace: 0 });
        try {
          const [, writer] = yield* coming;
          writer.close();
        } catch (error) {
          assert.match(`${error}`, /ECONNRE/);
        }
      }
    }));

  test("of a Unix server removes its file", () =>
    withFolder((folder) =>
      real(function* () {
        const server = yield* startUnixServer(greeter, `${folder}/socket`);
        yield* server.shutdown({ grace: 0 });
        const again = yield* startUnixServer(greeter, `${folder}/socket`);
        yield* again.shutdown();
      }),
    ));

  test("refuses what is no grace", () =>
    real(function* () {
      const server = yield* startServer(greeter, "127.0.0.1", 0);
      for (const grace of [-1, Number.NaN]) {
        assert.throws(
          () => server.shutdown({ grace }),
          /^RangeError: Expected `grace` to be milliseconds of at least 0, got/,
        );
        assert.match(`${yield* failureOf(server.serveForever({ grace }))}`, /^RangeError: Expected `grace`/);
      }
      yield* server.shutdown();
    }));

  test("leaves nothing, wherever it is cancelled", async () => {
    const points = await cancelEverywhere(function* () {
      const server = yield* startServer(greeter, "127.0.0.1", 0);
      try {
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        try {
          yield* server.shutdown({ grace: 0 });
          yield* reader.read();
        } finally {
          writer.close();
        }
      } finally {
        server.close();
        server.abortClients();
      }
    });
    assert.ok(points > 4, `${points} points`);
  });
});

describe("serveForever with a grace", () => {
  test("cancelled, gives the clients that time, and throws then", () =>
    real(function* () {
      const server = yield* startServer(greeter, "127.0.0.1", 0, { startServing: false });
      const serving = createTask(server.serveForever({ grace: 10_000 }));
      yield* turns();
      assert.equal(server.isServing(), true);
      assert.ok((yield* failureOf(server.serveForever({ grace: 0 }))) instanceof RuntimeError);
      const [reader, writer] = yield* met(server);
      serving.cancel();
      yield* turns();
      assert.deepEqual([server.isServing(), serving.done()], [false, false]);
      writer.write("hello\n");
      assert.equal(yield* text(reader.read()), "hello\n");
      writer.close();
      assert.ok(isCancelled(yield* failureOf(serving)));
    }));

  test("ends an idle client", () =>
    real(function* () {
      const server = yield* startServer(greeter, "127.0.0.1", 0);
      const serving = createTask(server.serveForever({ grace: 0 }));
      const [reader, writer] = yield* met(server);
      serving.cancel();
      assert.ok(isCancelled(yield* failureOf(serving)));
      assert.equal(yield* text(reader.read()), "we are closing\n");
      writer.close();
    }));

  test("cancelled once more, aborts them", () =>
    real(function* () {
      const server = yield* startServer(greeter, "127.0.0.1", 0);
      const serving = createTask(server.serveForever({ grace: 100_000 }));
      const [, writer] = yield* met(server);
      serving.cancel();
      yield* turns();
      assert.equal(serving.done(), false);
      serving.cancel();
      assert.ok(isCancelled(yield* failureOf(serving)));
      assert.match(`${server}`, /closed, 0 connections/);
      writer.close();
    }));

  test("returns when the server was shut down by another, and at SIGTERM", () =>
    real(function* () {
      const before = process.listenerCount("SIGTERM");
      for (const stop of [
        (server: Server) => createTask(server.shutdown({ grace: 0 })),
        () => process.emit("SIGTERM", "SIGTERM"),
      ]) {
        const server = yield* startServer(greeter, "127.0.0.1", 0);
        const serving = createTask(server.serveForever({ grace: 0 }));
        const [reader, writer] = yield* met(server);
        stop(server);
        yield* serving;
        assert.equal(yield* text(reader.read()), "we are closing\n");
        writer.close();
        assert.equal(process.listenerCount("SIGTERM"), before);
      }
    }));

  test("leaves nothing, wherever it is cancelled", async () => {
    const listeners = process.listenerCount("SIGTERM");
    const points = await cancelEverywhere(function* () {
      const server = yield* startServer(greeter, "127.0.0.1", 0);
      const client = createTask(
        (function* () {
          const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
          try {
            yield* turns();
            process.emit("SIGTERM", "SIGTERM");
            assert.equal(yield* text(reader.read()), "we are closing\n");
          } finally {
            writer.close();
          }
        })(),
      );
      try {
        yield* server.serveForever({ grace: 0 });
        yield* client;
      } finally {
        client.cancel();
        server.close();
      }
    });
    assert.ok(points > 1, `${points} points`);
    assert.equal(process.listenerCount("SIGTERM"), listeners);
  });

  test("leaves nothing to a run that ends", async () => {
    await run(function* () {
      const server = yield* startServer(greeter, "127.0.0.1", 0);
      createTask(server.serveForever({ grace: 0 }));
      yield* turns();
    });
  });
});
