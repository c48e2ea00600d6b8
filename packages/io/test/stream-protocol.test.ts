import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Coroutine, type createTask, currentTask, sleep } from "yieldfrom";
import { type ClientConnected, StreamReader, StreamReaderProtocol, type StreamWriter } from "../src/index.ts";
import { FakeTransport } from "./fake-transport.ts";
import { failureOf, text, virtual, virtually } from "./helpers.ts";

function connect(clientConnected: ClientConnected | null, extra?: Record<string, unknown>) {
  const reader = new StreamReader();
  const protocol = new StreamReaderProtocol(reader, clientConnected);
  const transport = new FakeTransport(protocol, extra);
  protocol.connectionMade(transport);
  return { reader, protocol, transport };
}

describe("StreamReaderProtocol", () => {
  test("feeds its reader", () =>
    virtual(function* () {
      const { reader, protocol } = connect(null);
      protocol.dataReceived(Buffer.from("data"));
      assert.equal(yield* text(reader.read(10)), "data");
      assert.equal(protocol.eofReceived(), true);
      assert.equal(reader.atEof(), true);
    }));

  test("does not keep our half of a TLS connection open", () =>
    virtual(function* () {
      assert.equal(connect(null, { sslContext: {} }).protocol.eofReceived(), false);
      yield* sleep(0);
    }));

  test("ends its reader at the end of the connection, or has it throw", () =>
    virtual(function* () {
      const ended = connect(null);
      ended.transport.close();
      assert.equal((yield* ended.reader.read(1)).length, 0);
      const lost = connect(null);
      const error = new Error("reset");
      lost.transport.lose(error);
      assert.equal(yield* failureOf(lost.reader.read(1)), error);
    }));
});

describe("the function given to startServer", () => {
  test("becomes a task if it is a coroutine function", () =>
    virtual(function* () {
      const seen: unknown[] = [];
      const { transport, protocol } = connect(function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
        seen.push(currentTask() !== main);
        writer.write(yield* reader.readLine());
        writer.close();
      });
      const main = currentTask();
      protocol.dataReceived(Buffer.from("hi\n"));
      yield* sleep(10);
      assert.deepEqual([seen, transport.written, transport.calls], [[true], ["hi\n"], ["close"]]);
    }));

  test("may be a plain function, and an async one", () =>
    virtual(function* () {
      const { transport } = connect((_, writer) => writer.write("plain"));
      assert.deepEqual(transport.written, ["plain"]);
      yield* sleep(0);
    }));

  const failing: Record<string, ClientConnected> = {
    "a coroutine that fails": function* () {
      yield* sleep(10);
      throw new Error("oops");
    },
    "a function that throws": () => {
      throw new Error("oops");
    },
  };
  for (const [name, clientConnected] of Object.entries(failing)) {
    test(`${name} is reported, and its connection closed`, () => {
      const { reports, value } = virtually(function* () {
        const made = connect(clientConnected);
        yield* sleep(20);
        return made;
      });
      const [report, ...others] = reports;
      assert.deepEqual(others, []);
      assert.equal(
        report?.message,
        "unhandled exception in the function given to startServer(), whose connection is closed now",
      );
      assert.equal(`${report?.exception}`, "Error: oops");
      assert.deepEqual([report?.transport, report?.protocol], [value.transport, value.protocol]);
      assert.deepEqual(value.transport.calls, ["close"]);
    });
  }

  test("cancelled, closes its connection silently", () =>
    virtual(function* () {
      let task: ReturnType<typeof currentTask> = null;
      const { transport } = connect(function* () {
        task = currentTask();
        yield* sleep(1000);
      });
      yield* sleep(10);
      (task as unknown as ReturnType<typeof createTask>).cancel();
      yield* sleep(10);
      assert.deepEqual(transport.calls, ["close"]);
    }));

  test("that ends well leaves its connection to the writer's owner", () =>
    virtual(function* () {
      const { transport } = connect(function* () {
        yield* sleep(10);
      });
      yield* sleep(20);
      assert.deepEqual(transport.calls, []);
    }));
});
