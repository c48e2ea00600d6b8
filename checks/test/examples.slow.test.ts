import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs the check on a page of these lines; gives its status and what it says, with `page` for the page's path. */
function check(...lines: string[]): { status: number | null; said: string } {
  const folder = mkdtempSync(join(tmpdir(), "yieldfrom-examples-"));
  try {
    const page = relative(root, join(folder, "page.md"));
    writeFileSync(join(root, page), lines.join("\n"));
    const args = ["--disable-warning=ExperimentalWarning", join(root, "checks/examples.ts"), page];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
    return { status, said: `${stdout}${stderr}`.replaceAll(page, "page") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const hour = 'import { run, sleep } from "yieldfrom";';

test("examples that do what they say pass: an hour of sleep, files, pieces, fragments, the network, errors", () => {
  const page = [
    ...["```ts", "// other.ts: a file", "export const other = 3;", "```"],
    ...["```ts", hour, 'import { other } from "./other.ts";', "console.log(other); // → 3", "```"],
    ...["and on", "", "```ts", "yield* sleep(3_600_000);", "for (const i of [1, 2]) console.log(other, i); // → 3 1"],
    ...["// → 3 2", "```"],
    ...["```ts", hour, "console.log(1);", "console.log(await (await fetch(process.argv[2]!)).text());", "// prints:"],
    ...["// 1", "// this is /a", "//", "```"],
    ...["```ts", hour, "await run(() => sleep(Number.NaN)); // throws RangeError: Expected `ms` …", "```"],
  ];
  assert.deepEqual(check(...page), { status: 0, said: "examples: 3 programs do what their pages say\n" });
});

test("what is printed, thrown or reported otherwise than the page says is shown on its line", () => {
  const { status, said } = check(
    ...["```ts", hour, "console.log(1); // → 2", "console.log(3);", "```"],
    ...["```ts", hour, "for (const i of [1, 3, 4]) console.log(i);", "// prints: 1", "//   2", "//   4", "```"],
    ...["```ts", hour, "", 'throw new TypeError("lost");', "```"],
    ...["```ts", hour, "await run(() => sleep(1)); // throws RangeError: no", "```"],
    ...["```ts", hour, 'import { createTask } from "yieldfrom";', "await run(function* () {"],
    ...['  createTask((function* () { throw new Error("nobody"); })());', "  yield* sleep(0);", "});", "```"],
  );
  assert.equal(status, 1);
  const says = "what the page says (-) is not what comes out (+)";
  const expected = [
    ...[`page:3 ${says}`, "  - 2", "  + 1", "page:4 prints what the page does not say: 3"],
    ...[`page:9 ${says}`, "    1", "  - 2", "  + 3", "    4"],
    "page:16 ends with TypeError: lost",
    ...[`page:20 ${says}`, "  - throws RangeError: no", "  + does not throw"],
  ];
  assert.equal(said.slice(0, expected.join("\n").length), expected.join("\n"));
  assert.match(said.slice(expected.join("\n").length), /^\npage:23 reports what the page does not: .*never retrieved/);
});

test("what has a wrong type, would not be run, or never ends, is refused", () => {
  const typed = check("```ts", "const n: number = 'one';", "n.length;", "```");
  assert.equal(typed.status, 1);
  assert.match(typed.said, /^page:2 error TS2322: .*\npage:3 error TS2339: /);
  const unrun = check("```js", "1", "```", "```", "x", "```");
  assert.match(
    unrun.said,
    /^page:1 a block with the language js is not run.*\npage:4 a block with no language is not run/,
  );
  assert.match(
    check("```ts", "await new Promise(() => {});", "```").said,
    /^page:2 stopped the process, or never ended/,
  );
});
