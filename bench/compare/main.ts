/** `npm run bench:compare`: has a row become slower than it was in another commit? See `--help` and ../README.md. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { loadRows } from "../rows.ts";
import { coreIsUnchanged, findBase, withBase } from "./base.ts";
import type { Found, Order } from "./child.ts";
import { type CompareOptions, HELP, parseCompareOptions } from "./options.ts";
import { compare, isLoss, LIMIT, type Samples } from "./verdict.ts";

const head = new URL("../../packages/core/src/index.ts", import.meta.url).href;

let options: CompareOptions;
try {
  options = parseCompareOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${(error as Error).message}\n\n${HELP}`);
  process.exit(2);
}
if (options.help) {
  console.log(HELP);
  process.exit();
}
process.exitCode = await main(options);

async function main({ words, base, rounds }: CompareOptions): Promise<number> {
  const found = findBase(base);
  if ("missing" in found) {
    console.log(`bench:compare: skipped: ${found.missing}`);
    return base === null ? 0 : 2;
  }
  if (coreIsUnchanged(found.commit)) {
    console.log(`bench:compare: packages/core/src is what it was in ${found.commit.slice(0, 10)}`);
    return 0;
  }
  const rows = (await loadRows()).filter(({ id, name }) =>
    words.every((word) => id.includes(word) || name.includes(word)),
  );
  const ids = rows.map(({ id }) => id);
  console.log(`bench:compare: this checkout against ${found.commit.slice(0, 10)}, lower quartiles of ${rounds} rounds`);
  return withBase(found.commit, async (core) => {
    const { suspects } = report(await inBothOrders(core, ids, rounds), new Map(rows.map(({ id, name }) => [id, name])));
    if (suspects.length === 0) return 0;
    console.log(`\nonce more, with twice the rounds: ${suspects.join(", ")}`);
    const again = await inBothOrders(core, suspects, rounds * 2);
    const { suspects: losses } = report(again, new Map(rows.map(({ id, name }) => [id, name])));
    if (losses.length === 0) {
      console.log("\nnone is slower for sure");
      return 0;
    }
    console.error(`\nslower than ${found.commit.slice(0, 10)}, four times out of four: ${losses.join(", ")}`);
    return 1;
  });
}

/** What two processes found, one after the other, which load the cores in opposite order. */
async function inBothOrders(base: string, ids: readonly string[], rounds: number): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const first of ["base", "head"] as const) found.push(await inChild({ base, head, first, ids, rounds }));
  return found;
}

async function inChild(order: Order): Promise<Found> {
  const program = fileURLToPath(new URL("child.ts", import.meta.url));
  const args = ["--expose-gc", program, JSON.stringify(order)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 24 });
  return JSON.parse(stdout) as Found;
}

/** Prints all rows, and tells which are slower in both processes. */
function report(both: readonly Found[], names: ReadonlyMap<string, string>): { readonly suspects: readonly string[] } {
  const width = Math.max(...[...names.values()].map((name) => name.length));
  const suspects: string[] = [];
  for (const id of Object.keys(both[0]!)) {
    const found = both.map((each) => each[id]!);
    const name = names.get(id)!.padEnd(width);
    const skipped = found.find((each) => "skipped" in each);
    if (skipped !== undefined) {
      console.log(`${name}  skipped: ${(skipped as { skipped: string }).skipped}`);
      continue;
    }
    const samples = found as Samples[];
    const cells = samples.map((each) => {
      const { base, head, ratio } = compare(each);
      return `${base.toFixed(1).padStart(9)} → ${head.toFixed(1).padStart(9)} ns ${ratio.toFixed(2).padStart(5)}`;
    });
    const loss = isLoss(samples);
    if (loss) suspects.push(id);
    console.log(`${name}  ${cells.join("  |")}${loss ? `  over ${LIMIT}` : ""}`);
  }
  return { suspects };
}
