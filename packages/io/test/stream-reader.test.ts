import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import {
  type Awaitable,
  BREAK,
  createTask,
  ensureFuture,
  forEach,
  gather,
  IncompleteReadError,
  LimitOverrunError,
  RuntimeError,
  run,
  sleep,
  VirtualEventLoop,
} from "yieldfrom";
import { LineTooLongError, Protocol, StreamReader, type StreamReaderOptions } from "../src/index.ts";
import { FakeTransport } from "./fake-transport.ts";
import { failureOf, text, virtual } from "./helpers.ts";

/** A reader that holds `data`, and the end if `eof`. */
function holding(data: string, options: StreamReaderOptions & { eof?: boolean } = {}): StreamReader {
  const reader = new StreamReader(options);
  reader.feedData(Buffer.from(data));
  if (options.eof) reader.feedEof();
  return reader;
}

/** Feeds each piece 10 ms after the one before, and then the end. */
function* feedSlowly(reader: StreamReader, ...pieces: string[]) {
  for (const piece of pieces) {
    yield* sleep(10);
    reader.feedData(Buffer.from(piece));
  }
  yield* sleep(10);
  reader.feedEof();
}

function withTransport(limit: number): { reader: StreamReader; transport: FakeTransport } {
  const reader = new StreamReader({ limit });
  const transport = new FakeTransport(new Protocol());
  reader.setTransport(transport);
  return { reader, transport };
}

describe("read", () => {
  test("gives what is there, up to n, and empty buffers at the end", () =>
    virtual(function* () {
      const reader = holding("abc", { eof: true });
      assert.equal(yield* text(reader.read(2)), "ab");
      assert.equal(yield* text(reader.read(2)), "c");
      assert.equal((yield* reader.read(2)).length, 0);
      assert.ok(Buffer.isBuffer(yield* reader.read(2)));
    }));

  test("joins chunks, as asyncio does", () =>
    virtual(function* () {
      const reader = holding("ab");
      reader.feedData(Buffer.from("cd"));
      assert.equal(yield* text(reader.read(100)), "abcd");
    }));

  test("waits for the first byte", () =>
    virtual(function* () {
      const reader = new StreamReader();
      const feeding = createTask(feedSlowly(reader, "x", "y"));
      assert.equal(yield* text(reader.read(100)), "x");
      yield* feeding;
    }));

  test("with 0 gives an empty buffer at once", () =>
    virtual(function* () {
      assert.equal((yield* new StreamReader().read(0)).length, 0);
    }));

  test("without n, or with a negative one, reads to the end, past the limit", () =>
    virtual(function* () {
      for (const n of [undefined, -1]) {
        const reader = new StreamReader({ limit: 4 });
        const feeding = createTask(feedSlowly(reader, "0123456789", "abcdefghij"));
        assert.equal(yield* text(n === undefined ? reader.read() : reader.read(n)), "0123456789abcdefghij");
        yield* feeding;
      }
    }));

  test("to the end, cancelled half-way, leaves the reader usable", () =>
    virtual(function* () {
      const reader = holding("lost");
      const reading = createTask(reader.read());
      yield* sleep(0);
      reading.cancel();
      yield* sleep(0);
      reader.feedData(Buffer.from("later"));
      assert.equal(yield* text(reader.read(10)), "later");
    }));
});

