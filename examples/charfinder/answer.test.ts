import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { run, sleep } from "yieldfrom";
import { answer } from "./answer.ts";
import { CharIndex } from "./char-index.ts";
import type { Find } from "./finder.ts";

const NAMES: [number, string][] = [
  [0x26, "AMPERSAND"],
  [0x3c, "LESS-THAN SIGN"],
  [0x301, "COMBINING ACUTE ACCENT"],
  [0x1f408, "CAT"],
];
// More than a page has room for.
for (let codePoint = 0x3400; codePoint < 0x3800; codePoint++) NAMES.push([codePoint, "IDEOGRAPH"]);
const index = new CharIndex(new Map(NAMES.sort(([a], [b]) => a - b)));

const find: Find = function* (...args) {
  yield* sleep(0);
  return index.find(...args);
};

/** Answers a request for this path. */
async function ask(path: string, accept = "text/html", method = "GET") {
  const request = new Request(`http://localhost${path}`, { method, headers: { Accept: accept } });
  const response = await run(answer(request, find));
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The cells of the table's rows. */
function cells(text: string): string[][] {
  const rows = text.matchAll(/<tr><td>(.*?)<\/td><td><bdi>(.*?)<\/bdi><\/td><td>(.*?)<\/td><\/tr>/g);
  return [...rows].map(([, ...cells]) => cells);
}

describe("the page", () => {
  test("without a query: a form, and links with examples", async () => {
    const { status, headers, text } = await ask("/");
    assert.equal(status, 200);
    assert.equal(headers.get("Content-Type"), "text/html; charset=utf-8");
    assert.match(text, /<title>Charfinder<\/title>/);
    assert.match(text, /<input type="search" name="q" value=""/);
    assert.match(text, /<a href="\/\?q=chess">chess<\/a>/);
    assert.doesNotMatch(text, /<table|found/);
  });

  test("with what was found, in UTF-8", async () => {
    const { text } = await ask("/?q=cat");
    assert.match(text, /1 character found/);
    assert.deepEqual(cells(text), [["U+1F408", "🐈", "CAT"]]);
  });

  test("a mark that combines stands on a circle", async () => {
    assert.deepEqual(cells((await ask("/?q=acute")).text), [["U+0301", "\u25cc\u0301", "COMBINING ACUTE ACCENT"]]);
  });

  test("nothing found", async () => {
    const { status, text } = await ask("/?q=unicorn");
    assert.equal(status, 200);
    assert.match(text, /0 characters found/);
    assert.doesNotMatch(text, /<table/);
  });

  test("a part, with a link to the next", async () => {
    const first = await ask("/?q=ideograph");
    assert.match(first.text, /1024 characters found, 1 to 500 are here/);
    assert.equal(cells(first.text).length, 500);
    assert.match(first.text, /<a href="\/\?q=ideograph&amp;start=500" rel="next">/);
    const last = await ask("/?q=ideograph&start=1000");
    assert.match(last.text, /1024 characters found, 1001 to 1024 are here/);
    assert.equal(cells(last.text).length, 24);
    assert.doesNotMatch(last.text, /rel="next"/);
  });

  test("what comes from the query or is found is escaped", async () => {
    const { text, headers } = await ask(`/?q=${encodeURIComponent(`"><script>alert('&')</script>`)}`);
    assert.doesNotMatch(text, /<script/);
    assert.match(text, /value="&quot;&gt;&lt;script&gt;alert\(&#39;&amp;&#39;\)&lt;\/script&gt;"/);
    assert.match(headers.get("Content-Security-Policy") ?? "", /^default-src 'none'/);
    assert.deepEqual(cells((await ask("/?q=less")).text), [["U+003C", "&lt;", "LESS-THAN SIGN"]]);
    assert.deepEqual(cells((await ask("/?q=ampersand")).text), [["U+0026", "&amp;", "AMPERSAND"]]);
    assert.match((await ask("/%3Cscript%3E")).text, /There is nothing at \/%3Cscript%3E/);
  });
});

describe("JSON", () => {
  const CAT = {
    query: "cat",
    total: 1,
    start: 0,
    characters: [{ code: "U+1F408", character: "🐈", name: "CAT" }],
  };

  test("at /api, and at / to those who ask for it", async () => {
    for (const [path, accept] of [
      ["/api?q=cat", "*/*"],
      ["/api?q=cat", "text/html"],
      ["/?q=cat", "application/json"],
      ["/?q=cat", "application/json;q=0.9, */*;q=0.1"],
    ] as const) {
      const { headers, text } = await ask(path, accept);
      assert.equal(headers.get("Content-Type"), "application/json; charset=utf-8");
      assert.equal(headers.get("Vary"), "Accept");
      assert.deepEqual(JSON.parse(text), CAT);
    }
    const browser = await ask("/?q=cat", "text/html,application/xhtml+xml,*/*;q=0.8");
    assert.match(browser.headers.get("Content-Type") ?? "", /^text\/html/);
  });

  test("a part of what was found", async () => {
    const { total, start, characters } = JSON.parse((await ask("/api?q=ideograph&start=1023")).text);
    assert.deepEqual([total, start, characters.length, characters[0].code], [1024, 1023, 1, "U+37FF"]);
  });
});

describe("what is refused", () => {
  const REFUSALS: [string, string, number, RegExp][] = [
    ["GET", "/nowhere", 404, /There is nothing at \/nowhere/],
    ["GET", "/api/", 404, /There is nothing at \/api\//],
    ["POST", "/?q=cat", 405, /use GET, not POST/],
    ["GET", "/?q=cat&start=-1", 400, /Expected start to be a whole number/],
    ["GET", "/?q=cat&start=1e3", 400, /Expected start to be a whole number/],
    ["GET", "/api", 400, /Expected words to look for/],
  ];
  for (const [method, path, status, message] of REFUSALS) {
    test(`${method} ${path}: ${status}`, async () => {
      const page = await ask(path, "text/html", method);
      assert.deepEqual([page.status, page.headers.get("Allow")], [status, status === 405 ? "GET, HEAD" : null]);
      if (path !== "/api") assert.match(page.headers.get("Content-Type") ?? "", /^text\/html/);
      assert.match(page.text, message);
      const json = await ask(path, "application/json", method);
      assert.equal(json.status, status);
      assert.match(JSON.parse(json.text).error, message);
    });
  }
});
