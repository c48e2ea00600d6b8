/** `npm run conformance -- FILE…`: runs the programs of case files and reports every trace that differs. */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bounded, StillRunning } from "./bounded.ts";
import { caseFiles, type FiledCase, readCases, UsageError } from "./cases.ts";
import { firstDifference, sideBySide } from "./compare.ts";
import { runProgram } from "./interpreter.ts";

/** The longest program takes a few milliseconds. */
const TIME_LIMIT = 10_000;

const CASES = fileURLToPath(new URL("../../../../shared/conformance/cases", import.meta.url));

const USAGE = `usage: npm run conformance -- [-v] [--id ID] [--features F1,F2] [FILE.jsonl …]

Runs the programs in the files (by default all of ../shared/conformance/cases) and names each whose trace differs.
  -v, --verbose     also name those that pass
  --id ID           only the program of that id, its whole trace beside the expected one
  --features F1,F2  only programs that have all of these tags`;

function main(args: string[]): number {
  const { values, positionals } = parse(args);
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const files = positionals.length > 0 ? positionals : caseFiles(CASES);
  const tags = values.features?.split(",") ?? [];
  const cases = files
    .flatMap(readCases)
    .filter(({ program }) => values.id === undefined || program.id === values.id)
    .filter(({ program }) => tags.every((tag) => program.features.includes(tag)));
  if (cases.length === 0) throw new UsageError(`No program in these files matches ${args.join(" ")}`);
  return run(cases, { verbose: values.verbose ?? false, traces: values.id !== undefined });
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        verbose: { type: "boolean", short: "v" },
        id: { type: "string" },
        features: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`);
  }
}

/** Runs the cases and prints the report. Returns the exit code. */
function run(cases: readonly FiledCase[], { verbose, traces }: { verbose: boolean; traces: boolean }): number {
  let passed = 0;
  let failed = 0;
  let unreached = 0;
  for (const [index, { file, program, trace }] of cases.entries()) {
    const name = `${file} ${program.id}`;
    const outcome = attempt(program);
    if (traces) console.log("lines" in outcome ? sideBySide(trace, outcome.lines) : (outcome.stack ?? ""));
    const difference = "lines" in outcome ? firstDifference(trace, outcome.lines) : outcome.problem;
    if (difference === null) {
      passed++;
      if (verbose) console.log(`${name}: same`);
      continue;
    }
    failed++;
    console.log(`${name}: ${difference}`);
    if ("stuck" in outcome) {
      // The library was cut off in the middle of a step and still believes that its loop is running.
      unreached = cases.length - index - 1;
      console.log(`stopped there, with ${unreached} programs still to run`);
      break;
    }
  }
  console.log(`${passed} passed, ${failed} failed${unreached > 0 ? `, ${unreached} skipped` : ""}`);
  return failed > 0 ? 1 : 0;
}

type Outcome = { lines: string[] } | { problem: string; stack?: string | undefined; stuck?: true };

function attempt(program: FiledCase["program"]): Outcome {
  try {
    return { lines: bounded(() => runProgram(program), TIME_LIMIT) };
  } catch (error) {
    if (error instanceof StillRunning) return { problem: error.message, stuck: true };
    if (!(error instanceof Error)) return { problem: `the run failed: ${String(error)}` };
    return { problem: `the run failed: ${error.name}: ${error.message.split("\n", 1)[0]}`, stack: error.stack };
  }
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
