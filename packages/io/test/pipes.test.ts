import assert from "node:assert/strict";
import { closeSync, constants, fstatSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { PassThrough, Readable, Writable } from "node:stream";
import { describe, test } from "node:test";
import { cancelEverywhere, leftovers } from "@yieldfrom/testing";
import { createTask, Event, from, getRunningLoop, sleep } from "yieldfrom";
import {
  BrokenPipeError,
  ConnectionResetError,
  connectReadPipe,
  connectWritePipe,
  Protocol,
  type ReadTransport,
  runProcess,
  StreamReader,
  StreamReaderProtocol,
} from "../src/index.ts";
import { failureOf, text } from "./helpers.ts";
import { live, liveReports } from "./live.ts";
import { withFolder } from "./with-folder.ts";

/** Notes what it is told. */
class Noting extends Protocol {
  readonly notes: string[] = [];
  readonly lost = new Event();

  override connectionMade(): void {
    this.notes.push("made");
  }
  override dataReceived(data: Buffer): void {
    this.notes.push(`data ${data}`);
  }
  override eofReceived(): void {
    this.notes.push("eof");
  }
  override pauseWriting(): void {
    this.notes.push("pause");
  }
  override resumeWriting(): void {
    this.notes.push("resume");
  }
  override connectionLost(error: Error | null): void {
    this.notes.push(`lost ${error}`);
    this.lost.set();
  }
}

const noting = () => new Noting();

describe("connectReadPipe", () => {
  test("tells the protocol of data, the end and the loss", async () => {
    await live(function* () {
      const source = new PassThrough();
      const [transport, protocol] = yield* connectReadPipe(noting, source);
      assert.deepEqual(protocol.notes, ["made"]);
      assert.ok(transport.isReading());
      assert.equal(transport.getExtraInfo("pipe"), source);
      source.write("a");
      yield* sleep(1);
      source.end("b");
      yield* protocol.lost.wait();
      assert.deepEqual(protocol.notes, ["made", "data a", "data b", "eof", "lost null"]);
      assert.ok(transport.isClosing() && source.destroyed);
    });
  });

  test("misses nothing of a stream that flows before the protocol is there", async () => {
    await live(function* () {
      const source = new PassThrough();
      const connecting = createTask(connectReadPipe(noting, source), { eagerStart: true });
      source.resume();
      source.end("early");
      yield* from(new Promise((resolve) => setImmediate(resolve)));
      const [, protocol] = yield* connecting;
      yield* protocol.lost.wait();
      assert.deepEqual(protocol.notes, ["made", "data early", "eof", "lost null"]);
    });
  });

  test("pauses at once: what has come by then waits, and the source is made to wait", async () => {
    await live(function* () {
      const source = new PassThrough({ highWaterMark: 10 });
      const [transport, protocol] = yield* connectReadPipe(noting, source);
      transport.pauseReading();
      transport.pauseReading();
      assert.ok(!transport.isReading());
      source.write("held");
      source.resume(); // As Node does to the streams of a child that has ended.
      for (let i = 0; i < 5; i++) yield* sleep(1);
      while (source.write("more")) yield* sleep(0);
      assert.deepEqual(protocol.notes, ["made"]);
      transport.resumeReading();
      yield* sleep(1);
      assert.match(protocol.notes.join(), /^made,data held/);
      transport.close();
      yield* protocol.lost.wait();
    });
  });

  test("may be paused by the protocol while it is told", async () => {
    await live(function* () {
      class Once extends Noting {
        transport!: ReadTransport;
        override dataReceived(data: Buffer): void {
          super.dataReceived(data);
          this.transport.pauseReading();
        }
      }
      const source = new PassThrough();
      const [transport, protocol] = yield* connectReadPipe(() => new Once(), source);
      protocol.transport = transport;
      for (const part of ["a", "b", "c"]) source.write(part);
      source.end();
      for (const part of ["a", "b", "c"]) {
        yield* sleep(1);
        assert.equal(protocol.notes.at(-1), `data ${part}`);
        transport.resumeReading();
      }
      yield* protocol.lost.wait();
      assert.deepEqual(protocol.notes, ["made", "data a", "data b", "data c", "eof", "lost null"]);
    });
  });

  test("hands on an error, after what came before it", async () => {
    await live(function* () {
      const source = new PassThrough();
      const [, protocol] = yield* connectReadPipe(noting, source);
      source.write("some");
      setImmediate(() => source.destroy(new Error("broken")));
      yield* protocol.lost.wait();
      assert.deepEqual(protocol.notes, ["made", "data some", "lost Error: broken"]);
    });
  });

  test("says so when the source was closed before its end", async () => {
    await live(function* () {
      for (const before of [true, false]) {
        const source = new PassThrough();
        if (before) source.destroy();
        const [, protocol] = yield* connectReadPipe(noting, source);
        source.destroy();
        yield* protocol.lost.wait();
        const cut = new ConnectionResetError("the stream that is read from was closed before its end");
        assert.deepEqual(protocol.notes, ["made", `lost ${cut}`]);
      }
    });
  });

  test("close() closes the source, and drops what is there", async () => {
    await live(function* () {
      const source = new PassThrough();
      const [transport, protocol] = yield* connectReadPipe(noting, source);
      source.write("dropped");
      transport.close();
      transport.close();
      yield* protocol.lost.wait();
      assert.deepEqual(protocol.notes, ["made", "lost null"]);
      assert.ok(source.destroyed);
    });
  });

  test("a protocol that fails is reported, and loses the connection", async () => {
    const { reports } = await liveReports(function* () {
      class Failing extends Noting {
        override dataReceived(): void {
          throw new RangeError("bad data");
        }
      }
      const source = new PassThrough();
      const [, protocol] = yield* connectReadPipe(() => new Failing(), source);
      source.write("x");
      yield* protocol.lost.wait();
      assert.deepEqual(protocol.notes, ["made", "lost RangeError: bad data"]);
    });
    assert.deepEqual(
      reports.map(({ message }) => message),
      ["protocol.dataReceived() failed, so its pipe is closed"],
    );
  });

  test("takes file descriptors of files, pipes and sockets", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "file");
      writeFileSync(path, "content");
      await live(function* () {
        const reader = new StreamReader();
        yield* connectReadPipe(() => new StreamReaderProtocol(reader), openSync(path, "r"));
        assert.equal(yield* text(reader.read()), "content");
      });
    });
    assert.deepEqual(await leftovers(), []);
  });

  test("refuses what it can't read", async () => {
    await live(function* () {
      const refused = (pipe: unknown) => failureOf(connectReadPipe(noting, pipe as number));
      assert.equal(
        String(yield* refused("path")),
        'TypeError: Expected `pipe` to be a Node Readable or a file descriptor, got "path"',
      );
      const closed = openSync("/dev/null", "r");
      closeSync(closed);
      assert.equal(String(yield* refused(closed)), `OSError: there is no open file descriptor ${closed}`);
      const strings = new PassThrough().setEncoding("utf8");
      assert.match(String(yield* refused(strings)), /^TypeError: a stream with an encoding set can't be read from/);
      const objects = Readable.from([{ not: "bytes" }]);
      const [, protocol] = yield* connectReadPipe(noting, objects);
      yield* protocol.lost.wait();
      assert.match(protocol.notes.at(-1)!, /^lost TypeError: a stream that is read from gave object: bytes or/);
    });
  });
});

