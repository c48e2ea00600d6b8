import assert from "node:assert/strict";
import { PassThrough, Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { cancelEverywhere, leftovers } from "@yieldfrom/testing";
import { createTask, forEach, from, isCancelled, sleep } from "yieldfrom";
import {
  type ByteSource,
  createSubprocessExec,
  createSubprocessShell,
  PIPE,
  StreamReader,
  type StreamWriter,
  streamReaderFrom,
  streamWriterTo,
  toReadable,
  toReadableStream,
  toWritable,
  toWritableStream,
} from "../src/index.ts";
import { failureOf, text } from "./helpers.ts";
import { live } from "./live.ts";

const BIG = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
const KIB = 1024;

/** An endless source that notes how much was taken of it, and whether it was closed. */
class Endless {
  pulled = 0;
  closed = false;

  readable(): Readable {
    const source = this;
    return new Readable({
      read() {
        source.pulled += KIB;
        this.push(Buffer.alloc(KIB, "x\n"));
      },
      destroy(error, callback) {
        source.closed = true;
        callback(error);
      },
    });
  }

  readableStream(): ReadableStream<Uint8Array> {
    return new ReadableStream({
      pull: (controller) => {
        this.pulled += KIB;
        controller.enqueue(new Uint8Array(KIB).fill(120));
      },
      cancel: () => {
        this.closed = true;
      },
    });
  }

  async *iterable(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        this.pulled += KIB;
        yield new Uint8Array(KIB);
      }
    } finally {
      this.closed = true;
    }
  }
}

const kinds = ["readable", "readableStream", "iterable"] as const;

/** The same bytes, in pieces, from each kind of source. */
const sources: Readonly<Record<string, (chunks: Buffer[]) => ByteSource>> = {
  "a Node Readable": (chunks) => Readable.from(chunks),
  "a ReadableStream": (chunks) => ReadableStream.from(chunks),
  "the body of a Response": (chunks) => new Response(new Blob(chunks as Buffer<ArrayBuffer>[])).body!,
  "an async generator": async function* (chunks) {
    yield* chunks;
  },
};

function pieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

/** assert.deepEqual takes minutes to tell the difference. */
function same(got: Buffer, expected: Buffer): void {
  assert.equal(got.length, expected.length);
  assert.ok(got.equals(expected), "the bytes differ");
}

describe("streamReaderFrom", () => {
  for (const [name, make] of Object.entries(sources)) {
    test(`reads ${name}`, async () => {
      await live(function* () {
        using reader = streamReaderFrom(make(pieces(BIG, 7000)), { limit: 1000 });
        assert.deepEqual(yield* reader.readExactly(10), BIG.subarray(0, 10));
        yield* sleep(2);
        same(yield* reader.read(), BIG.subarray(10));
        assert.ok(reader.atEof());
      });
    });
  }

  test("takes strings for UTF-8, and gives lines", async () => {
    await live(function* () {
      using reader = streamReaderFrom(Readable.from(["eins\nzw", "ei\ndr\u00e4i"]));
      const lines: string[] = [];
      yield* forEach(reader, (line) => void lines.push(line.toString()));
      assert.deepEqual(lines, ["eins\n", "zwei\n", "dr\u00e4i"]);
    });
  });

  for (const kind of kinds) {
    test(`takes no more of a ${kind} than there is room for, and closes it`, async () => {
      const source = new Endless();
      await live(function* () {
        using reader = streamReaderFrom(source[kind](), { limit: 4 * KIB });
        yield* reader.read(1);
        for (let i = 0; i < 10; i++) yield* sleep(1);
        const pulled = source.pulled;
        // Twice the limit, and what streams of Node and the Web keep themselves.
        assert.ok(pulled <= 400 * KIB, `${pulled}`);
        for (let i = 0; i < 10; i++) yield* sleep(1);
        assert.equal(source.pulled, pulled);
        yield* reader.readExactly(pulled + 1);
        assert.ok(!source.closed);
        reader.close();
        for (let i = 0; !source.closed && i < 100; i++) yield* sleep(1);
        assert.ok(source.closed);
      });
    });
  }

  test("hands its source's error to each read", async () => {
    const broken = new Error("broken");
    const failing: Readonly<Record<string, () => ByteSource>> = {
      readable: () => new Readable({ read: () => {} }).destroy(broken),
      later: () =>
        new Readable({
          read() {
            setImmediate(() => this.destroy(broken));
          },
        }),
      web: () => new ReadableStream({ pull: (controller) => controller.error(broken) }),
      generator: async function* () {
        yield "x";
        throw broken;
      },
    };
    await live(function* () {
      for (const [name, make] of Object.entries(failing)) {
        using reader = streamReaderFrom(make());
        assert.equal(yield* failureOf(reader.read()), broken, name);
        assert.equal(yield* failureOf(reader.read()), broken, name);
      }
    });
  });

  test("closes its source when the reading task is cancelled", async () => {
    const source = new PassThrough();
    await live(function* () {
      const task = createTask(
        (function* () {
          using reader = streamReaderFrom(source);
          yield* reader.read();
        })(),
      );
      yield* sleep(1);
      task.cancel();
      assert.ok(isCancelled(yield* failureOf(task)));
    });
    assert.ok(source.destroyed);
  });

  test("refuses what is no source of bytes", async () => {
    await live(function* () {
      assert.throws(() => streamReaderFrom("text" as never), {
        name: "TypeError",
        message: 'Expected `source` to be a Node Readable, a ReadableStream or an AsyncIterable of bytes, got "text"',
      });
      const objects = async function* () {
        yield { not: "bytes" } as unknown as string;
      };
      using reader = streamReaderFrom(objects());
      assert.equal(((yield* failureOf(reader.read())) as Error).name, "TypeError");
      yield* sleep(0);
    });
  });
});

