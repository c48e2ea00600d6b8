/** What the other end may do to us: each ends in the right error, in bounded memory, with nothing left open. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { type Coroutine, createTask, from, once, sleep, TimeoutError, timeout } from "yieldfrom";
import {
  ConnectionError,
  ConnectionResetError,
  LineTooLongError,
  openConnection,
  type StreamReader,
  type StreamWriter,
  startServer,
} from "../src/index.ts";
import { failureOf, text } from "./helpers.ts";
import { nodeServer, real, reporting, turns } from "./real.ts";

describe("the other end", () => {
  test("resets the connection while we read", () =>
    real(function* () {
      yield* nodeServer(
        (socket) => void socket.on("data", () => void socket.resetAndDestroy()),
        function* (port) {
          const [reader, writer] = yield* openConnection("127.0.0.1", port);
          writer.write("x");
          const error = yield* failureOf(reader.readExactly(1));
          assert.ok(error instanceof ConnectionResetError);
          assert.equal(yield* failureOf(writer.drain()), error);
          assert.equal(yield* failureOf(writer.waitClosed()), error);
          assert.equal(writer.isClosing(), true);
        },
      );
    }));

  test("is gone when we write, and drain tells", () =>
    real(function* () {
      yield* nodeServer(
        (socket) => void socket.once("data", () => socket.resetAndDestroy()),
        function* (port) {
          const [, writer] = yield* openConnection("127.0.0.1", port);
          const error = yield* failureOf(
            (function* () {
              for (;;) {
                writer.write(Buffer.alloc(100_000));
                yield* writer.drain();
                yield* sleep(0);
              }
            })(),
          );
          assert.ok(error instanceof ConnectionError, `${error}`);
          yield* failureOf(writer.waitClosed());
        },
      );
    }));

  test("ends its half, and still reads ours", () =>
    real(function* () {
      let received = "";
      yield* nodeServer(
        (socket) => {
          socket.end("bye");
          socket.on("data", (data) => {
            received += data;
          });
        },
        function* (port) {
          const [reader, writer] = yield* openConnection("127.0.0.1", port);
          assert.equal(yield* text(reader.read()), "bye");
          assert.deepEqual([reader.atEof(), writer.isClosing()], [true, false]);
          writer.write("late");
          yield* writer.drain();
          while (received !== "late") yield* turns();
          writer.close();
          yield* writer.waitClosed();
        },
      );
    }));

  test("never reads: what waits to be sent stays within the limits, and close waits until abort", () =>
    real(function* () {
      yield* nodeServer(
        () => {},
        function* (port) {
          const [, writer] = yield* openConnection("127.0.0.1", port);
          const { transport } = writer;
          let most = 0;
          const chunk = Buffer.alloc(50_000);
          const error = yield* failureOf(
            timeout(200, function* () {
              for (;;) {
                writer.write(chunk);
                most = Math.max(most, transport.getWriteBufferSize());
                yield* writer.drain();
              }
            }),
          );
          assert.ok(error instanceof TimeoutError);
          assert.ok(most > 65_536 && most <= 65_536 + chunk.length, `${most} bytes`);
          writer.close();
          yield* turns();
          transport.abort();
          yield* writer.waitClosed();
        },
      );
    }));

  test("sends more than we read: the reader holds a bounded amount, and loses nothing", () =>
    real(function* () {
      const total = 20_000_000;
      yield* nodeServer(
        (socket) => void socket.end(Buffer.alloc(total)),
        function* (port) {
          const limit = 10_000;
          const [reader, writer] = yield* openConnection("127.0.0.1", port, { limit });
          let most = 0;
          let received = 0;
          for (;;) {
            for (let i = 0; received === 0 && i < 20; i++) yield* turns(); // Much slower than it comes, at first.
            most = Math.max(most, reader._buffer.length);
            const data = yield* reader.read(50_000);
            if (data.length === 0) break;
            received += data.length;
          }
          assert.equal(received, total);
          // Twice the limit, and the chunk that went past it.
          assert.ok(most > limit && most <= 2 * limit + 65_536, `${most} bytes`);
          writer.close();
        },
      );
    }));

  test("sends a line that never ends", () =>
    real(function* () {
      yield* nodeServer(
        (socket) => {
          socket.write("x".repeat(300_000));
          socket.write("\nshort\n");
        },
        function* (port) {
          const [reader, writer] = yield* openConnection("127.0.0.1", port);
          let refused = 0;
          let line = "";
          while (line !== "short\n") {
            try {
              line = yield* text(reader.readLine());
            } catch (error) {
              assert.ok(error instanceof LineTooLongError);
              refused++;
            }
          }
          assert.ok(refused >= 1);
          writer.close();
        },
      );
    }));

  test("never answers", () =>
    real(function* () {
      yield* nodeServer(
        (socket) => void socket.resume(),
        function* (port) {
          const [reader, writer] = yield* openConnection("127.0.0.1", port);
          writer.write("hello?\n");
          const error = yield* failureOf(timeout(30, () => reader.readLine()));
          assert.ok(error instanceof TimeoutError);
          writer.close();
          yield* writer.waitClosed();
        },
      );
    }));
});

describe("a client", () => {
  test("that resets its connection ends its task with that error, which the server's owner is told of", async () => {
    const reports = await reporting(function* () {
      let served = 0;
      const server = yield* startServer(
        function* (reader: StreamReader, writer: StreamWriter) {
          served++;
          writer.write(yield* reader.readExactly(10));
        },
        "127.0.0.1",
        0,
      );
      yield* server.use(function* () {
        const socket = connect(server.port, "127.0.0.1");
        yield* once(socket, "connect");
        while (served === 0) yield* turns();
        socket.resetAndDestroy();
      });
    });
    assert.deepEqual(
      reports.map(({ message, exception }) => [message, (exception as ConnectionResetError).code]),
      [["unhandled exception in the function given to startServer(), whose connection is closed now", "ECONNRESET"]],
    );
  });

  test("that sends and leaves at once is answered as far as it goes", () =>
    real(function* () {
      const lines: string[] = [];
      const server = yield* startServer(
        function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
          for (;;) {
            const line = yield* text(reader.readLine());
            if (line === "") break;
            lines.push(line);
          }
          writer.close();
        },
        "127.0.0.1",
        0,
      );
      yield* server.use(function* () {
        const clients = [];
        for (let i = 0; i < 20; i++) {
          const socket = connect(server.port, "127.0.0.1");
          clients.push(
            createTask(from(new Promise((resolve) => socket.end(`${i}\n`, () => resolve(undefined)).resume()))),
          );
        }
        for (const client of clients) yield* client;
        while (lines.length < 20) yield* turns();
      });
      assert.equal(new Set(lines).size, 20);
    }));
});
