/**
 * `npm run bench:context`: what AsyncLocalStorage costs: tasks beside native async/await, before the program has ever stored
 * anything, after it has, and within a store, on the built package. In this order, since the first use can't be undone.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { load, withCore } from "./core.ts";
import { here, measure } from "./measure.ts";
import type { Work } from "./row.ts";
import { rows } from "./rows/tasks.ts";

const library = await withCore("built", load);
const store = new AsyncLocalStorage<string>();

await show("never used", (work) => work());
store.run("warm", () => {});
await show("used, but not by these tasks", (work) => work());
await show("these tasks run within a store", (work) => store.run("request", work));

async function show(title: string, around: (work: () => Promise<number>) => Promise<number>): Promise<void> {
  console.log(`AsyncLocalStorage: ${title}`);
  for (const row of rows.slice(0, 2)) {
    const side = (name: string, work: Work) => here(name, (count) => around(() => work(count)), row.operations);
    const sides = [side("ours", row.ours(library)), side("native", row.native)];
    const figures = await measure(row, sides, { warmups: 6, rounds: 7 });
    const [ours, native] = [figures.get("ours")!, figures.get("native")!];
    console.log(
      `  ${row.name}: ours ${ours.ns.toFixed(0)} ns, native ${native.ns.toFixed(0)} ns, ratio ${ours.toNative.toFixed(2)}`,
    );
  }
}
