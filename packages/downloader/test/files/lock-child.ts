/**
 * A process that takes a lock: `lock-child.ts PATH hold`, which says "taken" or "held" and stays, or
 * `lock-child.ts PATH fight ROUNDS`, which takes the lock again and again, and says whether it ever was not alone.
 */
import { closeSync, openSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { tryLock, unlock } from "../../src/files/lock-file.ts";
import { ownIdentity } from "../../src/files/process-identity.ts";

const [path = "", mode = "", rounds = "0"] = process.argv.slice(2);

if (mode === "hold") {
  process.stdout.write(`${tryLock(path).state}\n`);
  setInterval(() => {}, 1000);
} else {
  process.stdout.write(`${fight(Number(rounds))}\n`);
}

/** Throws if it was not alone while it had the lock. The last time it gives it back. */
function fight(left: number): string {
  for (let taken = 0; taken < left; ) {
    const attempt = tryLock(path);
    if (attempt.state !== "taken") continue;
    taken++;
    // Fails if there is one.
    closeSync(openSync(`${path}.inside`, "wx"));
    unlinkSync(`${path}.inside`);
    if (taken % 3 === 0 || taken === left) unlock(path, attempt.token);
    else dieWithIt(taken);
  }
  return "alone";
}

/** Leaves it as a process that was killed leaves it. */
function dieWithIt(number: number): void {
  const own = `${path}.${process.pid}`;
  // A process that is not there: the number is larger than any.
  writeFileSync(own, JSON.stringify({ ...ownIdentity(), pid: 2 ** 30 + number, token: `${own} ${number}` }));
  renameSync(own, path);
}
