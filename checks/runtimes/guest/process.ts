/** `bun process.ts JOB`, `deno run process.ts JOB`: the job's files in this process. */
import { appendFileSync, readFileSync } from "node:fs";
import type { Job, Report } from "./report.ts";
import { caughtByNobody, runFile } from "./test.ts";

const { files, left, reports } = JSON.parse(readFileSync(process.argv[2] as string, "utf8")) as Job;
const report = (report: Report) => appendFileSync(reports, `${JSON.stringify(report)}\n`);

process.on("unhandledRejection", caughtByNobody);
process.on("uncaughtException", caughtByNobody);

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));
for (const file of files) {
  const url = new URL(`../../../packages/core/test/${file}`, import.meta.url);
  await runFile(file, () => import(url.href), left, report, turn);
}
report({ kind: "done" });
// Something that a test left behind must not keep the process: each is told by its own test.
process.exit(0);
