/** `npm run bench`: see `--help` and README.md beside this file. */
import { cpus } from "node:os";
import * as library from "yieldfrom";
import { here, measure } from "./measure.ts";
import { HELP, type Options, parseOptions } from "./options.ts";
import { loadRows } from "./rows.ts";
import { geometricMean } from "./statistics.ts";

const WARMUPS = 6;

let options: Options;
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${(error as Error).message}\n\n${HELP}`);
  process.exit(2);
}
if (options.help) {
  console.log(HELP);
  process.exit();
}
await bench(options);

async function bench({ words, rounds }: Options): Promise<void> {
  const all = await loadRows();
  const rows = all.filter(({ id, name }) => words.every((word) => id.includes(word) || name.includes(word)));
  if (rows.length === 0) {
    const names = all.map(({ id, name }) => `  ${id.padEnd(20)} ${name}`);
    console.error(`No row's name or id contains ${words.join(" and ")}; there are:\n${names.join("\n")}`);
    process.exit(2);
  }
  const width = Math.max(...rows.map(({ name }) => name.length));
  const processor = `${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}`;
  console.log(`node ${process.version}, ${processor}; medians of ${rounds} rounds after ${WARMUPS} of warm-up\n`);
  console.log(`${"".padEnd(width)}  ${"ours".padStart(10)} ${"native".padStart(10)}  ratio  limit`);
  const ratios: number[] = [];
  const others: number[] = [];
  for (const row of rows) {
    const sides = [here("ours", row.ours(library), row.operations), here("native", row.native, row.operations)];
    const figures = await measure(row, sides, { warmups: WARMUPS, rounds });
    const ours = figures.get("ours")!;
    const ratio = ours.toNative;
    (row.notInMean === undefined ? ratios : others).push(ratio);
    const over = ratio > row.limit ? `  over${row.notInMean === undefined ? "" : " *"}` : "";
    console.log(
      `${row.name.padEnd(width)}  ${ns(ours.ns)} ${ns(figures.get("native")!.ns)}  ${ratio.toFixed(2).padStart(5)}  ${row.limit.toFixed(2).padStart(5)}${over}`,
    );
  }
  if (ratios.length > 0) {
    const mean = geometricMean(ratios).toFixed(2).padStart(5);
    console.log(`\n${"geometric mean of the ratios".padEnd(width)}  ${" ".repeat(21)}  ${mean}   0.90`);
  }
  if (others.length > 0) {
    const reasons = new Set(rows.map(({ notInMean }) => notInMean).filter((reason) => reason !== undefined));
    console.log(
      `* not in the mean: ${[...reasons].join("; ")}. With all rows: ${geometricMean([...ratios, ...others]).toFixed(2)}`,
    );
  }
}

function ns(value: number): string {
  return `${value.toFixed(1)} ns`.padStart(10);
}
