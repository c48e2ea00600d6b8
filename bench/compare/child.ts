/**
 * Measures rows on two cores in this process: `node --expose-gc child.ts ORDER`, the JSON of an `Order`. Prints the JSON of
 * what it found, by the rows' ids.
 */
import { affordable } from "../measure.ts";
import type { Library, Row, Work } from "../row.ts";
import { loadRows } from "../rows.ts";
import { watchMissing } from "./missing.ts";
import type { Samples } from "./verdict.ts";

export interface Order {
  /** URLs of both cores. */
  readonly base: string;
  readonly head: string;
  /** Which is loaded first: where code and data come to lie is worth some per cent. */
  readonly first: "base" | "head";
  readonly ids: readonly string[];
  readonly rounds: number;
}

export type Found = Readonly<Record<string, Samples | { readonly skipped: string }>>;

const WARMUPS = 6;
/** Milliseconds that a round takes, about: so that all rows are done in time. */
const ROUND = 12;

interface Copy {
  readonly name: "base" | "head";
  readonly works: ReadonlyMap<string, Work | { readonly skipped: string }>;
}

const order = JSON.parse(process.argv[2] ?? "") as Order;
const rows = (await loadRows()).filter(({ id }) => order.ids.includes(id));
const copies = new Map<string, Copy>();
for (const name of order.first === "base" ? (["base", "head"] as const) : (["head", "base"] as const)) {
  copies.set(name, await load(name, order[name]));
}

const found: Record<string, Samples | { readonly skipped: string }> = {};
for (const row of rows) {
  const { id, expected } = row;
  const works = [copies.get("base")!, copies.get("head")!].map(({ works }) => works.get(id)!);
  const skipped = works.find((work) => typeof work !== "function");
  if (skipped !== undefined) {
    found[id] = skipped as { skipped: string };
    continue;
  }
  const [base, head] = works as [Work, Work];
  const count = await fitting(row, base);
  const samples: { base: number[]; head: number[] } = { base: [], head: [] };
  globalThis.gc?.();
  for (let round = -WARMUPS; round < order.rounds; round++) {
    for (const name of round % 2 === 0 ? (["base", "head"] as const) : (["head", "base"] as const)) {
      const ns = await time(name === "base" ? base : head, count, expected);
      if (round >= 0) samples[name].push(ns);
    }
  }
  found[id] = samples;
}
console.log(JSON.stringify(found));

/** A core, and a copy of the rows for it alone. */
async function load(name: "base" | "head", url: string): Promise<Copy> {
  const library = (await import(url)) as Library;
  const works = new Map<string, Work | { skipped: string }>();
  for (const row of await loadRows(name)) {
    const { watched, missing } = watchMissing(library);
    const work = row.ours(watched);
    const skipped = `${name} does not export ${missing.join(", ")}`;
    works.set(row.id, missing.length === 0 ? work : { skipped });
  }
  return { name, works };
}

/** How many operations make a round, found out while the row warms up. */
async function fitting(row: Row, work: Work): Promise<number> {
  let operations = row.least ?? row.unit;
  for (let spent = 0; spent < 5 * ROUND; ) {
    const ns = await time(work, operations, row.expected);
    spent += (ns * operations) / 1e6;
    operations = affordable(row, ns, ROUND);
  }
  return operations;
}

/** Nanoseconds per operation. */
async function time(work: Work, operations: number, expected: (operations: number) => number): Promise<number> {
  const start = process.hrtime.bigint();
  const result = await work(operations);
  const ns = Number(process.hrtime.bigint() - start) / operations;
  if (result !== expected(operations)) throw new Error(`Expected ${expected(operations)}, got ${result}`);
  return ns;
}
