/** A report in words: `results/table.md`, and the README's part. */
import type { Figure } from "./measure.ts";
import type { Delay } from "./probes/latency.ts";
import {
  figureOf,
  leastLead,
  MEAN_LIMIT,
  MEASURED,
  type Report,
  type RowReport,
  SIDES,
  type SideName,
  TITLES,
} from "./report.ts";

/** The rows of the README, by id. */
const HEADLINES = [
  "spawn",
  "yields",
  "call-coroutine",
  "chain-coroutine-50",
  "ping-pong",
  "gather",
  "semaphore",
  "queue",
  "cancel",
  "timeout",
  "timers",
  "from",
];
const RIVALS = SIDES.slice(2);

export function tableMarkdown(report: Report): string {
  const parts = [
    "# Results",
    setting(report),
    "Time per operation, medians; *ratio* is yieldfrom / async/await, and what stands in brackets how many times yieldfrom's " +
      "time the others take. What the rows do, and how it is measured, is in [the README](../README.md).",
    rowsTable(report.rows, true),
    means(report),
    ...notes(report.rows),
    ...[memoryTable(report), latencyTable(report), loadTables(report)].filter((part) => part !== ""),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** What stands between the README's markers. */
export function readmeMarkdown(report: Report): string {
  const rows = HEADLINES.flatMap((id) => report.rows.filter((row) => row.id === id));
  return [
    "![Nanoseconds per operation of yieldfrom, async/await, Effect, Effection, asyncio and uvloop](bench/results/plot.svg)",
    rowsTable(rows, false),
    means(report, " in the [whole table](bench/results/table.md)"),
    headlines(report),
    setting(report),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function rowsTable(rows: readonly RowReport[], withLimits: boolean): string {
  const present = SIDES.filter((side) => rows.some((row) => row.sides[side] !== undefined));
  const rivals = present.filter((side) => RIVALS.includes(side));
  const head = ["", TITLES.ours, TITLES.native, "ratio", ...(withLimits ? ["limit"] : [])];
  const lines = rows.map((row) => {
    const [ours, native] = [figureOf(row, "ours")!, figureOf(row, "native")!];
    const star = row.notInMean === undefined ? "" : " *";
    const ratio = ours.toNative > row.limit && withLimits ? `**${factor(ours.toNative)}**` : factor(ours.toNative);
    const limit = withLimits ? [`${factor(row.limit)}${star}`] : [];
    return [
      escaped(row.name),
      time(ours),
      time(native),
      ratio,
      ...limit,
      ...rivals.map((side) => rivalCell(row, side)),
    ];
  });
  return markdown([...head, ...rivals.map((side) => TITLES[side])], lines);
}

function rivalCell(row: RowReport, side: SideName): string {
  const figure = figureOf(row, side);
  return figure === null ? "–" : `${time(figure)} (${times(figure.toOurs)})`;
}

function means({ mean, rows }: Report, table = ""): string {
  const counted = rows.filter(({ notInMean }) => notInMean === undefined).length;
  const without = rows.length - counted;
  const all = without === 0 ? "" : ` With the ${without} rows marked *${table}: ${factor(mean.withAll)}.`;
  return `Geometric mean of the ratio over ${counted} rows: **${factor(mean.ratio)}** (to be at most ${factor(MEAN_LIMIT)}).${all}`;
}

function notes(rows: readonly RowReport[]): string[] {
  const found: string[] = [];
  const reasons = new Set(rows.flatMap(({ notInMean }) => (notInMean === undefined ? [] : [notInMean])));
  for (const reason of reasons) found.push(`\\* not in the mean: ${escaped(reason)}.`);
  for (const side of RIVALS) {
    const absent = new Map<string, string[]>();
    for (const row of rows) {
      const figure = row.sides[side];
      if (figure === undefined || !("absent" in figure)) continue;
      absent.set(figure.absent, [...(absent.get(figure.absent) ?? []), row.name]);
    }
    for (const [reason, names] of absent) found.push(`– ${reason}: ${escaped(names.join("; "))}.`);
    const least = leastLead(rows, side);
    if (least !== null)
      found.push(`${TITLES[side]} comes nearest in “${escaped(least.row)}”: ${times(least.factor)} yieldfrom's time.`);
  }
  return [...new Set(found)];
}

function headlines({ memory, latency, sizes, imports }: Report): string {
  const parked = memory?.find(({ kind }) => kind === "ours, own future");
  const native = memory?.find(({ kind }) => kind === "native, own promise");
  const { ours } = latency ?? {};
  const parts = [
    parked && native && `A parked task takes ${parked.bytes} bytes (an async function: ${native.bytes}).`,
    ours &&
      !("absent" in ours) &&
      `While 100,000 tasks are always ready, a timer of 1 ms is ${ms(ours.timer.p99)} late and a byte on a socket ${ms(ours.byte.p99)}, in 99 of 100 cases.`,
    sizes &&
      `\`{ run, sleep, createTask }\` is ${kilobytes(sizes[0]!.gzipped)} min+gzip, all of core ${kilobytes(sizes[1]!.gzipped)};`,
    imports && `its import takes ${ms(imports[0]!.ms)}.`,
  ];
  return parts.filter((part) => typeof part === "string").join(" ");
}

function setting({ date, commit, measured, machine, versions, rounds, warmups }: Report): string {
  const names = { node: "Node", effect: "Effect", effection: "Effection", python: "", uvloop: "uvloop" };
  const programs = Object.entries(names).flatMap(([key, name]) =>
    versions[key] === undefined ? [] : [`${name} ${versions[key]}`.trim()],
  );
  const what = measured === undefined ? "Measured" : `Measured with ${MEASURED[measured]},`;
  return `${what} on ${date.slice(0, 10)} at \`${commit.slice(0, 10)}\` on ${machine}; ${programs.join(", ")}; ${rounds} rounds after ${warmups} of warm-up.`;
}

function memoryTable({ memory }: Report): string {
  if (memory === undefined) return "";
  const lines = memory.map(({ kind, count, bytes }) => [kind, count.toLocaleString("en"), bytes.toLocaleString("en")]);
  return `## Memory of a parked task\n\n${markdown(["", "tasks", "bytes each"], lines)}`;
}

function latencyTable({ latency }: Report): string {
  if (latency === undefined) return "";
  const show = ({ p50, p99, max }: Delay) => `${ms(p50)}, ${ms(p99)}, ${ms(max)}`;
  const lines = Object.entries(latency).map(([side, found]) => {
    const title = TITLES[side as SideName];
    if ("absent" in found) return [title, found.absent, "", "", ""];
    return [
      title,
      show(found.timer),
      found.hostTimer ? show(found.hostTimer) : "–",
      show(found.byte),
      found.turns.toLocaleString("en"),
    ];
  });
  const head = [
    "",
    "a sleep of 1 ms is late",
    "a host timer of 1 ms is late",
    "a byte on a socket is late",
    "turns a second",
  ];
  return `## Latency while 100,000 tasks are always ready\n\nMedian, 99th percentile, most.\n\n${markdown(head, lines)}`;
}

function loadTables({ sizes, imports }: Report): string {
  const parts: string[] = [];
  if (sizes !== undefined) {
    const lines = sizes.map(({ what, minified, gzipped }) => [what, kilobytes(minified), kilobytes(gzipped)]);
    parts.push(`## Size\n\n${markdown(["", "min", "min+gzip"], lines)}`);
  }
  if (imports !== undefined) {
    const lines = imports.map((each) => [each.what, ms(each.ms)]);
    parts.push(`## Import\n\n${markdown(["", "median"], lines)}`);
  }
  return parts.join("\n\n");
}

function escaped(words: string): string {
  return words.replaceAll("*", "\\*");
}

/** All columns but the first are figures. */
function markdown(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [row(head), row(rule), ...lines.map(row)].join("\n");
}

export function time({ ns }: Figure): string {
  if (ns < 9950) return `${ns < 99.5 ? ns.toPrecision(2) : Math.round(ns).toLocaleString("en")} ns`;
  return `${(ns / 1000).toFixed(ns < 99_500 ? 1 : 0)} µs`;
}

function times(value: number): string {
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value).toLocaleString("en")}×`;
}

function factor(value: number): string {
  return value.toFixed(2);
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
