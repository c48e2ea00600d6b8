import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Coroutine, Event, sleep } from "yieldfrom";
import {
  PIPE,
  type SubprocessOptions,
  SubprocessProtocol,
  type SubprocessTransport,
  subprocessExec,
  subprocessShell,
  type WriteTransport,
} from "../src/index.ts";
import { live, liveReports } from "./live.ts";

/** Notes what it is told. */
class Noting extends SubprocessProtocol {
  readonly notes: string[] = [];
  readonly lost = new Event();
  transport: SubprocessTransport | null = null;

  override connectionMade(transport: SubprocessTransport): void {
    this.transport = transport;
    this.notes.push("made");
  }

  override pipeDataReceived(fd: number, data: Buffer): void {
    this.notes.push(`data ${fd} ${data.toString().trim()}`);
  }

  override pipeConnectionLost(fd: number, error: Error | null): void {
    this.notes.push(`pipe ${fd} lost ${error}`);
  }

  override processExited(): void {
    this.notes.push(`exited ${this.transport?.getReturnCode()}`);
  }

  override connectionLost(error: Error | null): void {
    this.notes.push(`lost ${error}`);
    this.lost.set();
  }
}

const PIPES = { stdin: PIPE, stdout: PIPE, stderr: PIPE } as const;

function* noted(line: string, options: SubprocessOptions = PIPES): Coroutine<string[]> {
  const [, protocol] = yield* subprocessShell(() => new Noting(), line, options);
  yield* protocol.lost.wait();
  return protocol.notes;
}

describe("a SubprocessProtocol", () => {
  test("is told of everything, between the first and the last call", async () => {
    await live(function* () {
      for (let i = 0; i < 10; i++) {
        const notes = yield* noted("echo out; echo err >&2; exit 3");
        assert.equal(notes.shift(), "made");
        assert.equal(notes.pop(), "lost null");
        // Exit and pipes come in any order, but each pipe's own events do not.
        const of = (fd: number) => notes.filter((note) => note.includes(` ${fd} `));
        assert.deepEqual(of(0), ["pipe 0 lost null"]);
        assert.deepEqual(of(1), ["data 1 out", "pipe 1 lost null"]);
        assert.deepEqual(of(2), ["data 2 err", "pipe 2 lost null"]);
        assert.equal(notes.filter((note) => note === "exited 3").length, 1);
        assert.equal(notes.length, 6);
      }
    });
  });

  test("of a process without pipes hears of its end", async () => {
    await live(function* () {
      assert.deepEqual(yield* noted("exit 2", {}), ["made", "exited 2", "lost null"]);
    });
  });

  test("writes to it by the transport of its stdin", async () => {
    await live(function* () {
      const [transport, protocol] = yield* subprocessExec(() => new Noting(), "cat", [], PIPES);
      const stdin = transport.getPipeTransport(0) as WriteTransport;
      stdin.writeLines(["a", "b"]);
      stdin.close();
      yield* protocol.lost.wait();
      assert.ok(protocol.notes.includes("data 1 ab"));
      assert.equal(transport.getPipeTransport(3), null);
      assert.equal(transport.getProtocol(), protocol);
      assert.equal(transport.getReturnCode(), 0);
      assert.ok(transport.isClosing());
    });
  });

  test("has it killed by close(), of which it hears as of every other end", async () => {
    await live(function* () {
      const [transport, protocol] = yield* subprocessExec(() => new Noting(), "sleep", ["1000"], PIPES);
      transport.close();
      transport.close();
      yield* protocol.lost.wait();
      const expected = ["exited -9", "pipe 0 lost null", "pipe 1 lost null", "pipe 2 lost null"];
      assert.deepEqual(protocol.notes.slice(1, -1).sort(), expected);
      transport.close();
    });
  });

  test("that fails is reported", async () => {
    const { reports } = await liveReports(function* () {
      class Failing extends Noting {
        override pipeDataReceived(): void {
          throw new RangeError("bad data");
        }
      }
      const [, protocol] = yield* subprocessExec(() => new Failing(), "echo", ["x"], { stdout: PIPE });
      yield* protocol.lost.wait();
    });
    assert.deepEqual(
      reports.map(({ exception }) => String(exception)),
      ["RangeError: bad data"],
    );
  });

  test("pauses and resumes writing", async () => {
    await live(function* () {
      const notes: string[] = [];
      class Pausing extends Noting {
        override pauseWriting(): void {
          notes.push("pause");
        }
        override resumeWriting(): void {
          notes.push("resume");
        }
      }
      const line = "sleep 0.05; cat > /dev/null";
      const [transport, protocol] = yield* subprocessShell(() => new Pausing(), line, { stdin: PIPE });
      const stdin = transport.getPipeTransport(0) as WriteTransport;
      stdin.write(Buffer.alloc(1_000_000));
      assert.deepEqual(notes, ["pause"]);
      assert.equal(stdin.getWriteBufferSize(), 1_000_000);
      while (notes.length < 2) yield* sleep(1);
      assert.deepEqual(notes, ["pause", "resume"]);
      stdin.close();
      yield* protocol.lost.wait();
    });
  });
});
