/** What a run of the benchmarks found, as it stands in `results/results.json`. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { fileURLToPath } from "node:url";
import type { Measured } from "./core.ts";
import type { Figure } from "./measure.ts";
import type { Latency } from "./probes/latency.ts";
import type { ImportTime, Size } from "./probes/load.ts";
import type { Memory } from "./probes/memory.ts";
import type { Absent, Group } from "./row.ts";
import { geometricMean } from "./statistics.ts";

/** The sides a row may have, in the order of the tables. */
export const SIDES = ["ours", "native", "effect", "effection", "asyncio", "uvloop"] as const;
export type SideName = (typeof SIDES)[number];

export const TITLES: Readonly<Record<SideName, string>> = {
  ours: "yieldfrom",
  native: "async/await",
  effect: "Effect",
  effection: "Effection",
  asyncio: "asyncio",
  uvloop: "uvloop",
};

export const MEASURED: Readonly<Record<Measured, string>> = { built: "the built package", sources: "the sources" };

export interface RowReport {
  readonly id: string;
  readonly name: string;
  readonly group: Group;
  readonly limit: number;
  readonly notInMean?: string;
  readonly sides: Readonly<Partial<Record<SideName, Figure | Absent>>>;
}

export interface Report {
  readonly date: string;
  /** The checkout that was measured; `+` after it: with changes. */
  readonly commit: string;
  /** Not said by reports from before the built package was measured. */
  readonly measured?: Measured;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly warmups: number;
  readonly rounds: number;
  readonly rows: readonly RowReport[];
  readonly mean: Mean;
  readonly memory?: readonly Memory[];
  readonly latency?: Readonly<Record<string, Latency | Absent>>;
  readonly imports?: readonly ImportTime[];
  readonly sizes?: readonly Size[];
}

/** Geometric means of ours / native. */
export interface Mean {
  readonly ratio: number;
  /** With the rows that are not to count. */
  readonly withAll: number;
}

export const MEAN_LIMIT = 0.9;

export function figureOf(row: RowReport, side: SideName): Figure | null {
  const figure = row.sides[side];
  return figure === undefined || "absent" in figure ? null : figure;
}

/** Null if no row counts. */
export function meanOf(rows: readonly RowReport[]): Mean | null {
  const ratio = (row: RowReport) => figureOf(row, "ours")!.toNative;
  const counted = rows.filter(({ notInMean }) => notInMean === undefined);
  if (counted.length === 0) return null;
  return { ratio: geometricMean(counted.map(ratio)), withAll: geometricMean(rows.map(ratio)) };
}

/** By which factor the side that came nearest to ours is slower, among the rows that both have. */
export function leastLead(
  rows: readonly RowReport[],
  side: SideName,
): { readonly factor: number; readonly row: string } | null {
  let least: { factor: number; row: string } | null = null;
  for (const row of rows) {
    const figure = figureOf(row, side);
    if (figure !== null && (least === null || figure.toOurs < least.factor)) {
      least = { factor: figure.toOurs, row: row.name };
    }
  }
  return least;
}

export function machine(): string {
  const model = cpus()[0]?.model ?? "unknown processor";
  return `${cpus().length} x ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release().split(".", 2).join(".")}`;
}

export function commit(): string {
  const head = git("rev-parse", "HEAD");
  return git("status", "--porcelain", "--", "packages", "bench", ":!bench/results") === "" ? head : `${head}+`;
}

/** Of this package, Node and the rivals that are installed. */
export function versions(): Record<string, string> {
  return {
    yieldfrom: manifestVersion("../packages/core/package.json"),
    node: process.versions.node,
    v8: process.versions.v8,
    effect: manifestVersion("../node_modules/effect/package.json"),
    effection: manifestVersion("../node_modules/effection/package.json"),
  };
}

function manifestVersion(path: string): string {
  return (JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as { version: string }).version;
}

function git(...args: string[]): string {
  const { stdout } = spawnSync("git", args, { cwd: fileURLToPath(new URL("..", import.meta.url)), encoding: "utf8" });
  return stdout?.trim() ?? "";
}

/** No more digits than mean something, so that a new report differs where figures do. */
export function toJson(report: Report): string {
  const rounded = (_key: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(4)) : value);
  const exact = new Set(["operations", "count", "rounds", "warmups", "bytes", "minified", "gzipped", "turns"]);
  return `${JSON.stringify(report, (key, value) => (exact.has(key) ? value : rounded(key, value)), 2)}\n`;
}
