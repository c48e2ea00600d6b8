import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { runProgram } from "../child.ts";
import type { Measured } from "./scene.ts";
import { scenes } from "./scenes.ts";

/** Milliseconds for the longest scene on a machine that is busy with other things. */
const timeout = 600_000;

/**
 * Bytes that the heap may have grown by since it was at its least, besides what a scene allows itself. Flat scenes vary by
 * up to 150 kB, as the engine compiles and forgets code; one object of 24 bytes kept for every 100 of nine million
 * operations is 2 MB.
 */
const ALLOWED = 256 * 1024;

async function measure(name: string): Promise<Measured> {
  // A record of coverage would slow it down by half, and take memory itself.
  const { code, stdout, stderr } = await runProgram("leaks", [name], ["--expose-gc"], { NODE_V8_COVERAGE: "" });
  assert.equal(code, 0, stderr);
  const measured = JSON.parse(stdout) as Measured;
  console.log(`${name}: ${figures(measured, scenes[name]!.operations)}`);
  return measured;
}

/** From the least on, since an engine that throws code away may hide what is kept meanwhile. */
function growth({ heap }: Measured): number {
  return heap.at(-1)! - Math.min(...heap);
}

function figures({ heap, seconds }: Measured, operations: number): string {
  const kilobytes = heap.map((bytes) => Math.round((bytes - heap[0]!) / 1024));
  const first = `${(heap[0]! / 2 ** 20).toFixed(1)} MB`;
  return `${operations / 1e6} million in ${seconds.toFixed(0)} s; heap ${first}, then kB more: ${kilobytes.slice(1).join(" ")}`;
}

suite("the heap stays flat", { concurrency: 2, timeout }, () => {
  for (const [name, { allowed = 0 }] of Object.entries(scenes)) {
    if (name === "leaky") continue;
    test(name, { timeout }, async () => {
      const grown = growth(await measure(name));
      assert.ok(grown <= ALLOWED + allowed, `the heap grew by ${grown} bytes`);
    });
  }
});

test("one small object that is kept for every hundred operations is found", { timeout }, async () => {
  const grown = growth(await measure("leaky"));
  assert.ok(grown > 4 * ALLOWED, `the heap grew by ${grown} bytes only`);
});
