import assert from "node:assert/strict";
import { test } from "node:test";
import { isBadLine, type ListEntry } from "../../src/input/list-entry.ts";
import { listLine } from "../../src/input/list-line.ts";
import type { DownloadItem } from "../../src/item.ts";
import { entriesOf, seeded } from "./reading.ts";

test("the simplest form that says all", () => {
  const url = "http://a/1";
  assert.equal(listLine({ url, at: "x:1" }), "http://a/1\n");
  assert.equal(listLine({ url: new URL(url), mirrors: [] }), "http://a/1\n");
  assert.equal(listLine({ url, name: "n" }), "http://a/1\tn\n");
  assert.equal(listLine({ url, mirrors: [new URL("http://b/")] }), '{"url":"http://a/1","mirrors":["http://b/"]}\n');
  assert.equal(listLine({ url, name: "http://x" }), '{"url":"http://a/1","name":"http://x"}\n');
  assert.equal(listLine({ url: "#1", headers: { A: "b" } }), '{"url":"#1","headers":{"A":"b"}}\n');
});

test("a bad line stays, under a comment that says why", async () => {
  const list = 'http://a/1\tx\ty\n{"url":1}\nhttp://a/2\n  bad=1\n  out=x\n';
  const entries = await entriesOf([list]);
  assert.ok(entries.every(isBadLine));
  const written = entries.map(listLine).join("");
  assert.match(
    written,
    /^# L:1: after the TAB .*\nhttp:\/\/a\/1\tx\ty\n# L:2: "url" must be a string\n\{"url":1\}\n# L:3: L:4: /,
  );
  const again = await entriesOf([written]);
  assert.deepEqual(
    again.map((entry) => isBadLine(entry) && entry.text),
    entries.map((entry) => isBadLine(entry) && entry.text),
  );
});

test("what can't be written so that it could be read is a comment", () => {
  assert.equal(listLine({ reason: "too\nlong", at: "L:1", text: "xxx", cut: true }), "# L:1: too long\n");
  assert.equal(listLine({ reason: "none", at: "item 1", text: "" }), "# item 1: none\n");
  assert.equal(
    listLine({ url: `http://a/${"x".repeat(65_536)}`, at: "L:3" }),
    "# L:3: left out, as its line is longer than 64 KiB\n",
  );
});

test("any items, written and read, are the same", async () => {
  const random = seeded(4);
  const pieces = [
    "a",
    "http://a/",
    "x y",
    "\t",
    "\n",
    "\r",
    " ",
    "#",
    "{",
    "}",
    "\ufeff",
    "\ufffd",
    "\ud800",
    "\u{1f600}",
    "ü",
    "=",
    "out=x",
    '"',
    "\\",
    ",",
    "\0",
    "\u2028",
    "\u00a0",
    "ftp://",
  ];
  const text = () => Array.from({ length: 1 + random(4) }, () => pieces[random(pieces.length)]).join("");
  const maybe = <T>(make: () => T) => (random(4) === 0 ? make() : undefined);
  const items: DownloadItem[] = Array.from({ length: 5000 }, () => {
    const fields = {
      name: maybe(text),
      mirrors: maybe(() => Array.from({ length: 1 + random(2) }, text)),
      dir: maybe(text),
      headers: maybe(() => ({ [text()]: text() })),
      checksum: maybe(text),
    };
    const given = Object.entries(fields).filter(([, value]) => value !== undefined);
    return { url: text(), ...(Object.fromEntries(given) as Partial<DownloadItem>) };
  });
  const list = items.map((item) => listLine(item)).join("");
  const read = await entriesOf([list]);
  const withoutPlace = ({ at: _, ...rest }: ListEntry) => rest;
  assert.deepEqual(read.map(withoutPlace), items);
});
