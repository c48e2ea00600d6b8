/** `npm run bench`: see `--help` and README.md beside this file. */
import { writeFileSync } from "node:fs";
import { type Core, load, type Measured, withCore } from "./core.ts";
import type { Rounds } from "./measure.ts";
import { fromCommandLine, HELP, type Options, parseOptions } from "./options.ts";
import { publish } from "./publish.ts";
import type { Python } from "./python.ts";
import * as reports from "./report.ts";
import type { Library, Row } from "./row.ts";
import { loadRows, withWords } from "./rows.ts";
import { loadRivals, measureRivals, measureRow } from "./suite.ts";
import { time } from "./table.ts";

type Loaded = Awaited<ReturnType<typeof loadRivals>>;
type Probed = Pick<reports.Report, "sizes" | "imports" | "memory" | "latency">;

const WARMUPS = 6;
/** They are many times slower, so that few rounds tell. */
const RIVAL_ROUNDS = 5;

await bench(fromCommandLine(parseOptions, HELP));

async function bench({ words, rounds, full, json, write, source }: Options): Promise<void> {
  const all = await loadRows();
  const rows = withWords(all, words);
  if (rows.length === 0) {
    const names = all.map(({ id, name }) => `  ${id.padEnd(20)} ${name}`);
    console.error(`No row's name or id contains ${words.join(" and ")}; there are:\n${names.join("\n")}`);
    process.exit(2);
  }
  // Taken now: the commit that is measured may not be the one that is checked out at the end.
  const measured: Measured = source ? "sources" : "built";
  const setting = { date: new Date().toISOString(), commit: reports.commit(), measured, machine: reports.machine() };
  const versions = reports.versions();
  const what = reports.MEASURED[measured];
  console.log(
    `${what}, on ${setting.machine}; node ${process.versions.node}; medians of ${rounds} rounds after ${WARMUPS} of warm-up\n`,
  );
  const report = await withCore(measured, async (core): Promise<reports.Report> => {
    const library = await load(core);
    let found = await measureRows(library, rows, { warmups: WARMUPS, rounds });
    const mean = reports.meanOf(found) ?? { ratio: Number.NaN, withAll: Number.NaN };
    printMean(found, mean);
    let probed: Probed = {};
    if (full) {
      const loaded = await loadRivals();
      const few = { warmups: WARMUPS, rounds: Math.min(rounds, RIVAL_ROUNDS) };
      try {
        const sides = await measureAllRivals(library, rows, few, loaded);
        found = found.map((row) => ({ ...row, sides: { ...row.sides, ...sides.get(row.id) } }));
        Object.assign(versions, loaded.versions);
        if (words.length === 0) probed = await probe(core, loaded.pythons);
      } finally {
        loaded.close();
      }
    }
    return { ...setting, versions, warmups: WARMUPS, rounds, rows: found, mean, ...probed };
  });
  if (json !== null) writeFileSync(json, reports.toJson(report));
  if (write) publish(report);
}

async function measureRows(library: Library, rows: readonly Row[], rounds: Rounds): Promise<reports.RowReport[]> {
  const line = printer(rows);
  line("", ["ours", "native", "ratio", "limit"]);
  const found: reports.RowReport[] = [];
  for (const row of rows) {
    const report = await measureRow(library, row, rounds);
    found.push(report);
    const [ours, native] = [reports.figureOf(report, "ours")!, reports.figureOf(report, "native")!];
    const over = ours.toNative > row.limit ? "  over" : "";
    const star = row.notInMean === undefined ? "" : " *";
    line(row.name, [time(ours), time(native), ours.toNative.toFixed(2), row.limit.toFixed(2)], over + star);
  }
  return found;
}

async function measureAllRivals(library: Library, rows: readonly Row[], rounds: Rounds, { rivals, missing }: Loaded) {
  console.log("");
  for (const reason of missing) console.log(reason);
  const line = printer(rows);
  line("", [...rivals.keys()]);
  const sides = new Map<string, reports.RowReport["sides"]>();
  for (const row of rows) {
    const found = await measureRivals(library, row, rounds, rivals);
    sides.set(row.id, found);
    line(
      row.name,
      [...rivals.keys()].map((name) => {
        const figure = found[name]!;
        return "absent" in figure ? "-" : time(figure);
      }),
    );
  }
  return sides;
}

/** Prints a row's name and its figures. */
function printer(rows: readonly Row[]): (name: string, cells: readonly string[], remark?: string) => void {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return (name, cells, remark = "") => {
    console.log(`${name.padEnd(width)}${cells.map((cell) => cell.padStart(10)).join("")}${remark}`);
  };
}

function printMean(rows: readonly reports.RowReport[], mean: reports.Mean): void {
  const reasons = new Set(rows.flatMap(({ notInMean }) => notInMean ?? []));
  console.log(`\ngeometric mean of the ratios: ${mean.ratio.toFixed(2)} (limit ${reports.MEAN_LIMIT.toFixed(2)})`);
  for (const reason of reasons) console.log(`* not in it: ${reason}; with all rows: ${mean.withAll.toFixed(2)}`);
}

/** What is measured in processes of its own, each part printed when it is there. */
async function probe(core: Core, pythons: readonly Python[]): Promise<Probed> {
  const { sizes, importTimes } = await import("./probes/load.ts");
  const { memory } = await import("./probes/memory.ts");
  const { latency } = await import("./probes/latency.ts");
  return {
    sizes: shown("size", await sizes(core)),
    imports: shown("import", await importTimes(core)),
    memory: shown("memory", await memory(core, pythons)),
    latency: shown("latency", await latency(core, pythons)),
  };
}

function shown<T>(title: string, found: T): T {
  console.log(`\n${title}`);
  if (Array.isArray(found)) console.table(found);
  else for (const [name, value] of Object.entries(found as object)) console.log(name, value);
  return found;
}
