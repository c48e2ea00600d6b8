import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Coroutine } from "yieldfrom";
import { createSubprocessExec, openConnection, PIPE, type Process } from "../src/index.ts";
import { failureOf } from "./helpers.ts";
import { live } from "./live.ts";

const program = fileURLToPath(new URL("programs/graceful-server.ts", import.meta.url));

function* line(child: Process): Coroutine<string> {
  return String(yield* child.stdout!.readLine()).trimEnd();
}

describe("a server with a signal handler", () => {
  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    test(`ends gracefully at ${signal}`, async () => {
      await live(function* () {
        using child = yield* createSubprocessExec(process.execPath, [program], { stdout: PIPE });
        const [host = "", port] = (yield* line(child)).split(" ");
        const [reader, writer] = yield* openConnection(host, Number(port));
        writer.write("hello\n");
        assert.equal(String(yield* reader.readLine()), "hello\n");
        child.sendSignal(signal);
        assert.equal(yield* line(child), "closing");
        // Nobody new comes in, and who is in is served to the end.
        assert.equal(
          ((yield* failureOf(openConnection(host, Number(port)))) as { code?: string }).code,
          "ECONNREFUSED",
        );
        writer.write("bye\n");
        assert.equal(String(yield* reader.readLine()), "bye\n");
        writer.writeEof();
        assert.equal((yield* reader.read()).length, 0);
        writer.close();
        yield* writer.waitClosed();
        assert.equal(yield* line(child), "closed");
        assert.equal(yield* child.wait(), 0);
      });
    });
  }

  test("ends at once, and nothing else, without a client", async () => {
    await live(function* () {
      const child = yield* createSubprocessExec(process.execPath, [program], { stdout: PIPE });
      yield* line(child);
      assert.equal(yield* child.stop({ grace: 20_000 }), 0);
    });
  });
});
