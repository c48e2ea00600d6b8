import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { createTask, sleep } from "yieldfrom";
import { ConnectionResetError, StreamReader, StreamReaderProtocol, StreamWriter } from "../src/index.ts";
import { FakeTransport } from "./fake-transport.ts";
import { failureOf, virtual } from "./helpers.ts";

function connected(extra?: Record<string, unknown>) {
  const reader = new StreamReader();
  const protocol = new StreamReaderProtocol(reader);
  const transport = new FakeTransport(protocol, extra);
  protocol.connectionMade(transport);
  const writer = new StreamWriter(transport, protocol, reader);
  return { reader, protocol, transport, writer };
}

describe("StreamWriter", () => {
  test("hands everything on to its transport", () =>
    virtual(function* () {
      const { writer, transport } = connected({ peername: ["127.0.0.1", 80] });
      writer.write("a");
      writer.write(Buffer.from("b"));
      writer.writeLines(["c", new Uint8Array([100])]);
      assert.deepEqual(transport.written, ["a", "b", "c", "d"]);
      assert.equal(writer.canWriteEof(), true);
      writer.writeEof();
      assert.deepEqual(writer.getExtraInfo("peername"), ["127.0.0.1", 80]);
      assert.equal(writer.getExtraInfo("sockname", "none"), "none");
      assert.equal(writer.transport, transport);
      assert.equal(writer.isClosing(), false);
      assert.equal(inspect(writer), "<StreamWriter <FakeTransport>>");
      writer.close();
      assert.equal(writer.isClosing(), true);
      assert.deepEqual(transport.calls, ["writeEof", "close"]);
      yield* writer.waitClosed();
    }));

  test("closes at the end of a `using` block, also if the block throws", () =>
    virtual(function* () {
      const { writer, transport } = connected();
      assert.throws(() => {
        using _closing = writer;
        throw new Error("body");
      }, /body/);
      assert.deepEqual(transport.calls, ["close"]);
      yield* writer.waitClosed();
    }));
});

describe("drain", () => {
  test("does not suspend while no more than the high mark waits", () =>
    virtual(function* () {
      const { writer, transport } = connected();
      transport.setWriteBufferLimits({ low: 2, high: 4 });
      writer.write("1234");
      const order: string[] = [];
      const other = createTask(
        (function* () {
          order.push("other");
          yield* sleep(0);
        })(),
      );
      yield* writer.drain();
      order.push("drained");
      yield* other;
      assert.deepEqual(order, ["drained", "other"]);
    }));

  test("waits from above the high mark down to the low mark, for any number of tasks", () =>
    virtual(function* () {
      const { writer, transport } = connected();
      transport.setWriteBufferLimits({ low: 2, high: 4 });
      writer.write("12345");
      const drains = [createTask(writer.drain()), createTask(writer.drain()), createTask(writer.drain())];
      yield* sleep(10);
      drains[1]?.cancel();
      transport.send(2);
      yield* sleep(10);
      assert.deepEqual(
        drains.map((task) => task.done()),
        [false, true, false],
      );
      transport.send(1);
      yield* sleep(10);
      assert.deepEqual(
        drains.map((task) => task.done()),
        [true, true, true],
      );
    }));

  test("throws the reader's error", () =>
    virtual(function* () {
      const { writer, reader } = connected();
      const error = new Error("lost");
      reader.setException(error);
      assert.equal(yield* failureOf(writer.drain()), error);
      writer.close();
    }));

  test("of a closing connection gives way once, and learns of its loss", () =>
    virtual(function* () {
      const { writer } = connected();
      writer.close();
      const error = yield* failureOf(writer.drain());
      assert.ok(error instanceof ConnectionResetError);
      assert.equal(error.code, "ECONNRESET");
      assert.match(error.message, /^drain\(\) on a connection that is lost/);
    }));

  test("that waits when the connection is lost gets its error, or goes on if there is none", () =>
    virtual(function* () {
      for (const error of [new Error("reset"), null]) {
        const { writer, transport } = connected();
        transport.setWriteBufferLimits({ high: 0 });
        writer.write("x");
        const drain = createTask(writer.drain());
        yield* sleep(10);
        transport.lose(error);
        if (error === null) yield* drain;
        else assert.equal(yield* failureOf(drain), error);
      }
    }));
});

describe("waitClosed", () => {
  test("waits for the loss of the connection, and throws its error", () =>
    virtual(function* () {
      const { writer, transport } = connected();
      const waiting = createTask(writer.waitClosed());
      yield* sleep(10);
      const error = new Error("reset");
      transport.lose(error);
      assert.equal(yield* failureOf(waiting), error);
      assert.equal(yield* failureOf(writer.waitClosed()), error);
    }));

  test("may be cancelled, and waited for again", () =>
    virtual(function* () {
      const { writer } = connected();
      const waiting = createTask(writer.waitClosed());
      yield* sleep(10);
      waiting.cancel();
      yield* sleep(10);
      assert.equal(waiting.cancelled(), true);
      writer.close();
      yield* writer.waitClosed();
    }));
});
