/**
 * `npm run bench:context`: what AsyncLocalStorage costs: tasks beside native async/await, before the program has ever stored
 * anything, after it has, and within a store. In this order, since the first use can't be undone.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { measure } from "./measure.ts";
import type { Row } from "./row.ts";
import { taskRows } from "./rows/tasks.ts";

const rows = taskRows.slice(0, 2);
const store = new AsyncLocalStorage<string>();

await show("never used", (work) => work());
store.run("warm", () => {});
await show("used, but not by these tasks", (work) => work());
await show("these tasks run within a store", (work) => store.run("request", work));

async function show(title: string, around: (work: () => Promise<number>) => Promise<number>): Promise<void> {
  console.log(`AsyncLocalStorage: ${title}`);
  for (const row of rows) {
    const wrapped: Row = { ...row, ours: () => around(row.ours), native: () => around(row.native) };
    const { ours, native, ratio } = await measure(wrapped, { warmups: 4, rounds: 7 });
    console.log(`  ${row.name}: ours ${ours.toFixed(0)} ns, native ${native.toFixed(0)} ns, ratio ${ratio.toFixed(2)}`);
  }
}
