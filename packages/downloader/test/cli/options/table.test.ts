import assert from "node:assert/strict";
import { test } from "node:test";
import { distance, suggestion } from "../../../src/cli/options/suggest.ts";
import { ENTRIES, GROUPS } from "../../../src/cli/options/table.ts";

test("no short name is used twice", () => {
  const shorts = ENTRIES.flatMap(([, { short }]) => (short === undefined ? [] : [short]));
  assert.deepEqual(shorts, [...new Set(shorts)]);
  for (const short of shorts) assert.match(short, /^[a-zA-Z]$/);
});

test("options stand together in the order of their groups", () => {
  const order = Object.keys(GROUPS);
  const places = ENTRIES.map(([, { group }]) => order.indexOf(group));
  assert.deepEqual(
    places,
    [...places].sort((a, b) => a - b),
  );
});

test("help texts are sentences without their full stop, and defaults are values", () => {
  for (const [name, { help, more, kind, default: fallback }] of ENTRIES) {
    assert.match(help, /^[A-Z].*[^.]$/s, name);
    if (more !== undefined) assert.match(more, /^\w.*\.$/s, name);
    if (fallback !== undefined) assert.notEqual(kind?.read(fallback), undefined, name);
  }
});

test("hints about other tools' options lead to options that there are", () => {
  const long = ENTRIES.map(([name]) => `--${name}`);
  for (const other of [
    "--max-threads",
    "--speed-limit",
    "--waitretry",
    "--socks5",
    "--http1.1",
    "--referer",
    "-Z",
    "-N",
  ]) {
    const hint = suggestion(other, long);
    const named = hint.match(/--?[a-z][\w-]*/g) ?? [];
    assert.notDeepEqual(named, [], other);
    for (const name of named) {
      assert.ok(long.includes(name) || ENTRIES.some(([, { short }]) => name === `-${short}`), `${other}: ${hint}`);
    }
  }
});

test("distance counts letters that were put in, left out, changed or swapped", () => {
  assert.equal(distance("abc", "abc"), 0);
  assert.equal(distance("abc", "abxc"), 1);
  assert.equal(distance("abc", "ac"), 1);
  assert.equal(distance("abc", "acb"), 1);
  assert.equal(distance("", "abc"), 3);
  assert.equal(distance("kitten", "sitting"), 3);
});