/** Takes a piece at a time, when it is told to. */
class Slow extends Writable {
  readonly taken: string[] = [];
  private _next: ((error?: Error) => void) | null = null;

  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
    this.taken.push(chunk.toString());
    this._next = callback;
  }

  goOn(error?: Error): void {
    const next = this._next;
    this._next = null;
    next?.(error);
  }
}

describe("connectWritePipe", () => {
  test("writes, pauses and resumes the protocol, and ends the target", async () => {
    await live(function* () {
      const target = new Slow();
      const [transport, protocol] = yield* connectWritePipe(noting, target);
      transport.setWriteBufferLimits({ low: 2, high: 5 });
      assert.deepEqual(transport.getWriteBufferLimits(), { low: 2, high: 5 });
      transport.write("abc");
      assert.equal(transport.getWriteBufferSize(), 3);
      transport.writeLines(["d", Buffer.from("e")]);
      assert.deepEqual(protocol.notes, ["made"]);
      transport.write("f");
      assert.deepEqual(protocol.notes, ["made", "pause"]);
      for (let i = 0; i < 4; i++) {
        target.goOn();
        yield* sleep(1);
      }
      assert.deepEqual(protocol.notes, ["made", "pause", "resume"]);
      assert.equal(transport.getWriteBufferSize(), 0);
      transport.write("g");
      transport.close();
      assert.ok(transport.isClosing());
      transport.write("dropped");
      target.goOn();
      yield* protocol.lost.wait();
      assert.deepEqual(protocol.notes.slice(3), ["lost null"]);
      assert.deepEqual(target.taken, ["abc", "d", "e", "f", "g"]);
      assert.ok(target.writableFinished && target.destroyed);
    });
  });

  test("counts the bytes of a stream of objects", async () => {
    await live(function* () {
      const target = new Slow({ objectMode: true });
      const [transport, protocol] = yield* connectWritePipe(noting, target);
      transport.setWriteBufferLimits({ high: 5 });
      transport.write("abcdef");
      assert.deepEqual([transport.getWriteBufferSize(), protocol.notes.at(-1)], [6, "pause"]);
      target.goOn();
      yield* sleep(1);
      assert.deepEqual([transport.getWriteBufferSize(), protocol.notes.at(-1)], [0, "resume"]);
      transport.abort();
      yield* protocol.lost.wait();
    });
  });

  test("is lost by an error, and by the other side's going away", async () => {
    await live(function* () {
      const failing = new Slow();
      const [transport, protocol] = yield* connectWritePipe(noting, failing);
      transport.write("x");
      failing.goOn(new Error("disk full"));
      yield* protocol.lost.wait();
      assert.deepEqual(protocol.notes, ["made", "lost Error: disk full"]);
      transport.write("dropped");

      const gone = new Slow();
      const [other, others] = yield* connectWritePipe(noting, gone);
      other.write("x");
      gone.destroy();
      yield* others.lost.wait();
      const broken = new BrokenPipeError("the pipe was closed while data waited to be written to it");
      assert.deepEqual(others.notes, ["made", `lost ${broken}`]);

      const quiet = new Slow();
      const [, quietly] = yield* connectWritePipe(noting, quiet);
      quiet.destroy();
      yield* quietly.lost.wait();
      assert.deepEqual(quietly.notes, ["made", "lost null"]);
    });
  });

  test("abort() drops what waits", async () => {
    await live(function* () {
      const target = new Slow();
      const [transport, protocol] = yield* connectWritePipe(noting, target);
      transport.write("a");
      transport.write("b");
      transport.abort();
      yield* protocol.lost.wait();
      assert.deepEqual([target.taken, target.destroyed], [["a"], true]);
      assert.equal(protocol.notes.at(-1), "lost null");
    });
  });

  test("takes a file descriptor, which is closed at the end", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "file");
      await live(function* () {
        const fd = openSync(path, "w");
        const [transport, protocol] = yield* connectWritePipe(noting, fd);
        transport.write("content");
        transport.writeEof();
        yield* protocol.lost.wait();
        while (isOpen(fd)) yield* sleep(1);
      });
      assert.equal(readFileSync(path, "utf8"), "content");
    });
    assert.deepEqual(await leftovers(), []);
  });

  test("refuses what it can't write to", async () => {
    await live(function* () {
      const error = yield* failureOf(connectWritePipe(noting, "path" as never));
      assert.equal(String(error), 'TypeError: Expected `pipe` to be a Node Writable or a file descriptor, got "path"');
    });
  });

  test("leaves process.stdout to others", async () => {
    await live(function* () {
      const listeners = process.stdout.listenerCount("error");
      const [transport, protocol] = yield* connectWritePipe(noting, process.stdout);
      transport.close();
      yield* protocol.lost.wait();
      assert.ok(process.stdout.writable && !process.stdout.destroyed);
      assert.equal(process.stdout.listenerCount("error"), listeners);
    });
  });
});

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