describe("readLine", () => {
  test("gives lines with their ends, then the rest, then empty buffers", () =>
    virtual(function* () {
      const reader = holding("one\n\nthr", { eof: true });
      for (const line of ["one\n", "\n", "thr", "", ""]) assert.equal(yield* text(reader.readLine()), line);
    }));

  test("puts a line together as it comes", () =>
    virtual(function* () {
      const reader = new StreamReader();
      const feeding = createTask(feedSlowly(reader, "a", "b", "c\nd", "e"));
      assert.equal(yield* text(reader.readLine()), "abc\n");
      assert.equal(yield* text(reader.readLine()), "de");
      yield* feeding;
    }));

  test("over the limit drops that line", () =>
    virtual(function* () {
      const reader = holding("0123456789\nnext\n", { limit: 8 });
      const error = yield* failureOf(reader.readLine());
      assert.ok(error instanceof LineTooLongError && error instanceof RangeError);
      assert.equal(error.code, "ERR_LINE_TOO_LONG");
      assert.equal(
        error.message,
        "readLine(): a line is longer than the limit of 8 bytes; 11 bytes of it were dropped. Make the connection with a larger `limit`, or read it with read()",
      );
      assert.equal(yield* text(reader.readLine()), "next\n");
    }));

  test("over the limit, and no end in sight, drops all there is", () =>
    virtual(function* () {
      const reader = holding("0123456789", { limit: 8 });
      assert.ok((yield* failureOf(reader.readLine())) instanceof LineTooLongError);
      reader.feedData(Buffer.from("ab\ncd\n"));
      assert.equal(yield* text(reader.readLine()), "ab\n");
    }));

  test("takes a line of exactly the limit", () =>
    virtual(function* () {
      assert.equal(yield* text(holding("01234567\n", { limit: 8 }).readLine()), "01234567\n");
    }));
});

describe("readExactly", () => {
  test("waits until there are enough", () =>
    virtual(function* () {
      const reader = new StreamReader();
      const feeding = createTask(feedSlowly(reader, "ab", "cd", "ef"));
      assert.equal(yield* text(reader.readExactly(5)), "abcde");
      assert.equal(yield* text(reader.readExactly(1)), "f");
      assert.equal((yield* reader.readExactly(0)).length, 0);
      yield* feeding;
    }));

  test("tells of an end that comes before, and clears the buffer", () =>
    virtual(function* () {
      const reader = holding("abc", { eof: true });
      const error = yield* failureOf(reader.readExactly(5));
      assert.ok(error instanceof IncompleteReadError);
      assert.deepEqual([`${error.partial}`, error.expected], ["abc", 5]);
      assert.equal(reader.atEof(), true);
    }));

  test("refuses a negative number", () =>
    virtual(function* () {
      const error = yield* failureOf(new StreamReader().readExactly(-1));
      assert.equal(`${error}`, "RangeError: Expected `n` of readExactly() to be 0 or more bytes, got -1");
    }));
});

describe("readUntil", () => {
  test("reads up to a separator of any length, across chunks", () =>
    virtual(function* () {
      const reader = new StreamReader();
      const feeding = createTask(feedSlowly(reader, "one\r", "\ntwo\r\n\r", "\nrest"));
      assert.equal(yield* text(reader.readUntil("\r\n")), "one\r\n");
      assert.equal(yield* text(reader.readUntil(Buffer.from("\r\n\r\n"))), "two\r\n\r\n");
      const error = yield* failureOf(reader.readUntil());
      assert.ok(error instanceof IncompleteReadError);
      assert.deepEqual([`${error.partial}`, error.expected], ["rest", null]);
      yield* feeding;
    }));

  test("of several separators takes the one that ends first, also if another begins before it", () =>
    virtual(function* () {
      const reader = holding("a--b---c\nd");
      assert.equal(yield* text(reader.readUntil(["---", "\n", "-b"])), "a--b");
      assert.equal(yield* text(reader.readUntil([new Uint8Array([10]), "---"])), "---");
      assert.equal(yield* text(reader.readUntil(["---", "\n"])), "c\n");
      const overlapping = holding("xabcd");
      assert.equal(yield* text(overlapping.readUntil(["abcd", "bc"])), "xabc");
    }));

  test("over the limit keeps the data", () =>
    virtual(function* () {
      const found = holding("0123456789|x", { limit: 8 });
      const error = yield* failureOf(found.readUntil("|"));
      assert.ok(error instanceof LimitOverrunError);
      assert.equal(error.consumed, 10);
      assert.match(
        error.message,
        /^readUntil\(\): the separator comes after more than the limit of 8 bytes; the data stays/,
      );
      assert.equal(yield* text(found.readExactly(error.consumed)), "0123456789");
      assert.equal(yield* text(found.readUntil("|")), "|");

      const missing = holding("0123456789-", { limit: 8 });
      const other = yield* failureOf(missing.readUntil("--"));
      assert.ok(other instanceof LimitOverrunError);
      assert.equal(other.consumed, 10); // The last byte may be the beginning of one.
      assert.match(other.message, /there is no separator within the limit of 8 bytes/);
      missing.feedData(Buffer.from("-"));
      yield* missing.readExactly(10);
      assert.equal(yield* text(missing.readUntil("--")), "--");
    }));

  test("refuses no separator, and an empty one", () =>
    virtual(function* () {
      const reader = new StreamReader();
      assert.throws(() => reader.readUntil([]), /Expected `separator` to be at least one separator, got an empty list/);
      assert.throws(() => reader.readUntil(""), { name: "RangeError", message: /at least one byte, got none/ });
      yield* sleep(0);
    }));
});

