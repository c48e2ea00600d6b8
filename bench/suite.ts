/** The rows, measured one after the other. */
import { affordable, here, measure, type Rounds, type Side } from "./measure.ts";
import { type Python, startPython } from "./python.ts";
import type { RowReport, SideName } from "./report.ts";
import type { Absent, Library, Row, Work } from "./row.ts";

/** Milliseconds that a round of a rival may take before it is given less to do. */
const BUDGET = 50;
/** Milliseconds that a rival runs before it is known how much that is. */
const SETTLING = 400;

/** A rival's side of a row, or why there is none. */
type Rival = (row: Row) => Side | Absent;
export type Rivals = ReadonlyMap<SideName, Rival>;

/** Effect, Effection, asyncio and uvloop, as far as they are there. `close` ends the processes. */
export async function loadRivals(): Promise<{
  readonly rivals: Rivals;
  readonly versions: Record<string, string>;
  readonly missing: readonly string[];
  readonly pythons: readonly Python[];
  close(): void;
}> {
  const { effect } = await import("./rivals/effect.ts");
  const { effection } = await import("./rivals/effection.ts");
  const rivals = new Map<SideName, Rival>([
    ["effect", rivalHere("effect", effect)],
    ["effection", rivalHere("effection", effection)],
  ]);
  const versions: Record<string, string> = {};
  const missing: string[] = [];
  const pythons: Python[] = [];
  for (const [name, python] of Object.entries(await startPython()) as [SideName, Python | Absent][]) {
    if ("absent" in python) missing.push(`${name} is left out: ${python.absent}`);
    else {
      pythons.push(python);
      Object.assign(versions, python.versions);
      rivals.set(name, ({ id, operations }) =>
        python.rows.has(id)
          ? { name, operations, time: (count) => python.time(id, count) }
          : { absent: "Python has no such thing" },
      );
    }
  }
  return { rivals, versions, missing, pythons, close: () => pythons.forEach((python) => void python.close()) };
}

function rivalHere(name: string, works: Readonly<Record<string, Work | Absent>>): Rival {
  return ({ id, operations }) => {
    const work = works[id] ?? { absent: "not written" };
    return typeof work === "function" ? here(name, work, operations) : work;
  };
}

/** Ours and native alone, before any rival is loaded: the garbage of others is collected at anybody's cost. */
export async function measureRow(library: Library, row: Row, rounds: Rounds): Promise<RowReport> {
  return {
    id: row.id,
    name: row.name,
    group: row.group,
    limit: row.limit,
    ...(row.notInMean !== undefined && { notInMean: row.notInMean }),
    sides: Object.fromEntries(await measure(row, bothSides(library, row), rounds)),
  };
}

/** The rivals of a row, in rounds with ours and native. What these take among rivals is for the ratios only. */
export async function measureRivals(
  library: Library,
  row: Row,
  rounds: Rounds,
  rivals: Rivals,
): Promise<RowReport["sides"]> {
  const sides: Side[] = [];
  const absent: [SideName, Absent][] = [];
  for (const [name, rival] of rivals) {
    const side = rival(row);
    if ("absent" in side) absent.push([name, side]);
    else sides.push({ ...side, operations: await fitting(row, side) });
  }
  const figures = await measure(row, [...bothSides(library, row), ...sides], rounds);
  return Object.fromEntries([...sides.map(({ name }) => [name, figures.get(name)!] as const), ...absent]);
}

function bothSides(library: Library, row: Row): Side[] {
  return [here("ours", row.ours(library), row.operations), here("native", row.native, row.operations)];
}

/** A rival that is slow does less. Found out while it warms up, since the first few operations of a side are its slowest. */
async function fitting(row: Row, side: Side): Promise<number> {
  let operations = row.least ?? row.unit;
  for (let spent = 0; spent < SETTLING; ) {
    const { ns } = await side.time(operations);
    spent += (ns * operations) / 1e6;
    operations = affordable(row, ns, row.budget ?? BUDGET);
  }
  return operations;
}
