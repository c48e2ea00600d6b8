import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Figure } from "../measure.ts";
import { plot } from "../plot.ts";
import { files, README, RESULTS, read, withSection } from "../publish.ts";
import { leastLead, meanOf, type Report, type RowReport, toJson } from "../report.ts";
import { readmeMarkdown, tableMarkdown } from "../table.ts";

const figure = (ns: number, toNative: number, toOurs: number): Figure => ({
  operations: 10,
  ns,
  min: ns,
  toNative,
  toOurs,
});

const rows: RowReport[] = [
  {
    id: "spawn",
    name: "spawn <one>",
    group: "tasks",
    limit: 1,
    sides: { ours: figure(20, 2, 1), native: figure(10, 1, 0.5), effect: figure(1476, 147.6, 73.8) },
  },
  {
    id: "queue",
    name: "queue",
    group: "coordination",
    limit: 1,
    sides: { ours: figure(30, 0.5, 1), native: figure(60, 1, 2), effect: { absent: "it has none" } },
  },
  {
    id: "deep",
    name: "deep",
    group: "coordination",
    limit: 1,
    notInMean: "for a reason",
    sides: { ours: figure(12_345.678, 8, 1), native: figure(1543, 1, 0.125) },
  },
];
const report: Report = {
  date: "2026-01-02T03:04:05.678Z",
  commit: "0123456789abcdef",
  measured: "built",
  machine: "2 x Processor",
  versions: { node: "26.0.0", effect: "4.1.0" },
  warmups: 6,
  rounds: 11,
  rows,
  mean: meanOf(rows)!,
};

test("the mean leaves out the rows that are not to count, and says what it is with them", () => {
  assert.deepEqual(report.mean, { ratio: 1, withAll: 2 });
  assert.equal(meanOf(rows.slice(2)), null);
});

test("the rival's nearest row", () => {
  assert.deepEqual(leastLead(rows, "effect"), { factor: 73.8, row: "spawn <one>" });
  assert.equal(leastLead(rows, "uvloop"), null);
});

test("the table: figures, ratios over their limit, what is absent and why, what is not measured", () => {
  const text = tableMarkdown(report);
  assert.match(text, /\| spawn <one> \| 20 ns \| 10 ns \| \*\*2\.00\*\* \| 1\.00 \| 1,476 ns \(74×\) \|/);
  assert.match(text, /\| queue \| 30 ns \| 60 ns \| 0\.50 \| 1\.00 \| – \|/);
  assert.match(text, /\| deep \| 12\.3 µs \| 1,543 ns \| \*\*8\.00\*\* \| 1\.00 \* \|/);
  assert.match(text, /– it has none: queue\./);
  assert.match(text, /not in the mean: for a reason\./);
  assert.match(
    text,
    /Measured with the built package, on 2026-01-02 at `0123456789` on 2 x Processor; Node 26\.0\.0, Effect 4\.1\.0; 11 rounds after 6/,
  );
  assert.doesNotMatch(text, /uvloop|undefined|NaN/);
});

test("the plot: well-formed, with a mark for each figure, names escaped", () => {
  const svg = plot(report);
  assert.equal(svg.match(/<circle /g)?.length, 7 + 3);
  assert.match(svg, />spawn &lt;one></);
  assert.doesNotMatch(svg, /undefined|NaN/);
});

test("figures are written with the digits that mean something, counts in full", () => {
  const [, , deep] = (JSON.parse(toJson(report)) as Report).rows;
  assert.deepEqual(deep!.sides.ours, { operations: 10, ns: 12_350, min: 12_350, toNative: 8, toOurs: 1 });
});

test("a page's section is replaced between its markers", () => {
  const page = readFileSync(README, "utf8");
  const changed = withSection(page, report);
  assert.ok(changed.includes(readmeMarkdown(report)));
  assert.equal(withSection(changed, report), changed);
  assert.throws(() => withSection("no markers", report), /Expected <!-- bench/);
});

test("the README, the table and the plot show what results.json says", () => {
  const published = read();
  for (const [name, text] of Object.entries(files(published))) {
    assert.equal(readFileSync(new URL(name, RESULTS), "utf8"), text, name);
  }
  const page = readFileSync(README, "utf8");
  assert.equal(withSection(page, published), page);
});
