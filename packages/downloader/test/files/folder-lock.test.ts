import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { it } from "node:test";
import { run } from "yieldfrom";
import { lockFolder } from "../../src/files/folder-lock.ts";
import { filesIn, temporaryFolder } from "./temporary.ts";

const LOCK = ".download-many.lock";
const SOURCE = new URL("../../src/files/folder-lock.ts", import.meta.url).href;

for (const [what, end, code] of [
  ["process.exit()", "process.exit(3)", 3],
  ["an error nobody caught", "setTimeout(() => { throw new Error('x'); }); yield* sleep(1e6)", 1],
] as const) {
  it(`a process that ends by ${what} takes its lock along`, (t) => {
    const dir = temporaryFolder(t);
    const source = `
      import { readdirSync } from "node:fs";
      import { run, sleep } from "yieldfrom";
      import { lockFolder } from ${JSON.stringify(SOURCE)};
      await run(function* () {
        yield* lockFolder(${JSON.stringify(dir)});
        console.log(readdirSync(${JSON.stringify(dir)}).join());
        ${end};
      });`;
    const cwd = new URL("../..", import.meta.url);
    const child = spawnSync(process.execPath, ["--input-type=module-typescript", "-e", source], {
      cwd,
      encoding: "utf8",
    });
    assert.equal(child.stdout.trim(), LOCK);
    assert.equal(child.status, code, child.stderr);
    assert.deepEqual(filesIn(dir), []);
  });
}

it("no listener of the process stays when all locks are given back", async (t) => {
  const before = process.listenerCount("exit");
  await run(function* () {
    const locks = [yield* lockFolder(temporaryFolder(t)), yield* lockFolder(temporaryFolder(t))];
    assert.equal(process.listenerCount("exit"), before + 1);
    for (const lock of locks) lock.release();
  });
  assert.equal(process.listenerCount("exit"), before);
});
