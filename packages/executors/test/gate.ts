/**
 * Jobs that are held until the test lets them go. A gate is a folder, not shared memory, so that it works for any
 * executor, in threads or in processes.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class Gate implements Disposable {
  /** What `holdAt` and `arrive` are given. */
  readonly path = mkdtempSync(join(tmpdir(), "gate-"));

  /** Names of the jobs that have begun, in that order. */
  get arrived(): string[] {
    const file = join(this.path, "arrived");
    // What follows the last end of a line has not been written to its end.
    return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
  }

  /** Resolves when `count` jobs have begun. */
  async arrivals(count: number): Promise<void> {
    while (this.arrived.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  /** Let the held jobs, and those to come, go on. */
  open(): void {
    writeFileSync(join(this.path, "open"), "");
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}
