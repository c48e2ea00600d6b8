import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import { OrphanGuard } from "../src/orphan-guard.ts";

const posix = process.platform === "win32" ? { skip: "Windows ends the processes of a process by itself" } : {};

/** A process that never hears of anything. */
function busy(): ChildProcess & { pid: number } {
  return spawn(process.execPath, ["-e", "process.on('SIGTERM', () => {}); for (;;);"], { stdio: "ignore" }) as never;
}

/** A program that guards the processes of those ids, says the id of its shell, and waits. */
function guardian(pids: readonly number[]): ChildProcess {
  const guard = JSON.stringify(new URL("../src/orphan-guard.ts", import.meta.url).href);
  const source = `
    import { OrphanGuard } from ${guard};
    const guard = new OrphanGuard();
    for (const pid of ${JSON.stringify(pids)}) guard.add(pid);
    guard.remove(${pids[0]});
    console.log("guarding");
    setInterval(() => {}, 1e6);`;
  return spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: ["ignore", "pipe", "inherit"] });
}

describe("an orphan guard", posix, () => {
  test("kills what it guards when its own process is killed, and nothing else", async () => {
    const [removed, guarded, stranger] = [busy(), busy(), busy()];
    try {
      const program = guardian([removed.pid, guarded.pid]);
      await once(program.stdout as NodeJS.ReadableStream, "data");
      program.kill("SIGKILL");
      const [, signal] = await once(guarded, "exit");
      assert.equal(signal, "SIGKILL");
      assert.deepEqual([removed.signalCode, stranger.signalCode], [null, null]);
    } finally {
      for (const child of [removed, guarded, stranger]) child.kill("SIGKILL");
    }
  });

  test("ends at once when it is told to, and kills nothing then", async () => {
    const child = busy();
    try {
      const guard = new OrphanGuard();
      guard.add(child.pid);
      guard.remove(child.pid);
      guard.end();
      await guard.ended;
      assert.equal(child.signalCode, null);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
