import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as yieldfrom from "yieldfrom";

const page = readFileSync(new URL("../../docs/coming-from-python.md", import.meta.url), "utf8");

/** What the names before a dot stand for. */
const RECEIVERS: Readonly<Record<string, object>> = {
  runner: yieldfrom.Runner.prototype,
  loop: new yieldfrom.VirtualEventLoop(),
  handle: yieldfrom.Handle.prototype,
  timer: yieldfrom.TimerHandle.prototype,
  future: yieldfrom.Future.prototype,
  task: yieldfrom.Task.prototype,
  scope: yieldfrom.Timeout.prototype,
  group: yieldfrom.TaskGroup.prototype,
  exceptions: yieldfrom.ExceptionGroup.prototype,
  lock: new yieldfrom.Lock(),
  event: new yieldfrom.Event(),
  condition: new yieldfrom.Condition(),
  semaphore: new yieldfrom.Semaphore(),
  barrier: new yieldfrom.Barrier(1),
  queue: new yieldfrom.Queue(),
  variable: yieldfrom.ContextVar.prototype,
  context: yieldfrom.Context.prototype,
};

/** The second column of the tables of names, with the lines they are on. */
function spellings(): { line: number; python: string; names: string[] }[] {
  const lines = page.split("\n");
  const start = lines.indexOf("## Table of names");
  const end = lines.indexOf("### Elsewhere");
  return lines.flatMap((text, index) => {
    const cells = text.split("|").map((cell) => cell.trim());
    if (index < start || index > end || cells.length !== 5 || /^(asyncio|---)$/.test(cells[1] ?? "")) return [];
    const names = [...(cells[2] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name.replace(/\(.*/, ""));
    assert.ok(names.length > 0 || /^(—|the same reports)$/.test(cells[2] ?? ""), `line ${index + 1}: ${text}`);
    return [{ line: index + 1, python: cells[1] ?? "", names }];
  });
}

test("every name that the page for Python's users gives is there", () => {
  const rows = spellings();
  assert.ok(rows.length > 100, `only ${rows.length} rows`);
  for (const { line, names } of rows) {
    for (const name of names) {
      const [first = "", member] = name.split(".");
      const where = `docs/coming-from-python.md:${line} ${name} is not exported`;
      if (member === undefined) assert.ok(first in yieldfrom, where);
      else assert.ok(member in (RECEIVERS[first] ?? assert.fail(`${where}: no receiver ${first}`)), where);
    }
  }
});
