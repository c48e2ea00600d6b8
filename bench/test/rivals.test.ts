import assert from "node:assert/strict";
import { test } from "node:test";
import { effect } from "../rivals/effect.ts";
import { effection } from "../rivals/effection.ts";
import { loadRows } from "../rows.ts";

const rows = await loadRows();

for (const [library, sides] of Object.entries({ effect, effection })) {
  test(`${library} has work or a reason for each row`, () => {
    assert.deepEqual(Object.keys(sides).sort(), rows.map(({ id }) => id).sort());
  });

  for (const row of rows) {
    const work = sides[row.id];
    if (typeof work !== "function") continue;
    test(`${library} does its work: ${row.name}`, async () => {
      const count = row.unit * 2;
      assert.equal(await work(count), row.expected(count));
    });
  }
}
