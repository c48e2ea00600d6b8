import assert from "node:assert/strict";
import { test } from "node:test";
import { SOURCES, withCore } from "../core.ts";
import { sizes } from "../probes/load.ts";

test("what a program does not use of the one file that is published is dropped, as if it were many", async () => {
  const [sources, built] = [await sizes(SOURCES), await withCore("built", sizes)];
  for (const [index, { what, minified }] of built.slice(0, 2).entries()) {
    const limit = sources[index]!.minified * 1.05;
    assert.ok(minified <= limit, `${what}: ${minified} bytes of the built file, at most ${limit} of the sources`);
  }
});
