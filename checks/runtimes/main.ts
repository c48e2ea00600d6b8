/**
 * `npm run check:runtimes`: the tests of core in every runtime it is for. `npm run check:runtimes -- deno` in that one
 * only, beside the Node that runs the check, against which the others' tests are counted.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, runInPage } from "./browser.ts";
import { build } from "./build.ts";
import { endAll, outputOf } from "./child.ts";
import { Ledger } from "./ledger.ts";
import { LEFT, leftOn } from "./left.ts";
import { executableOf, PACKAGED, runInProcesses } from "./processes.ts";
import { LEAKS, type TestFile, testFiles } from "./suite.ts";
import { differences, referenceProblems, summary } from "./verdict.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const RUNTIMES = [...(Object.keys(PACKAGED) as (keyof typeof PACKAGED)[]), "chromium"] as const;
type Name = (typeof RUNTIMES)[number];
/** Runs all tests, so it says how many there are. */
const REFERENCE = "node26";

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !RUNTIMES.includes(name as Name));
if (unknown.length > 0) {
  console.error(`no runtime ${unknown.join(", ")}: write one or more of ${RUNTIMES.join(" ")}, or none for all`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), "yieldfrom-runtimes-"));
const cleanUp = () => {
  endAll();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
};
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    cleanUp();
    process.kill(process.pid, signal);
  });
}

let failures = 0;
function fail(text: string): void {
  failures++;
  console.log(`FAILED ${text.replaceAll("\n", "\n    ")}`);
}

try {
  build(root, folder);
  const files = testFiles(folder);
  console.log(`not here: ${LEAKS}: they take minutes, and Node's own measures of the heap`);
  const chosen = RUNTIMES.filter((name) => name === REFERENCE || asked.length === 0 || asked.includes(name));
  chosen.sort((a, b) => Number(b === REFERENCE) - Number(a === REFERENCE));
  let expected: ReadonlyMap<string, readonly string[]> = new Map();
  for (const name of chosen) {
    const start = performance.now();
    try {
      const { version, ledger, problems } = await runOn(name, files);
      if (name === REFERENCE) {
        expected = ledger.ended;
        for (const problem of referenceProblems(files, expected, LEFT)) fail(`on ${name}: ${problem}`);
      }
      const unfit = name === "chromium" ? files.filter(({ needs }) => needs.length > 0) : [];
      const seconds = (performance.now() - start) / 1000;
      for (const line of summary(name, version, ledger, unfit, expected, seconds)) console.log(line);
      for (const problem of [...ledger.failures, ...problems]) fail(`on ${name}: ${problem}`);
      for (const problem of differences(ledger, unfit, expected)) fail(`on ${name}: ${problem}`);
    } catch (error) {
      fail(`on ${name}: ${(error as Error).message}`);
    }
  }
} finally {
  cleanUp();
}
if (failures > 0) {
  console.error(`check:runtimes: ${failures} failed`);
  process.exitCode = 1;
}

/** Runs the suite; `problems` is what went wrong beside the tests. */
async function runOn(
  name: Name,
  files: readonly TestFile[],
): Promise<{ version: string; ledger: Ledger; problems: readonly string[] }> {
  const ledger = new Ledger();
  const left = leftOn(name);
  if (name === "chromium") {
    const { command, version } = chromium();
    const fit = files.filter(({ needs }) => needs.length === 0).map(({ file }) => file);
    const problems = await runInPage(command, root, folder, { files: fit, left, reports: "" }, ledger);
    return { version, ledger, problems };
  }
  const own = name === "node26" && process.versions.node.startsWith("26.");
  const executable = own ? process.execPath : executableOf(name, folder);
  const version = /\d+(\.\d+)+/.exec(outputOf(executable, ["--version"], folder))?.[0] ?? "of no version";
  return { version, ledger, problems: await runInProcesses(name, executable, folder, files, left, ledger) };
}
