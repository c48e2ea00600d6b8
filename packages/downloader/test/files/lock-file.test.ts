import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { tryLock, unlock } from "../../src/files/lock-file.ts";
import { ownIdentity } from "../../src/files/process-identity.ts";
import { filesIn, replaceInFs, systemError, temporaryFolder } from "./temporary.ts";

const CHILD = fileURLToPath(new URL("./lock-child.ts", import.meta.url));
const GONE = { ...ownIdentity(), pid: 2 ** 30, started: "1", token: "gone" };

function lockPath(t: TestContext): { readonly folder: string; readonly path: string } {
  const folder = temporaryFolder(t);
  return { folder, path: `${folder}/lock` };
}

/** A process of its own, and what it says first. */
async function child(
  t: TestContext,
  ...args: string[]
): Promise<{ readonly process: ChildProcess; readonly said: string }> {
  const process_ = spawn(process.execPath, [CHILD, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => process_.kill("SIGKILL"));
  const said = await Promise.race([
    once(process_.stdout, "data").then(([data]) => String(data).trim()),
    once(process_, "exit").then(([code]) => `exit ${code}`),
  ]);
  return { process: process_, said };
}

describe("tryLock", () => {
  it("takes a lock that is free, and names this process in it", (t) => {
    const { folder, path } = lockPath(t);
    const attempt = tryLock(path);
    assert.ok(attempt.state === "taken");
    assert.deepEqual(JSON.parse(readFileSync(path, "utf8")), { ...ownIdentity(), token: attempt.token });
    unlock(path, attempt.token);
    assert.deepEqual(readdirSync(folder), []);
  });

  it("finds it held by this process, as another thread of it may", (t) => {
    const { path } = lockPath(t);
    tryLock(path);
    const again = tryLock(path);
    assert.ok(again.state === "held");
    assert.equal(again.by.pid, process.pid);
  });

  it("finds it held by another process, and takes it over once that was killed", async (t) => {
    const { folder, path } = lockPath(t);
    const { process: other, said } = await child(t, path, "hold");
    assert.equal(said, "taken");
    const attempt = tryLock(path);
    assert.ok(attempt.state === "held");
    assert.equal(attempt.by.pid, other.pid);
    other.kill("SIGKILL");
    await once(other, "exit");
    assert.equal(tryLock(path).state, "taken");
    assert.deepEqual(readdirSync(folder), ["lock"]);
  });

  it("takes over one of a process whose number is another one's now", { skip: process.platform !== "linux" }, (t) => {
    const { path } = lockPath(t);
    writeFileSync(path, JSON.stringify({ ...ownIdentity(), started: "1", token: "x" }));
    assert.equal(tryLock(path).state, "taken");
  });

  it("gives the right to take over back if that fails", (t) => {
    const { folder, path } = lockPath(t);
    writeFileSync(path, JSON.stringify(GONE));
    replaceInFs(t, "renameSync", () => () => {
      throw systemError("EACCES");
    });
    assert.throws(() => tryLock(path), { code: "EACCES" });
    assert.deepEqual(filesIn(folder), ["lock"]);
  });

  it("can't know of a process of another machine, or another container", (t) => {
    const { path } = lockPath(t);
    for (const other of [{ host: "elsewhere.example" }, { space: "pid:[1]" }]) {
      writeFileSync(path, JSON.stringify({ ...GONE, ...other }));
      const attempt = tryLock(path);
      assert.ok(attempt.state === "held");
      assert.equal(attempt.by.host, other.host ?? GONE.host);
    }
  });

  for (const text of ["", "{", "null", '{"pid":-1,"host":"x","token":"y"}', "\0".repeat(5000)]) {
    it(`waits for a lock that says ${JSON.stringify(text.slice(0, 9))} to be written, and takes it when it is old`, (t) => {
      const { folder, path } = lockPath(t);
      writeFileSync(path, text);
      assert.equal(tryLock(path).state, "changing");
      utimesSync(path, 1, 1);
      assert.equal(tryLock(path).state, "taken");
      assert.deepEqual(readdirSync(folder), ["lock"]);
    });
  }

  it("takes over one of which the taker-over died, and his too", (t) => {
    const { folder, path } = lockPath(t);
    for (const each of [path, `${path}.takeover`, `${path}.takeover.takeover`])
      writeFileSync(each, JSON.stringify(GONE));
    assert.equal(tryLock(path).state, "taken");
    assert.deepEqual(readdirSync(folder), ["lock"]);
  });

  it("leaves a dead one to the one who takes it over", (t) => {
    const { path } = lockPath(t);
    writeFileSync(path, JSON.stringify(GONE));
    writeFileSync(`${path}.takeover`, JSON.stringify({ ...ownIdentity(), token: "alive" }));
    assert.equal(tryLock(path).state, "changing");
    assert.deepEqual(JSON.parse(readFileSync(path, "utf8")), GONE);
  });

  it("follows no link", (t) => {
    const { folder, path } = lockPath(t);
    symlinkSync(`${folder}/victim`, path);
    assert.throws(() => tryLock(path), { code: "ELOOP" });
    assert.deepEqual(readdirSync(folder), ["lock"]);
  });

  it("has one owner at a time, whoever takes it over from whom", { timeout: 60_000 }, async (t) => {
    const { folder, path } = lockPath(t);
    const results = await Promise.all(Array.from({ length: 3 }, () => child(t, path, "fight", "150")));
    assert.deepEqual(
      results.map(({ said }) => said),
      ["alone", "alone", "alone"],
    );
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith(".inside")),
      [],
    );
  });
});

describe("unlock", () => {
  it("leaves what is another one's by now, or gone", (t) => {
    const { path } = lockPath(t);
    const attempt = tryLock(path);
    assert.ok(attempt.state === "taken");
    unlock(path, "another");
    assert.equal(tryLock(path).state, "held");
    unlinkSync(path);
    unlock(path, attempt.token);
    assert.equal(tryLock(path).state, "taken");
  });
});
