/**
 * `npm run bench`: yieldfrom beside native async/await, in one process, in turn. `npm run bench -- WORD` measures the rows
 * whose names contain the word; `--rounds N` sets how many rounds are measured (11).
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { geometricMean, type Measurement, measure } from "./measure.ts";
import { bridgeRows } from "./rows/bridges.ts";
import { chainRows } from "./rows/chains.ts";
import { syncRows } from "./rows/sync.ts";
import { taskRows } from "./rows/tasks.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "11" } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new RangeError(`Expected --rounds to be a whole number of at least 1, got ${values.rounds}`);

const all = [...taskRows, ...chainRows, ...syncRows, ...bridgeRows];
const rows = all.filter((row) => positionals.every((word) => row.name.includes(word)));
if (rows.length === 0)
  throw new Error(
    `no row's name contains ${positionals.join(" ")}; there are:\n  ${all.map((row) => row.name).join("\n  ")}`,
  );

const width = Math.max(...rows.map((row) => row.name.length));
console.log(
  `node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}; medians of ${rounds} rounds\n`,
);
console.log(`${"".padEnd(width)}  ${"ours".padStart(9)} ${"native".padStart(9)}  ratio`);
const measured: Measurement[] = [];
for (const row of rows) {
  const { name, ours, native, ratio } = await measure(row, { warmups: 6, rounds });
  measured.push({ name, ours, native, ratio });
  console.log(`${name.padEnd(width)}  ${ns(ours)} ${ns(native)}  ${ratio.toFixed(2).padStart(5)}`);
}
console.log(
  `\n${"geometric mean of the ratios".padEnd(width)}  ${" ".repeat(19)}  ${geometricMean(
    measured.map(({ ratio }) => ratio),
  )
    .toFixed(2)
    .padStart(5)}`,
);

function ns(value: number): string {
  return `${value.toFixed(1)} ns`.padStart(9);
}
