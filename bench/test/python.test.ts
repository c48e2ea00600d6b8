import assert from "node:assert/strict";
import { test } from "node:test";
import { startPython } from "../python.ts";
import { loadRows } from "../rows.ts";

const rows = await loadRows();

for (const [name, python] of Object.entries(await startPython())) {
  test(`${name} does its work in each row it has`, async (t) => {
    if ("absent" in python) return t.skip(python.absent);
    try {
      const ids = rows.map(({ id }) => id).filter((id) => id !== "from");
      assert.deepEqual([...python.rows].sort(), ids.sort());
      for (const row of rows) {
        if (!python.rows.has(row.id)) continue;
        const { ns, result } = await python.time(row.id, row.unit * 2);
        assert.equal(result, row.expected(row.unit * 2), row.name);
        assert.ok(ns > 0);
      }
    } finally {
      python.close();
    }
  });
}
