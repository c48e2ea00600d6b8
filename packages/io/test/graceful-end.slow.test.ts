/** The ends that take a second or more, and those of a process of its own. */
import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Coroutine, Event } from "yieldfrom";
import { createSubprocessExec, openConnection, PIPE, type Process, startServer } from "../src/index.ts";
import { text } from "./helpers.ts";
import { live } from "./live.ts";
import { real, reporting, turns } from "./real.ts";

const program = fileURLToPath(new URL("programs/forever-server.ts", import.meta.url));

describe("shutdown", () => {
  test("aborts a client that does not read", () =>
    real(function* () {
      const met = new Event();
      const server = yield* startServer(
        function* (_, writer) {
          met.set();
          try {
            writer.write(Buffer.alloc(50_000_000));
            yield* writer.drain();
          } finally {
            writer.close();
            yield* writer.waitClosed();
          }
        },
        "127.0.0.1",
        0,
      );
      const [, writer] = yield* openConnection("127.0.0.1", server.port);
      yield* met.wait();
      yield* server.shutdown({ grace: 0 });
      assert.match(`${server}`, /closed, 0 connections/);
      writer.close();
    }));

  test("reports a client's task that refuses to end, and aborts its connection", async () => {
    const [met, release] = [new Event(), new Event()];
    const reports = await reporting(function* () {
      const server = yield* startServer(
        function* () {
          met.set();
          while (!release.isSet()) {
            try {
              yield* release.wait();
            } catch {}
          }
        },
        "127.0.0.1",
        0,
      );
      const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
      yield* met.wait();
      yield* server.shutdown({ grace: 0 });
      assert.equal(yield* text(reader.read()), "");
      writer.close();
      release.set();
      yield* turns();
    });
    assert.equal(reports.length, 1);
    assert.match(
      reports[0]!.message,
      /^<Server closed, 0 connections> ended without <Task cancelling .*>, which serves a client and has not ended since it was cancelled$/,
    );
  });
});

function* line(child: Process): Coroutine<string> {
  return String(yield* child.stdout!.readLine()).trimEnd();
}

describe("a process that serves for ever with a grace", () => {
  for (const [signal, ending] of [
    ["SIGTERM", "main goes on"],
    ["SIGINT", "KeyboardInterrupt"],
  ] as const) {
    for (const grace of ["60000", "100"]) {
      test(`ends by itself at ${signal}, its clients served for ${grace} ms`, () =>
        live(function* () {
          using child = yield* createSubprocessExec(process.execPath, [program, grace], { stdout: PIPE });
          const port = Number(yield* line(child));
          const [reader, writer] = yield* openConnection("127.0.0.1", port);
          assert.equal(yield* line(child), "began");
          child.sendSignal(signal);
          assert.equal(yield* line(child), "closing");
          if (grace === "60000") {
            writer.write("hello\n");
            assert.equal(yield* text(reader.read()), "hello\n");
          } else {
            assert.equal(yield* text(reader.read()), "we are closing\n");
          }
          assert.equal(yield* line(child), "client ended");
          assert.equal(yield* line(child), ending);
          assert.equal(yield* child.wait(), 0);
          writer.close();
          yield* writer.waitClosed();
        }));
    }
  }
});
