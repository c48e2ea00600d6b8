/** `npm run bench:compare`: has a row become slower than it was in another commit? See `--help` and ../README.md. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { root, withBuilt } from "../core.ts";
import { fromCommandLine } from "../options.ts";
import { loadRows, withWords } from "../rows.ts";
import { coreIsUnchanged, findBase, withBase } from "./base.ts";
import type { Found, Order } from "./child.ts";
import { type CompareOptions, HELP, parseCompareOptions } from "./options.ts";
import { compare, isLoss, isSuspect, LIMIT, type Samples } from "./verdict.ts";

type Cores = Pick<Order, "base" | "head">;

process.exitCode = await main(fromCommandLine(parseCompareOptions, HELP));

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
  const rows = withWords(await loadRows(), words);
  const ids = rows.map(({ id }) => id);
  console.log(
    `bench:compare: this checkout against ${found.commit.slice(0, 10)}, each core built by this one; lower quartiles of ${rounds} rounds`,
  );
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  const built = <T>(use: (cores: Cores) => Promise<T>): Promise<T> =>
    withBase(found.commit, (checkout) =>
      withBuilt([checkout, root], (base, head) => use({ base: base!.url, head: head!.url })),
    );
  return built(async (cores) => {
    const first = await inBothOrders(cores, ids, rounds);
    const suspects = judge(first, names, isSuspect);
    if (suspects.length === 0) return 0;
    console.log(`\nonce more, with twice the rounds: ${suspects.join(", ")}`);
    const again = await inBothOrders(cores, suspects, rounds * 2);
    const losses = judge(again, names, (samples, id) => isLoss([...both(first, id)!, ...samples]));
    if (losses.length === 0) {
      console.log("\nnone is slower for sure");
      return 0;
    }
    console.error(`\nslower than ${found.commit.slice(0, 10)}, four times out of four: ${losses.join(", ")}`);
    return 1;
  });
}

/** What two processes found, one after the other, which load the cores in opposite order. */
async function inBothOrders(cores: Cores, ids: readonly string[], rounds: number): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const first of ["base", "head"] as const) found.push(await inChild({ ...cores, first, ids, rounds }));
  return found;
}

async function inChild(order: Order): Promise<Found> {
  const program = fileURLToPath(new URL("child.ts", import.meta.url));
  const args = ["--expose-gc", program, JSON.stringify(order)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 24 });
  return JSON.parse(stdout) as Found;
}

/** The samples of a row in both processes, if it could be run. */
function both(found: readonly Found[], id: string): readonly Samples[] | null {
  const samples = found.map((each) => each[id]!);
  return samples.every((each) => !("skipped" in each)) ? (samples as Samples[]) : null;
}

/** Prints all rows, and tells which are bad. */
function judge(
  found: readonly Found[],
  names: ReadonlyMap<string, string>,
  isBad: (samples: readonly Samples[], id: string) => boolean,
): readonly string[] {
  const width = Math.max(...[...names.values()].map((name) => name.length));
  return Object.keys(found[0]!).filter((id) => {
    const name = names.get(id)!.padEnd(width);
    const samples = both(found, id);
    if (samples === null) {
      const { skipped } = found.map((each) => each[id]!).find((each) => "skipped" in each)!;
      console.log(`${name}  skipped: ${skipped}`);
      return false;
    }
    const cells = samples.map((each) => {
      const { base, head, ratio } = compare(each);
      return `${base.toFixed(1).padStart(9)} → ${head.toFixed(1).padStart(9)} ns ${ratio.toFixed(2).padStart(5)}`;
    });
    const bad = isBad(samples, id);
    console.log(`${name}  ${cells.join("  |")}${bad ? `  over ${LIMIT}` : ""}`);
    return bad;
  });
}
