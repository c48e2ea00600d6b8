import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { InvalidUrlError } from "../src/index.ts";
import { addQuery, type Query, resolveBaseUrl, resolveUrl, showUrl } from "../src/urls.ts";

function resolve(url: string | URL, base?: URL): string {
  return resolveUrl("GET", url, base, "preparing the request").href;
}

describe("resolveUrl", () => {
  test("takes strings and URLs, and leaves the caller's URL alone", () => {
    const given = new URL("http://a/b");
    const resolved = resolveUrl("GET", given, undefined, "preparing the request");
    assert.notEqual(resolved, given);
    assert.equal(resolved.href, given.href);
    assert.equal(resolve("HTTPS://A:443/b c"), "https://a/b%20c");
  });

  test("resolves by the base", () => {
    const base = resolveBaseUrl("http://a/b/");
    assert.deepEqual(
      ["c", "/c", "?d", "http://e/", "../../c"].map((url) => resolve(url, base)),
      ["http://a/b/c", "http://a/c", "http://a/b/?d", "http://e/", "http://a/c"],
    );
  });

  test("says what to write for a relative one without a base", () => {
    assert.throws(() => resolve("/users/@me"), {
      name: "InvalidUrlError",
      code: "ERR_INVALID_URL",
      message: "GET /users/@me: not a URL; a relative one needs a session with a `baseUrl` while preparing the request",
    });
  });

  test("refuses other schemes and shows no credentials", () => {
    for (const [url, shown] of [
      ["ftp://ada:pw@a/b", "ftp://a/b"],
      ["ada:pw@a", "a"],
      ["http://ada:p/w@a:x/", "http://a:x/"],
      ["http://ada:p@w@a b/", "http://a b/"],
      ["//ada:pw@", ""],
    ] as const) {
      assert.throws(
        () => resolve(url),
        (error) => error instanceof InvalidUrlError && error.url === shown && !/ada|pw/.test(error.message),
        url,
      );
    }
  });
});

describe("a line break, a tab or a NUL in a URL", () => {
  for (const url of [
    "http://a.example/\r\nX-Evil: 1",
    "http://a.example\n.evil.example/",
    "http://a.example/a\tb",
    "http://a.example/\0",
    "/a\nb",
  ]) {
    test(`is refused, and shown escaped: ${JSON.stringify(url)}`, () => {
      assert.throws(
        () => resolve(url, new URL("http://base.example/")),
        (error: Error) => {
          assert.ok(error instanceof InvalidUrlError);
          assert.match(
            error.message,
            /not a URL; it has a line break, a tab or a NUL in it while preparing the request$/,
          );
          assert.ok(
            [...error.message, ...error.url].every((character) => character >= " "),
            error.message,
          );
          return true;
        },
      );
    });
  }

  test("is left out at the ends, as by URL", () => {
    assert.equal(resolve(" http://a.example/b\r\n"), "http://a.example/b");
  });

  test("of an URL object is escaped or gone already", () => {
    assert.equal(resolve(new URL("http://a.example/b\r\n\0c")), "http://a.example/b%00c");
  });
});

test("a base URL ends with a slash and has no query", () => {
  for (const url of ["http://a/b", "http://a/b/?c", "http://a/b/#c"]) {
    assert.throws(() => resolveBaseUrl(url), RangeError);
  }
  assert.equal(resolveBaseUrl("http://a").href, "http://a/");
});

test("addQuery keeps what is there as it is written", () => {
  const added = (url: string, params: Query) => {
    const target = new URL(url);
    addQuery(target, params);
    return target.href;
  };
  assert.equal(added("http://a/?b=%20&c", { d: 1 }), "http://a/?b=%20&c&d=1");
  assert.equal(added("http://a/#f", { d: [1, true, "x y"] }), "http://a/?d=1&d=true&d=x+y#f");
  assert.equal(added("http://a/", new URLSearchParams("b=1&b=2")), "http://a/?b=1&b=2");
  assert.equal(added("http://a/", [["b", "1"]]), "http://a/?b=1");
  assert.equal(added("http://a/?b", {}), "http://a/?b");
  assert.equal(added("http://a/?b", ""), "http://a/?b");
  assert.equal(added("http://a/?b", "?c=%20&d"), "http://a/?b&c=%20&d");
  assert.equal(
    added("http://a/", [
      ["n", 1],
      ["n", 2n],
      ["n", false],
    ]),
    "http://a/?n=1&n=2&n=false",
  );
  for (const [value, got] of [
    [undefined, "undefined"],
    [null, "null"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    [{}, "object"],
    [["x", undefined], "undefined"],
  ] as const) {
    const message = new RegExp(`^Expected \`params.q\` to be a string, a finite number or a boolean, got ${got}$`);
    assert.throws(() => added("http://a/", { q: value } as unknown as Query), { name: "TypeError", message });
  }
});

test("showUrl hides user name and password", () => {
  assert.equal(showUrl(new URL("http://ada:pw@a/b?c#d")), "http://a/b?c#d");
  assert.equal(showUrl(new URL("http://ada@a/")), "http://a/");
  assert.equal(showUrl(new URL("http://:pw@a/")), "http://a/");
});