describe("streamWriterTo", () => {
  test("writes to a Node Writable, at its pace", async () => {
    await live(function* () {
      const taken: Buffer[] = [];
      let open = 0;
      const target = new Writable({
        write(chunk: Buffer, _encoding, callback) {
          assert.equal(++open, 1);
          setImmediate(() => {
            open--;
            taken.push(chunk);
            callback();
          });
        },
      });
      using writer = streamWriterTo(target);
      for (const piece of pieces(BIG, 10_000)) {
        writer.write(piece);
        yield* writer.drain();
        assert.ok(target.writableLength <= 65_536);
      }
      writer.close();
      yield* writer.waitClosed();
      same(Buffer.concat(taken), BIG);
    });
  });

  test("through a CompressionStream and back", async () => {
    await live(function* () {
      const { readable, writable } = new CompressionStream("gzip");
      using writer = streamWriterTo(writable);
      using reader = streamReaderFrom(readable);
      const compressed = createTask(reader.read());
      for (const piece of pieces(BIG, 10_000)) {
        writer.write(piece);
        yield* writer.drain();
      }
      writer.close();
      same(gunzipSync(yield* compressed), BIG);
      yield* writer.waitClosed();
    });
  });

  test("a target that fails makes drain() and waitClosed() throw", async () => {
    const broken = new Error("disk full");
    const targets = [
      () => new Writable({ highWaterMark: 1, write: (_chunk, _encoding, callback) => setImmediate(callback, broken) }),
      () => new WritableStream({ write: () => Promise.reject(broken) }),
    ];
    await live(function* () {
      for (const make of targets) {
        using writer = streamWriterTo(make());
        writer.transport.setWriteBufferLimits({ high: 0 });
        writer.write("x");
        assert.equal(yield* failureOf(writer.drain()), broken);
        assert.equal(yield* failureOf(writer.waitClosed()), broken);
        const again = (yield* failureOf(writer.drain())) as Error;
        assert.equal(again.name, "ConnectionResetError");
        assert.equal(again.cause, broken);
      }
    });
  });

  test("refuses what is no target", async () => {
    await live(function* () {
      assert.throws(() => streamWriterTo(new Readable() as never), {
        name: "TypeError",
        message: "Expected `target` to be a Node Writable or a WritableStream, got [Readable]",
      });
    });
  });
});

