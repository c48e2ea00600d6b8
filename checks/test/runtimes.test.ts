import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { Left, Report } from "../runtimes/guest/report.ts";
import * as shim from "../runtimes/guest/test.ts";
import { Ledger } from "../runtimes/ledger.ts";
import { type TestFile, testFiles } from "../runtimes/suite.ts";
import { differences, referenceProblems, summary } from "../runtimes/verdict.ts";

/** What the shim reports of a file with these tests: `passed NAME`, `failed NAME: first line of why`. */
async function outcomes(register: () => unknown, left: readonly Left[] = []): Promise<string[]> {
  const reports: Report[] = [];
  const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));
  await shim.runFile(
    "a.test.ts",
    async () => register(),
    left,
    (report) => reports.push(report),
    turn,
  );
  return reports.flatMap((report) => {
    if (report.kind !== "end") return [];
    const why = report.why === undefined ? "" : `: ${report.why.split("\n")[0]}`;
    return [`${report.outcome} ${report.test}${why}`];
  });
}

test("the shim tells what passed, failed and was skipped", async () => {
  const got = await outcomes(() => {
    shim.test("good", () => {});
    shim.test("throws", () => {
      throw new Error("broken");
    });
    shim.test("rejects", { concurrency: 2 }, async () => {
      await null;
      throw new Error("broken later");
    });
    shim.test("hangs", { timeout: 1 }, () => new Promise(() => {}));
    shim.test("not wanted", { skip: "for now" }, () => assert.fail("ran"));
    shim.test("left out", () => assert.fail("ran"));
    shim.test("loses an error", () => shim.caughtByNobody(new Error("lost")));
    shim.test("good again", () => {});
  }, [
    { file: "a.test.ts", test: "left out", why: "not here" },
    { file: "b.test.ts", test: "good", why: "another file's" },
  ]);
  assert.deepEqual(got, [
    "passed good",
    "failed throws: Error: broken",
    "failed rejects: Error: broken later",
    "failed hangs: Error: not done after 1 ms",
    "skipped not wanted: for now",
    "skipped left out: not here",
    "failed loses an error: caught by nobody: Error: lost",
    "passed good again",
  ]);
});

test("the shim's hooks run around their own tests and those of inner suites, and fail what they are for", async () => {
  const log: string[] = [];
  const note = (text: string) => () => void log.push(text);
  const got = await outcomes(() => {
    shim.before(note("before"));
    shim.after(note("after"));
    shim.beforeEach(note("outer each"));
    shim.afterEach(note("outer done"));
    shim.suite("inner", () => {
      shim.beforeEach(note("inner each"));
      shim.afterEach(note("inner done"));
      shim.test("one", (t) => {
        t.after(note("one's own"));
        log.push("one");
      });
    });
    shim.describe("broken", () => {
      shim.before(() => {
        throw new Error("no ground");
      });
      shim.it("never", note("never"));
    });
    shim.suite("left behind", { skip: true }, () => {
      shim.after(() => {
        throw new Error("no end");
      });
      shim.test("unseen", note("unseen"));
    });
  });
  assert.deepEqual(got, [
    "passed inner > one",
    "failed broken > never: Error: no ground",
    "skipped left behind > unseen: no reason given",
    "failed left behind > (after): Error: no end",
  ]);
  const each = ["outer each", "inner each", "one", "one's own", "inner done", "outer done"];
  // The tests of a suite whose ground is missing are not run, what follows them is.
  assert.deepEqual(log, ["before", ...each, "outer done", "after"]);
});

test("a file that can't be loaded fails, and leaves nothing to the next", async () => {
  const broken = await outcomes(() => {
    shim.test("registered", () => {});
    throw new Error("at load");
  });
  assert.deepEqual(broken, ["failed (loading the file): Error: at load"]);
  assert.deepEqual(await outcomes(() => shim.test("next", () => {})), ["passed next"]);
});

test("an error that comes when the tests are over fails the file", async () => {
  const got = await outcomes(() => {
    shim.after(() => shim.caughtByNobody(new Error("late")));
    shim.test("good", () => {});
  });
  assert.deepEqual(got, ["passed good", "failed (after the tests): caught by nobody: Error: late"]);
});

test("a test inside of a test is refused", async () => {
  const got = await outcomes(() => shim.test("outer", () => shim.test("inner", () => {})));
  assert.match(got[0] ?? "", /^failed outer: Error: test "inner" inside of a test/);
});