test("both ends of a named pipe, by their file descriptors", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "fifo");
    await live(function* () {
      yield* runProcess("mkfifo", [path], { check: true });
      const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const [, reading] = yield* connectReadPipe(noting, readEnd);
      const writeEnd = openSync(path, "w");
      const [transport, writing] = yield* connectWritePipe(noting, writeEnd);
      transport.write("through the pipe");
      transport.close();
      yield* reading.lost.wait();
      assert.deepEqual(reading.notes, ["made", "data through the pipe", "eof", "lost null"]);
      yield* writing.lost.wait();
      while (isOpen(readEnd) || isOpen(writeEnd)) yield* sleep(1);
    });
  });
  assert.deepEqual(await leftovers(), []);
});

test("transports know their loop and protocol, and say what they are", async () => {
  await live(function* () {
    const source = new PassThrough();
    const [reading, protocol] = yield* connectReadPipe(noting, source);
    const [writing] = yield* connectWritePipe(noting, new Slow());
    assert.deepEqual([reading.getLoop(), writing.getLoop()], [getRunningLoop(), getRunningLoop()]);
    assert.equal(reading.getProtocol(), protocol);
    assert.equal(reading.getExtraInfo("nothing", "fallback"), "fallback");
    const other = new Noting();
    reading.setProtocol(other);
    writing.setProtocol(other);
    assert.equal(writing.getProtocol(), other);
    source.write("to the other");
    yield* sleep(1);
    assert.deepEqual(other.notes, ["data to the other"]);
    writing.write("12345");
    assert.deepEqual(
      [`${reading}`, `${writing}`],
      ["<ReadPipeTransport reading>", "<WritePipeTransport open, 5 bytes wait>"],
    );
    reading.close();
    writing.abort();
    assert.deepEqual(
      [`${reading}`, `${writing}`],
      ["<ReadPipeTransport closing>", "<WritePipeTransport closed, 0 bytes wait>"],
    );
  });
});

test("cancelled while it connects, a pipe is closed", async () => {
  const opened: (Readable | Writable)[] = [];
  const points = await cancelEverywhere(
    function* () {
      const source = new PassThrough();
      const target = new Slow();
      opened.push(source, target);
      const [reading] = yield* connectReadPipe(noting, source);
      const [writing] = yield* connectWritePipe(noting, target);
      reading.close();
      writing.close();
    },
    { mayFinish: true },
  );
  assert.ok(points > 0);
  await new Promise((resolve) => setImmediate(resolve));
  // What the run did not come to is not open either.
  assert.deepEqual(
    opened.filter((each) => !each.destroyed && each.listenerCount("error") > 0),
    [],
  );
});

test("at the end of the run pipes are let go of", async () => {
  const source = new PassThrough();
  const target = new Slow();
  await live(function* () {
    yield* connectReadPipe(noting, source);
    yield* connectWritePipe(noting, target);
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(source.destroyed && target.destroyed);
});
