import type { TestEvent } from "node:test/reporters";

/** For `node --test`: says what failed and what was skipped and why, then the counts; nothing of what passed. */
// biome-ignore lint/style/noDefaultExport: the test runner takes a reporter by its default export
export default async function* quietReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    switch (type) {
      case "test:fail":
        if (data.details.error.cause !== undefined || data.details.type !== "suite") {
          yield `FAILED ${data.file ?? ""}:${data.line ?? ""} ${data.name}\n${indent(reason(data.details.error))}\n`;
        }
        break;
      case "test:pass":
        if (data.skip !== undefined)
          yield `skipped: ${data.name}: ${data.skip === true ? "no reason given" : data.skip}\n`;
        break;
      case "test:stderr":
      case "test:stdout":
        yield data.message;
        break;
      case "test:coverage":
        yield coverage(data.summary);
        break;
      case "test:diagnostic":
        if (/^(tests|pass|fail|cancelled|skipped|duration_ms) |coverage/.test(data.message))
          yield `# ${data.message}\n`;
        break;
    }
  }
}

function reason(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.stack ?? cause.message;
}

function indent(text: string): string {
  return text.replace(/^/gm, "    ");
}

interface Covered {
  readonly path: string;
  readonly coveredLinePercent: number;
  readonly coveredBranchPercent: number;
  readonly coveredFunctionPercent: number;
  readonly lines: readonly { readonly line: number; readonly count: number }[];
}

function coverage(summary: {
  readonly files: readonly Covered[];
  readonly totals: Omit<Covered, "path" | "lines">;
}): string {
  const percent = (of: Omit<Covered, "path" | "lines">) =>
    `lines ${of.coveredLinePercent.toFixed(1)} %, branches ${of.coveredBranchPercent.toFixed(1)} %, functions ${of.coveredFunctionPercent.toFixed(1)} %`;
  const uncovered = summary.files.flatMap((file) => {
    const lines = file.lines.filter(({ count }) => count === 0).map(({ line }) => line);
    return lines.length === 0 ? [] : [`  ${file.path.replace(`${process.cwd()}/`, "")}: ${lines.join(" ")}\n`];
  });
  const which = uncovered.length === 0 ? "" : `lines that no test ran:\n${uncovered.join("")}`;
  return `${which}coverage: ${percent(summary.totals)}\n`;
}