describe("one reader", () => {
  const reads: Record<string, (reader: StreamReader) => Awaitable<Buffer>> = {
    read: (reader) => reader.read(1),
    readLine: (reader) => reader.readLine(),
    readExactly: (reader) => reader.readExactly(1),
    readUntil: (reader) => reader.readUntil(),
  };
  for (const [name, read] of Object.entries(reads)) {
    test(`${name} by a second task at a time is refused`, () =>
      virtual(function* () {
        const reader = new StreamReader();
        const first = createTask(reader.read(1));
        yield* sleep(0);
        const error = yield* failureOf(read(reader));
        assert.ok(error instanceof RuntimeError);
        assert.equal(
          error.message,
          `${name}() while another task waits for data of the same <StreamReader>: let one task read, and hand on what it has read`,
        );
        reader.feedData(Buffer.from("x"));
        assert.equal(yield* text(first), "x");
      }));

    test(`${name}, cancelled, loses nothing and lets another read`, () =>
      virtual(function* () {
        const reader = new StreamReader();
        const waiting = ensureFuture(read(reader));
        yield* sleep(0);
        waiting.cancel();
        yield* sleep(0);
        assert.equal(waiting.cancelled(), true);
        const woken = ensureFuture(read(reader));
        yield* sleep(0);
        reader.feedData(Buffer.from("z\n")); // Woken, and cancelled before it runs.
        woken.cancel();
        yield* sleep(0);
        assert.equal(woken.cancelled(), true);
        assert.equal(yield* text(reader.readLine()), "z\n");
      }));
  }
});

describe("the limit", () => {
  test("pauses the transport above twice itself, and resumes at itself", () =>
    virtual(function* () {
      const { reader, transport } = withTransport(10);
      reader.feedData(Buffer.alloc(20));
      assert.deepEqual(transport.calls, []);
      reader.feedData(Buffer.alloc(1));
      reader.feedData(Buffer.alloc(1));
      assert.deepEqual(transport.calls, ["pauseReading"]);
      yield* reader.read(11);
      assert.deepEqual(transport.calls, ["pauseReading"]);
      yield* reader.read(1);
      assert.deepEqual(transport.calls, ["pauseReading", "resumeReading"]);
      yield* reader.read(1);
      assert.deepEqual(transport.calls, ["pauseReading", "resumeReading"]);
    }));

  test("resumes the transport when a read needs more than is there", () =>
    virtual(function* () {
      const { reader, transport } = withTransport(10);
      reader.feedData(Buffer.alloc(30));
      const reading = createTask(reader.readExactly(35));
      yield* sleep(0);
      assert.deepEqual(transport.calls, ["pauseReading", "resumeReading"]);
      reader.feedData(Buffer.alloc(4));
      assert.deepEqual(transport.calls.slice(2), ["pauseReading"]);
      yield* sleep(0);
      assert.deepEqual(transport.calls.slice(3), ["resumeReading"]);
      reader.feedData(Buffer.alloc(1));
      assert.equal((yield* reading).length, 35);
    }));

  test("must be positive", () =>
    virtual(function* () {
      for (const limit of [0, -1, Number.NaN]) {
        const message = `Expected \`limit\` to be a positive number of bytes, got ${limit}`;
        assert.throws(() => new StreamReader({ limit }), { name: "RangeError", message });
      }
      yield* sleep(0);
    }));
});