test("a mocked method remembers its calls until it is restored", () => {
  const counter = {
    by: 2,
    add(n: number): number {
      return n + this.by;
    },
  };
  const { mock } = shim.mock.method(counter, "add");
  assert.equal(counter.add(1), 3);
  shim.mock.method(counter, "add", () => 7);
  assert.equal(counter.add(2), 7);
  mock.restore();
  assert.equal(counter.add(3), 5);
  assert.deepEqual(
    mock.calls.map((call) => call.arguments),
    [[1]],
  );
});

/** What a suite of these built files is found to be. */
function found(files: Record<string, string>): TestFile[] {
  const folder = mkdtempSync(join(tmpdir(), "yieldfrom-suite-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder, "packages/core/test", name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    return testFiles(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("what a test file needs is what it imports, itself or through others", () => {
  const files = found({
    "plain.test.ts": `import { test } from "#test";\nimport { inspect } from "node:util";\ntest("a", f);\n  test("b", f);\n`,
    "deep/socket.test.ts": `import { once } from "node:events";\nimport {\n  connect,\n  createServer,\n} from "node:net";\n`,
    "child.test.ts": `import { run } from "./help/child.ts";\nimport { a } from "./help/a.ts";\n`,
    "help/child.ts": `import { spawn as start } from "node:child_process";\nexport * from "./a.ts";\n`,
    "help/a.ts": `import "./child.ts";\nimport assert from "node:assert/strict";\n`,
  });
  assert.deepEqual(files, [
    { file: "child.test.ts", needs: ["node:child_process (help/child.ts)"], atLeast: 0 },
    { file: "deep/socket.test.ts", needs: ["node:events", "node:net"], atLeast: 0 },
    { file: "plain.test.ts", needs: [], atLeast: 2 },
  ]);
});

function ledgerOf(...reports: Report[]): Ledger {
  const ledger = new Ledger();
  for (const report of reports) ledger.hear(JSON.stringify(report));
  return ledger;
}
const begin = (test: string, file = "a.test.ts"): Report => ({ kind: "begin", file, test });
const end = (test: string): Report => ({ kind: "end", file: "a.test.ts", test, outcome: "passed" });

test("a runtime that broke off did so in the test that began last, or after it", () => {
  assert.equal(ledgerOf().underWay, "before the first test");
  assert.equal(ledgerOf(begin("x")).underWay, "in a.test.ts: x");
  assert.equal(ledgerOf(begin("x"), end("x")).underWay, "after a.test.ts: x");
  // As Node tells it.
  assert.equal(ledgerOf(begin("x", ""), begin("y", ""), end("x")).underWay, "in y");
});

test("a test that is missing, comes twice or is new is told by its name", () => {
  const expected = new Map([
    ["a.test.ts", ["x", "y", "y"]],
    ["b.test.ts", ["z"]],
  ]);
  const unfit = [{ file: "b.test.ts", needs: ["node:net"], atLeast: 1 }];
  const ledger = ledgerOf(end("y"), end("w"), { ...end("x"), outcome: "skipped", why: "not here" } as Report);
  assert.deepEqual(differences(ledger, unfit, expected), [
    "did not run: a.test.ts: y",
    "ran here, but not where the tests are counted: a.test.ts: w",
  ]);
  assert.deepEqual(differences(ledgerOf(end("x"), end("y"), end("y")), unfit, expected), []);
  assert.deepEqual(summary("bun", "1.0", ledger, unfit, expected, 1), [
    "bun      1.0             2 passed, 0 failed, 2 skipped, 1.0 s",
    "  skipped on bun: a.test.ts: x: not here",
    "  skipped on bun: b.test.ts: its 1 tests: needs node:net",
  ]);
  const many = new Map([["a.test.ts", Array.from({ length: 14 }, (_, i) => `test ${i}`)]]);
  assert.equal(differences(ledgerOf(), [], many).at(-1), "and 4 more such differences");
});

test("where the tests are counted none may be missing either, nor one that the list leaves out", () => {
  const files = [
    { file: "a.test.ts", needs: [], atLeast: 2 },
    { file: "b.test.ts", needs: [], atLeast: 1 },
  ];
  const ran = new Map([["a.test.ts", ["x", "y"]]]);
  assert.deepEqual(referenceProblems(files, ran, [{ file: "a.test.ts", test: "gone", why: "" }]), [
    "no test of b.test.ts ran",
    "2 tests ran, but 3 are written in 2 files",
    "there is no such test as left.ts leaves out: a.test.ts: gone",
  ]);
  assert.deepEqual(referenceProblems(files, new Map([...ran, ["b.test.ts", ["z"]]]), []), []);
  assert.deepEqual(referenceProblems([], new Map(), []), ["0 tests ran, but 0 are written in 0 files"]);
});
