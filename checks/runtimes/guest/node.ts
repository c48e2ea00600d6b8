/** `node --test-reporter=node-reporter.ts node.ts JOB`: the job's files in this process, by Node's own test runner. */
import { appendFileSync, readFileSync } from "node:fs";
import { beforeEach } from "node:test";
import { type Job, type Report, textOf } from "./report.ts";

const { files, reports } = JSON.parse(readFileSync(process.argv[2] as string, "utf8")) as Job;
const report = (report: Report) => appendFileSync(reports, `${JSON.stringify(report)}\n`);

const tests = new URL("../../../packages/core/test/", import.meta.url);

// Of which file it is Node doesn't say. The reporter hears of a test only when it gives way, which one that hangs never does.
beforeEach((context) => {
  report({ kind: "begin", file: "", test: (context as { fullName: string }).fullName });
});

for (const file of files) {
  try {
    await import(new URL(file, tests).href);
  } catch (error) {
    report({ kind: "end", file, test: "(loading the file)", outcome: "failed", why: textOf(error) });
  }
}
