/** Node, Bun and Deno: how each is had, and the suite in processes of it. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GUEST } from "./build.ts";
import { end, outputOf, start } from "./child.ts";
import type { Job, Left } from "./guest/report.ts";
import type { Ledger } from "./ledger.ts";
import { SILENCE } from "./limits.ts";
import type { TestFile } from "./suite.ts";

/** A runtime that comes as an npm package. */
interface Packaged {
  /**
   * Of npm, fetched into its cache when the check runs for the first time. They are no devDependencies, since each is
   * 100 MB that nobody needs who only runs the tests.
   */
  readonly package: string;
  /** Prints where its executable is. */
  readonly where: readonly string[];
  /** What stands before the job's file on the command line. */
  readonly driver: readonly string[];
}

const node = (major: string): Packaged => ({
  package: `node@${major}`,
  where: ["node", "-p", "process.execPath"],
  driver: [`--test-reporter=./${GUEST}/node-reporter.ts`, "--test-timeout=30000", `${GUEST}/node.ts`],
});

export const PACKAGED = {
  node22: node("22"),
  node24: node("24"),
  node26: node("26"),
  bun: {
    package: "bun@1.4.5",
    where: ["bun", "-p", "process.execPath"],
    driver: ["--no-install", `${GUEST}/process.ts`],
  },
  deno: {
    // Not all platforms' packages of 2.9.6 were published.
    package: "deno@2.9.5",
    where: ["deno", "eval", "console.log(Deno.execPath())"],
    driver: ["run", "--allow-all", "--no-lock", `${GUEST}/process.ts`],
  },
} as const satisfies Record<string, Packaged>;

/** The executable, fetched if it is not in npm's cache. */
export function executableOf(name: keyof typeof PACKAGED, folder: string): string {
  const { package: packed, where } = PACKAGED[name];
  const path = outputOf("npm", ["exec", "--yes", `--package=${packed}`, "--", ...where], folder);
  if (!existsSync(path)) throw new Error(`npm exec --package=${packed} has no executable at ${JSON.stringify(path)}`);
  return path;
}

/** Runs the suite that was built in `folder`; gives what went wrong beside the tests. */
export async function runInProcesses(
  name: keyof typeof PACKAGED,
  executable: string,
  folder: string,
  files: readonly TestFile[],
  left: readonly Left[],
  ledger: Ledger,
): Promise<string[]> {
  // What needs a process is given one of its own; the others share one, since starting it takes longer than their tests.
  const parts = [
    files.filter(({ needs }) => needs.length === 0),
    ...files.filter(({ needs }) => needs.length > 0).map((file) => [file]),
  ];
  const problems: string[] = [];
  for (const part of parts) {
    const job: Job = { files: part.map(({ file }) => file), left, reports: join(folder, "reports.jsonl") };
    const problem = await runJob(executable, PACKAGED[name].driver, folder, job, ledger);
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

async function runJob(
  executable: string,
  driver: readonly string[],
  folder: string,
  job: Job,
  ledger: Ledger,
): Promise<string | undefined> {
  writeFileSync(job.reports, "");
  writeFileSync(join(folder, "job.json"), JSON.stringify(job));
  const child = start(executable, [...driver, "job.json"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NODE_OPTIONS: "",
      NODE_TEST_CONTEXT: "",
      NO_COLOR: "1",
      // Neither leaves compiled files behind, nor asks the network for newer versions.
      DENO_DIR: join(folder, "deno"),
      DENO_NO_UPDATE_CHECK: "1",
      BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0",
      DO_NOT_TRACK: "1",
    },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      printed = (printed + text).slice(-4000);
    });
  }
  const { done, failed } = ledger;
  let problem: string | undefined;
  let read = 0;
  const listen = () => {
    const lines = readFileSync(job.reports, "utf8").split("\n").slice(0, -1);
    for (const line of lines.slice(read)) ledger.hear(line);
    read = lines.length;
  };
  ledger.heard = performance.now();
  const watch = setInterval(() => {
    listen();
    if (performance.now() - ledger.heard < SILENCE || problem !== undefined) return;
    problem = `ended after ${SILENCE / 1000} s of silence ${ledger.underWay}`;
    end(child);
  }, 200);
  try {
    const ended = await new Promise<string>((resolve, reject) => {
      child.on("error", reject).on("close", (code, signal) => resolve(signal ?? `code ${code}`));
    });
    listen();
    if (ledger.done === done) problem ??= `broke off with ${ended} ${ledger.underWay}`;
    else if (ledger.failed === failed && ended !== "code 0") problem ??= `ended with ${ended} ${ledger.underWay}`;
  } finally {
    clearInterval(watch);
    end(child);
  }
  return problem === undefined ? undefined : `${problem}\n${printed}`.trim();
}
