/** Turns what Node's test runner tells into the check's reports. It runs in the process of `node.ts`. */
import { appendFileSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import type { TestEvent } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { type Job, type Report, textOf, WITHIN } from "./report.ts";

const tests = fileURLToPath(new URL("../../../packages/core/test", import.meta.url));

// biome-ignore lint/style/noDefaultExport: the test runner takes a reporter by its default export
export default async function* (events: AsyncIterable<TestEvent>): AsyncGenerator<never> {
  const { reports } = JSON.parse(readFileSync(process.argv[2] as string, "utf8")) as Job;
  const report = (report: Report) => appendFileSync(reports, `${JSON.stringify(report)}\n`);
  const names: string[] = [];
  for await (const { type, data } of events) {
    if (type === "test:start") {
      names.length = data.nesting;
      names.push(data.name);
    }
    if ((type !== "test:pass" && type !== "test:fail") || data.details.type === "suite") continue;
    const file = relative(tests, data.file ?? "");
    const test = [...names.slice(0, data.nesting), data.name].join(WITHIN);
    if (type === "test:fail") {
      const { error } = data.details;
      report({ kind: "end", file, test, outcome: "failed", why: textOf(error.cause ?? error) });
    } else if (data.skip === undefined || data.skip === false) {
      report({ kind: "end", file, test, outcome: "passed" });
    } else {
      const why = data.skip === true ? "no reason given" : data.skip;
      report({ kind: "end", file, test, outcome: "skipped", why });
    }
  }
  report({ kind: "done" });
}
