/**
 * `npm run conformance:fuzz -- --seed N --count M`: random programs, run here and on CPython itself. Each whose traces
 * differ is made as small as it gets, and printed with the command that runs it again.
 */
import { parseArgs } from "node:util";
import { readCases, UsageError } from "../cases.ts";
import { sideBySide } from "../compare.ts";
import type { Program } from "../program.ts";
import { bothSides, Differ, type Finding, recorded } from "./differ.ts";
import { generate } from "./generate.ts";
import { install } from "./install.ts";
import type { Verdict } from "./judge.ts";
import { shrink } from "./shrink.ts";

const USAGE = `usage: npm run conformance:fuzz -- [--seed N] [--count M] [--stop-after K] [--no-shrink]
       npm run conformance:fuzz -- FILE.jsonl …

Runs M random programs (by default 1000), of the seeds N, N+1, … (by default 1), on yieldfrom and on CPython 3.14.2.
  --stop-after K  end with the batch in which K differences are reached (by default 5)
  --no-shrink     only name the programs that differ

With case files: holds CPython's side to their traces, which shows that it runs programs as the recorder did.`;

/** How many programs are handed over at a time. */
const BATCH = 100;

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const [seed, count, enough] = [values.seed, values.count, values["stop-after"]].map(wholeNumber) as [
    number,
    number,
    number,
  ];
  install();
  const { cpython, yieldfrom, close } = bothSides();
  try {
    if (positionals.length > 0) {
      const cases = positionals.flatMap(readCases);
      const programs = cases.map(({ program }) => program);
      return await run(new Differ(cpython, recorded(cases)), (at, size) => programs.slice(at, at + size), {
        count: programs.length,
        enough,
        small: false,
      });
    }
    const made = (at: number, size: number) => Array.from({ length: size }, (_, index) => generate(seed + at + index));
    return await run(new Differ(cpython, yieldfrom), made, { count, enough, small: !values["no-shrink"] });
  } finally {
    await close();
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        seed: { type: "string", default: "1" },
        count: { type: "string", default: "1000" },
        "stop-after": { type: "string", default: "5" },
        "no-shrink": { type: "boolean", default: false },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`);
  }
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`Expected a whole number, got ${text}\n\n${USAGE}`);
  return Number(text);
}

interface Task {
  count: number;
  enough: number;
  small: boolean;
}

async function run(
  differ: Differ,
  programs: (at: number, size: number) => Program[],
  { count, enough, small }: Task,
): Promise<number> {
  const tally = new Map<string, number>();
  let different = 0;
  let ran = 0;
  while (ran < count && different < enough) {
    const batch = programs(ran, Math.min(BATCH, count - ran));
    for (const finding of await differ.compare(batch)) {
      const kind = kindOf(finding.verdict);
      tally.set(kind, (tally.get(kind) ?? 0) + 1);
      if (finding.verdict.kind !== "different") continue;
      different++;
      await report(differ, finding, small);
    }
    ran += batch.length;
  }
  console.log(`${ran} programs`);
  for (const [kind, number] of [...tally].sort()) console.log(`${String(number).padStart(7)} ${kind}`);
  return different > 0 ? 1 : 0;
}

function kindOf(verdict: Verdict): string {
  if (verdict.kind === "deliberate") return `differ on purpose: ${verdict.about}`;
  return verdict.kind === "skipped" ? `skipped: ${verdict.reason}` : verdict.kind;
}

async function report(differ: Differ, found: Finding, small: boolean): Promise<void> {
  const { program, verdict } = found;
  console.log(`\n${program.id}: ${verdict.kind === "different" ? verdict.difference : ""}`);
  const seed = /^fuzz-(\d+)$/.exec(program.id)?.[1];
  if (seed !== undefined) console.log(`again: npm run conformance:fuzz -- --seed ${seed} --count 1`);
  if (!small) return;
  if (typeof found.got === "string" && found.got.startsWith("still running")) {
    console.log("not made smaller: each try could take as long");
    return;
  }
  const smallest = await shrink(program, async (candidates) =>
    (await differ.compare(candidates)).map((finding) => finding.verdict.kind === "different"),
  );
  const [{ expected, got }] = (await differ.compare([smallest])) as [Finding];
  console.log(JSON.stringify({ program: smallest, trace: expected }));
  if (typeof expected === "string" || typeof got === "string") console.log(`CPython: ${expected}\nyieldfrom: ${got}`);
  else console.log(sideBySide(expected, got));
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