describe("an exception", () => {
  test("is thrown by every read, before data that is there", () =>
    virtual(function* () {
      const reader = holding("data\n");
      assert.equal(reader.exception(), null);
      const lost = new Error("lost");
      reader.setException(lost);
      assert.equal(reader.exception(), lost);
      for (const read of [reader.read(1), reader.read(), reader.readLine(), reader.readExactly(1), reader.readUntil()])
        assert.equal(yield* failureOf(read), lost);
    }));

  test("reaches the read that waits", () =>
    virtual(function* () {
      const reader = new StreamReader();
      const [error] = yield* gather([
        failureOf(reader.read(1)),
        (function* () {
          yield* sleep(5);
          reader.setException(new Error("lost"));
        })(),
      ]);
      assert.equal(`${error}`, "Error: lost");
    }));
});

describe("the rest", () => {
  test("atEof needs the end, and an empty buffer", () =>
    virtual(function* () {
      const reader = holding("a");
      assert.equal(reader.atEof(), false);
      reader.feedEof();
      assert.equal(reader.atEof(), false);
      yield* reader.read(1);
      assert.equal(reader.atEof(), true);
    }));

  test("refuses data after the end, and a second transport", () =>
    virtual(function* () {
      const { reader, transport } = withTransport(10);
      reader.setTransport(transport);
      assert.throws(() => reader.setTransport(new FakeTransport(new Protocol())), /which has one already/);
      reader.feedEof();
      reader.feedEof();
      assert.throws(() => reader.feedData(Buffer.from("x")), /^RuntimeError: feedData\(\) of a <StreamReader eof/);
      yield* sleep(0);
    }));

  test("takes a Uint8Array, and nothing of length 0", () =>
    virtual(function* () {
      const reader = new StreamReader();
      reader.feedData(new Uint8Array(0));
      reader.feedData(new Uint8Array([104, 105]));
      const data = yield* reader.read(10);
      assert.ok(Buffer.isBuffer(data));
      assert.equal(`${data}`, "hi");
    }));

  test("says what it holds", () =>
    virtual(function* () {
      const reader = holding("abc", { limit: 1, eof: true });
      assert.equal(`${reader}`, "<StreamReader 3 bytes eof limit=1>");
      reader.setException(new TypeError("x"));
      assert.equal(inspect(reader), "<StreamReader 3 bytes eof limit=1 exception=TypeError>");
      const { reader: other } = withTransport(1);
      other.feedData(Buffer.from("abc"));
      assert.equal(`${other}`, "<StreamReader 3 bytes limit=1 paused>");
      yield* sleep(0);
    }));

  test("belongs to the loop it is given", () => {
    const loop = new VirtualEventLoop();
    const reader = new StreamReader({ loop });
    reader.feedData(Buffer.from("x"));
    assert.equal(`${loop.runUntilComplete(reader.read(1))}`, "x");
    loop.close();
  });
});

describe("lines", () => {
  test("are gone through by for await, to the end", async () => {
    await run(function* () {
      const reader = new StreamReader();
      const feeding = createTask(feedSlowly(reader, "one\ntw", "o\n\nrest"));
      const seen: string[] = [];
      yield* forEach(reader, function* (line) {
        seen.push(`${line}`);
        yield* sleep(0);
      });
      assert.deepEqual(seen, ["one\n", "two\n", "\n", "rest"]);
      yield* feeding;
    });
  });

  test("leaving the loop early leaves the rest to be read", async () => {
    await run(function* () {
      const reader = holding("one\ntwo\n", { eof: true });
      yield* forEach(reader, () => BREAK);
      assert.equal(yield* text(reader.readLine()), "two\n");
    });
  });
});
