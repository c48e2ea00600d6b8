import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { seeded } from "../../../core/test/seeded.ts";
import { readRecord } from "../../src/files/part-record.ts";
import { bytesOf, COUNT, nameOf } from "./killed-child.ts";
import { filesIn, temporaryFolder } from "./temporary.ts";

const CHILD = fileURLToPath(new URL("./killed-child.ts", import.meta.url));

/** Each file is whole or not there, and what a part has is right as far as its record says. */
function assertNothingWrong(dir: string): void {
  for (let n = 0; n < COUNT; n++) {
    const name = nameOf(n);
    const bytes = bytesOf(n);
    if (existsSync(`${dir}/${name}`)) assert.ok(readFileSync(`${dir}/${name}`).equals(bytes), name);
    const part = `${dir}/${name.replace(/[^/]*$/, ".$&")}.part`;
    const record = readRecord(`${part}.json`);
    if (record === null || !existsSync(part)) continue;
    const there = readFileSync(part);
    for (const { start, next } of record.pieces ?? [{ start: 0, next: there.length }]) {
      assert.ok(there.subarray(start, next).equals(bytes.subarray(start, next)), `${name} from ${start} to ${next}`);
    }
  }
}

it("a process that is killed at any moment leaves nothing wrong, and the next one goes on", async (t) => {
  const dir = temporaryFolder(t);
  const random = seeded(11);
  let isDone = false;
  let kills = 0;
  for (let round = 0; !isDone; round++) {
    const child = spawn(process.execPath, [CHILD, dir], { stdio: ["ignore", "pipe", "inherit"] });
    t.after(() => child.kill("SIGKILL"));
    const closed = once(child, "close");
    await once(child.stdout, "data");
    if (round < 15) {
      await setTimeout(random(12));
      child.kill("SIGKILL");
    }
    const [code] = await closed;
    if (code === null) kills++;
    else assert.equal(code, 0);
    isDone = code === 0;
    assertNothingWrong(dir);
  }
  t.diagnostic(`${kills} kills`);
  assert.ok(kills >= 5, String(kills));
  assert.deepEqual(filesIn(dir), Array.from({ length: COUNT }, (_, n) => nameOf(n)).sort());
});
