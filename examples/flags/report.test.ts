import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { CancelledError } from "yieldfrom";
import { FlagError } from "./flag.ts";
import { Report, type Style } from "./report.ts";

const FLAG = { cc: "FR", image: Buffer.from("image"), ms: 12.6 };

/** A report, and what it has printed. */
function report(t: TestContext, style: Style) {
  const printed = { out: "", err: "" };
  t.mock.method(process.stdout, "write", (text: string) => {
    printed.out += text;
    return true;
  });
  t.mock.method(process.stderr, "write", (text: string) => {
    printed.err += text;
    return true;
  });
  return { report: new Report(style), printed };
}

/** All that can happen. */
function tell(report: Report): void {
  report.saved(FLAG);
  report.failed(new FlagError("JP", "not found", "the server answered 404"));
  report.failed(new FlagError("../x\x1b", "error", "unknown country code"));
  report.end(1234);
  report.interrupted(1, 3, "flags");
}

const FAILURES = 'JP: the server answered 404\n"../x\\u001b": unknown country code\n';
const END = "1 downloaded, 1 not found, 1 error, 1.23 s elapsed\nInterrupted: 1 of 3 flags are saved in flags\n";

test("brief: failures on standard error, counts at the end", (t) => {
  const { report: brief, printed } = report(t, "brief");
  tell(brief);
  assert.deepEqual(printed, { out: END, err: FAILURES });
  assert.equal(brief.failures, 2);
});

test("verbose: a line for each flag too", (t) => {
  const { report: verbose, printed } = report(t, "verbose");
  tell(verbose);
  assert.deepEqual(printed, { out: `FR: ok, 5 bytes, 13 ms\n${END}`, err: FAILURES });
});

test("the country's name, as far as it is known", (t) => {
  const { report: verbose, printed } = report(t, "verbose");
  verbose.saved({ ...FLAG, cc: "CI", country: "Côte d'Ivoire" });
  verbose.saved({ ...FLAG, country: "\x1b[2J" });
  assert.equal(printed.out, `CI: ok, Côte d'Ivoire, 5 bytes, 13 ms\nFR: ok, "\\u001b[2J", 5 bytes, 13 ms\n`);
});

test("json: a record for each flag and one at the end, and nothing else", (t) => {
  const { report: json, printed } = report(t, "json");
  tell(json);
  const records = printed.out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(records, [
    { code: "FR", status: "ok", bytes: 5, ms: 13 },
    { code: "JP", status: "not found", error: "the server answered 404" },
    { code: "../x\x1b", status: "error", error: "unknown country code" },
    { downloaded: 1, notFound: 1, errors: 1, elapsed: 1234 },
    { interrupted: true, saved: 1 },
  ]);
  assert.equal(printed.err, "");
});

test("counts errors in words", (t) => {
  const { report: brief, printed } = report(t, "brief");
  brief.end(0);
  assert.equal(printed.out, "0 downloaded, 0 not found, 0 errors, 0.00 s elapsed\n");
});

test("throws what is not about a flag", (t) => {
  const { report: brief, printed } = report(t, "brief");
  for (const error of [new CancelledError(), new TypeError("a defect"), undefined]) {
    assert.throws(
      () => brief.failed(error),
      (thrown) => thrown === error,
    );
  }
  assert.deepEqual([brief.failures, printed], [0, { out: "", err: "" }]);
});
