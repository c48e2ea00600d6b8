import assert from "node:assert/strict";
import { test } from "node:test";
import * as library from "yieldfrom";
import { loadRows } from "../rows.ts";

const rows = await loadRows();

test("rows have ids and names of their own, and whole units", () => {
  assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
  assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
  for (const { name, operations, unit } of rows) assert.equal(operations % unit, 0, name);
});

for (const row of rows) {
  test(`both sides do their work: ${row.name}`, async () => {
    const count = row.unit * 20;
    assert.equal(await row.ours(library)(count), row.expected(count), "ours");
    assert.equal(await row.native(count), row.expected(count), "native");
  });
}
