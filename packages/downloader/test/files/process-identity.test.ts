import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { it } from "node:test";
import { isAlive, ownIdentity } from "../../src/files/process-identity.ts";

it("isAlive: this process is", () => {
  const own = ownIdentity();
  assert.equal(own.pid, process.pid);
  assert.ok(isAlive(own));
  assert.ok(isAlive({ ...own, started: null }));
});

it("isAlive: one that is gone is not, nor one whose number another one has", async () => {
  const { pid = 0, ...child } = spawnSleeper();
  assert.ok(isAlive({ ...ownIdentity(), pid, started: null }));
  if (process.platform === "linux") assert.ok(!isAlive({ ...ownIdentity(), pid, started: "1" }));
  await child.end();
  assert.ok(!isAlive({ ...ownIdentity(), pid, started: null }));
});

it("isAlive: of another machine nothing is known", () => {
  assert.ok(isAlive({ host: "elsewhere.example", pid: 2 ** 30, space: null, started: null }));
});

it("isAlive: another user's process is", () => {
  assert.ok(isAlive({ ...ownIdentity(), pid: 1, started: null }));
});

function spawnSleeper(): { readonly pid: number | undefined; end(): Promise<void> } {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  return {
    pid: child.pid,
    async end() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