describe("toReadable and toReadableStream", () => {
  test("give the bytes to an async function", async () => {
    await live(function* () {
      const child = yield* createSubprocessExec("seq", ["20000"], { stdout: PIPE });
      const collect = async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of toReadable(child.stdout)) chunks.push(chunk as Buffer);
        return Buffer.concat(chunks).toString().trimEnd().split("\n").length;
      };
      assert.equal(yield* from(collect()), 20_000);
      yield* child.wait();
    });
  });

  test("give them to a Response, and to streams of the Web", async () => {
    await live(function* () {
      using reader = streamReaderFrom(Readable.from([gzipSync("hello")]));
      const gunzip = new DecompressionStream("gzip") as ReadableWritablePair<Uint8Array, Uint8Array>;
      const plain = toReadableStream(reader).pipeThrough(gunzip);
      assert.equal(yield* from(new Response(plain).text()), "hello");
    });
  });

  test("take no more than is read", async () => {
    const source = new Endless();
    await live(function* () {
      for (const outlet of ["node", "web"]) {
        source.pulled = 0;
        using reader = streamReaderFrom(source.readable(), { limit: 4 * KIB });
        const stream = outlet === "node" ? toReadable(reader) : toReadableStream(reader);
        if (stream instanceof Readable) stream.read(1);
        else yield* from(stream.getReader().read());
        for (let i = 0; i < 10; i++) yield* sleep(1);
        const pulled = source.pulled;
        assert.ok(pulled <= 1000 * KIB, `${pulled}`);
        for (let i = 0; i < 10; i++) yield* sleep(1);
        assert.equal(source.pulled, pulled);
      }
    });
  });

  test("are closed early, and close what they read", async () => {
    for (const outlet of ["node", "web"]) {
      const source = new Endless();
      await live(function* () {
        const reader = streamReaderFrom(source.readable());
        const readOne = async () => {
          const stream = outlet === "node" ? toReadable(reader) : toReadableStream(reader);
          for await (const _ of stream) break;
        };
        yield* from(readOne());
        for (let i = 0; !source.closed && i < 100; i++) yield* sleep(1);
      });
      assert.ok(source.closed, outlet);
    }
  });

  test("pass errors on", async () => {
    await live(function* () {
      const reader = new StreamReader();
      reader.setException(new Error("broken"));
      const drain = async (stream: AsyncIterable<unknown>) => {
        for await (const _ of stream);
      };
      assert.equal(String(yield* failureOf(from(drain(toReadable(reader))))), "Error: broken");
      assert.equal(String(yield* failureOf(from(drain(toReadableStream(reader))))), "Error: broken");
    });
  });

  test("fail when the run ends before them", async () => {
    let stream: Readable | undefined;
    await live(function* () {
      stream = toReadable(new StreamReader());
      stream.read();
      yield* sleep(1);
    });
    await assert.rejects(
      async () => {
        for await (const _ of stream!);
      },
      { name: "ConnectionAbortedError", message: /run\(\) ended while the stream was still used/ },
    );
    assert.deepEqual(await leftovers(), []);
  });
});

describe("toWritable and toWritableStream", () => {
  test("take a pipeline, at the reader's pace, and end it", async () => {
    await live(function* () {
      const child = yield* createSubprocessExec("cat", [], { stdin: PIPE, stdout: PIPE });
      const done = pipeline(Readable.from(pieces(BIG, 10_000)), toWritable(child.stdin));
      same(yield* child.stdout.read(), BIG);
      yield* from(done);
      yield* child.wait();
    });
  });

  test("take pipeTo()", async () => {
    await live(function* () {
      const child = yield* createSubprocessExec("wc", ["-c"], { stdin: PIPE, stdout: PIPE });
      yield* from(new Blob([BIG]).stream().pipeTo(toWritableStream(child.stdin)));
      assert.equal((yield* text(child.stdout.read())).trim(), `${BIG.length}`);
      yield* child.wait();
    });
  });

  test("wait for one that does not read", async () => {
    const source = new Endless();
    await live(function* () {
      using child = yield* createSubprocessExec("sleep", ["1000"], { stdin: PIPE });
      const done = pipeline(source.readable(), toWritable(child.stdin)).catch((error) => error);
      let before = -1;
      while (before !== source.pulled) {
        before = source.pulled;
        for (let i = 0; i < 10; i++) yield* sleep(1);
      }
      assert.ok(before < 2000 * KIB, `${before}`);
      yield* child.stop();
      assert.ok((yield* from(done)) instanceof Error);
      assert.ok(source.closed);
    });
  });

  test("pass on that nobody reads any more", async () => {
    await live(function* () {
      const child = yield* createSubprocessShell("exit 0", { stdin: PIPE });
      yield* child.wait();
      const failed = yield* failureOf(from(pipeline(new Endless().readable(), toWritable(child.stdin))));
      assert.match(String(failed), /ConnectionResetError|BrokenPipeError/);
    });
  });

  test("abort when they are destroyed", async () => {
    await live(function* () {
      const child = yield* createSubprocessExec("cat", [], { stdin: PIPE, stdout: PIPE });
      toWritable(child.stdin).destroy();
      assert.equal((yield* child.stdout.read()).length, 0);
      yield* child.wait();
    });
  });
});

test("cancelled anywhere, a chain of adapters is closed", async () => {
  const opened: Endless[] = [];
  const points = await cancelEverywhere(function* () {
    const source = new Endless();
    opened.push(source);
    using reader = streamReaderFrom(source.readableStream());
    using child = yield* createSubprocessExec("cat", [], { stdin: PIPE, stdout: PIPE });
    const writer: StreamWriter = child.stdin;
    for (let i = 0; i < 3; i++) {
      writer.write(yield* reader.read(100));
      yield* writer.drain();
      yield* child.stdout.readExactly(100);
    }
  });
  assert.ok(points > 3);
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(opened.every(({ closed }) => closed));
});
