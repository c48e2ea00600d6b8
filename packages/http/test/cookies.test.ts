import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { from, run } from "yieldfrom";
import { ClientSession, CookieJar, DummyCookieJar } from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { serve } from "./server.ts";

/** "/set?a=1" sets cookies, "/go?to=…&a=1" sets them and redirects; everything else answers with the Cookie header. */
function serveCookies() {
  return serve((request, response) => {
    const url = new URL(request.url ?? "", "http://a/");
    const to = url.searchParams.get("to");
    url.searchParams.delete("to");
    const cookies = [...url.searchParams].map(([name, value]) => `${name}=${value}`);
    if (cookies.length > 0) response.setHeader("set-cookie", cookies);
    if (to === null) response.end(request.headers.cookie ?? "");
    else response.writeHead(302, { location: to }).end();
  });
}

const held = (jar: CookieJar, url: string) => Object.fromEntries(jar.filterCookies(url));

describe("a session", () => {
  test("gives back the cookies that it was sent, to who sent them", async () => {
    await using server = await serveCookies();
    await using other = await serveCookies();
    await run(function* () {
      const at = `http://localhost:${server.port}`;
      const there = `http://127.0.0.1:${other.port}`;
      using session = new ClientSession({ cookieJar: new CookieJar({ unsafe: true }) });
      const ask = function* (url: string) {
        return yield* (yield* session.get(url)).text();
      };
      assert.equal(yield* ask(`${at}/`), "");
      const response = yield* session.get(`${at}/set?a=1&b=2;Path=/deep;HttpOnly;Max-Age=60`);
      const { cookies } = response;
      assert.deepEqual([...cookies.keys()], ["a", "b"]);
      assert.deepEqual(
        [cookies.get("a")?.value, cookies.get("b")?.httpOnly, cookies.get("b")?.maxAge],
        ["1", true, 60_000],
      );
      assert.equal(yield* response.text(), "");
      assert.equal(yield* ask(`${at}/`), "a=1");
      assert.equal(yield* ask(`${at}/deep/er`), "b=2; a=1");
      assert.equal(yield* ask(`${there}/`), "");
      yield* ask(`${at}/set?a=;Max-Age=0`);
      assert.equal(yield* ask(`${at}/`), "");
    });
  });

  test("takes and sends cookies on its way through redirects", async () => {
    await using server = await serveCookies();
    await using other = await serveCookies();
    await run(function* () {
      const at = `http://localhost:${server.port}`;
      const away = `http://127.0.0.1:${other.port}`;
      const url = (base: string, to: string, cookie: string) => `${base}/go?to=${encodeURIComponent(to)}&${cookie}`;
      using session = new ClientSession({ cookieJar: new CookieJar({ unsafe: true }), cookies: { mine: "0" } });
      const back = url(away, `${at}/end`, "b=2");
      const response = yield* session.get(url(at, back, "a=1"), { cookies: { own: "x" } });
      assert.equal(response.history.length, 2);
      assert.deepEqual([...(response.history[1]?.cookies.keys() ?? [])], ["b"]);
      // Home again, with the jar's cookie of home, but not with what was given for the first request.
      assert.equal(yield* response.text(), "a=1");
      assert.deepEqual(other.requests.length, 1);
      const { headers } = response.history[1]!.requestInfo;
      assert.equal(headers.get("cookie"), null);
      const same = yield* session.get(url(at, `${at}/end`, "c=3"), { cookies: { own: "x" } });
      assert.equal(yield* same.text(), "mine=0; a=1; c=3; own=x");
    });
  });

  test("sends its own cookies, the jar's over them, and the request's over both", async () => {
    await using server = await serveCookies();
    await run(function* () {
      const at = `http://localhost:${server.port}`;
      using session = new ClientSession({ baseUrl: `${at}/`, cookies: { a: "session", b: "session", c: "session" } });
      yield* (yield* session.get("set?b=jar&c=jar")).read();
      const sent = yield* (yield* session.get("", {
        cookies: [["c", "request"]],
        headers: { Cookie: "c=header; d=header" },
      })).text();
      assert.equal(sent, "a=session; b=jar; c=request; d=header");
      assert.equal(yield* (yield* session.get("")).text(), "a=session; b=jar; c=jar");
      // Those of a session with a base are for that base.
      assert.equal(yield* (yield* session.get(`http://127.0.0.1:${server.port}/`)).text(), "");
    });
  });

  test("shares a jar that it is given, and keeps none in a DummyCookieJar", async () => {
    await using server = await serveCookies();
    const url = `http://localhost:${server.port}`;
    await run(function* () {
      const cookieJar = new CookieJar();
      using first = new ClientSession({ cookieJar });
      yield* (yield* first.get(`${url}/set?a=1`)).read();
      using second = new ClientSession({ cookieJar });
      assert.equal(yield* (yield* second.get(url)).text(), "a=1");
      assert.equal(second.cookieJar, cookieJar);
      const dummy = new DummyCookieJar();
      using third = new ClientSession({ cookieJar: dummy });
      assert.equal((yield* third.get(`${url}/set?a=1`)).cookies.size, 1);
      assert.equal(yield* (yield* third.get(url)).text(), "");
      dummy.clear();
      dummy.clearDomain();
      assert.equal(dummy.filterCookies().size, 0);
    });
  });

  test("leaves out a cookie of the jar's that no header can hold", async () => {
    await using server = await serveCookies();
    await run(function* () {
      const url = `http://localhost:${server.port}/`;
      const cookieJar = new CookieJar();
      cookieJar.updateCookies(["bad=\x7f", "wide=中", "good=ü"], url);
      using session = new ClientSession({ cookieJar });
      assert.equal(yield* (yield* session.get(url)).text(), "good=ü");
    });
  });

  test("refuses cookies that would be something else on the wire", async () => {
    await run(function* () {
      using session = new ClientSession();
      for (const [name, value, what] of [
        ["a", "1; b=2", /cookie "a" to have a value that can be sent.*encodeURIComponent/],
        ["a", "1\r\nx: y", /cookie "a"/],
        ["a", "ü", /cookie "a"/],
        ["a;", "1", /name of a cookie to be a token.*"a;"/],
        ["a", 1 as unknown as string, /cookie "a".*got number/],
      ] as const) {
        const error = yield* failureOf(session.get("http://127.0.0.1/", { cookies: { [name]: value } }));
        assert.ok(error instanceof TypeError);
        assert.match(error.message, what);
        assert.throws(() => new ClientSession({ cookies: { [name]: value } }), TypeError);
      }
    });
  });
});

describe("a CookieJar", () => {
  test("keeps to the site", () => {
    const jar = new CookieJar();
    jar.updateCookies(
      ["host=1", "all=2; Domain=example.com", "foreign=3; Domain=evil.com", "tld=4; Domain=com"],
      "http://www.example.com/",
    );
    jar.updateCookies(["suffix=5; Domain=co.uk"], "http://a.co.uk/");
    assert.deepEqual(held(jar, "http://www.example.com/"), { host: "1", all: "2" });
    assert.deepEqual(held(jar, "http://example.com/"), { all: "2" });
    assert.deepEqual(held(jar, "http://other.example.com/"), { all: "2" });
    for (const url of ["http://evil.com/", "http://a.com/", "http://notexample.com/", "http://b.co.uk/"]) {
      assert.deepEqual(held(jar, url), {});
    }
    assert.equal(jar.size, 2);
  });

  test("gives secure cookies to https and to this machine, as browsers do", () => {
    const jar = new CookieJar({ unsafe: true });
    jar.updateCookies(["s=1; Secure"], "https://a.example/");
    jar.updateCookies(["open=1; Secure"], "http://a.example/");
    assert.deepEqual(held(jar, "https://a.example/"), { s: "1" });
    assert.deepEqual(held(jar, "http://a.example/"), {});
    for (const local of ["http://localhost/", "http://127.0.0.1:8080/", "http://x.localhost/"]) {
      jar.updateCookies(["l=1; Secure"], local);
      assert.deepEqual(held(jar, local), { l: "1" }, local);
    }
    const trusting = new CookieJar({ treatAsSecureOrigin: "http://intranet.example:8080" });
    trusting.updateCookies(["s=1; Secure"], "http://intranet.example:8080/");
    assert.deepEqual(held(trusting, "http://intranet.example:8080/"), { s: "1" });
    assert.deepEqual(held(trusting, "http://intranet.example/"), {});
  });

  test("takes none from addresses unless it is unsafe, as aiohttp's", () => {
    for (const url of ["http://127.0.0.1/", "http://[::1]/", "http://10.0.0.1:8080/"]) {
      const jar = new CookieJar();
      jar.updateCookies({ a: "1" }, url);
      assert.deepEqual([jar.isEmpty, held(jar, url)], [true, {}]);
      const unsafe = new CookieJar({ unsafe: true });
      unsafe.updateCookies({ a: "1" }, url);
      assert.deepEqual(held(unsafe, url), { a: "1" });
      assert.deepEqual(held(unsafe, "http://10.0.0.2/"), {});
    }
  });

  test("drops what it is told to", () => {
    const jar = new CookieJar();
    jar.updateCookies(["a=1", "b=2; Domain=example.com"], new URL("http://www.example.com/"));
    jar.updateCookies([["c", "3"]], "http://b.example/");
    assert.equal(inspect(jar), "<CookieJar 3 cookies>");
    assert.deepEqual([...jar].map(({ name }) => name).sort(), ["a", "b", "c"]);
    jar.clear(({ name, domain }) => name === "a" && domain === "www.example.com");
    assert.deepEqual([...jar].map(({ name }) => name).sort(), ["b", "c"]);
    jar.clearDomain("example.com");
    assert.deepEqual(
      [...jar].map(({ name }) => name),
      ["c"],
    );
    jar.clear();
    assert.ok(jar.isEmpty);
    assert.deepEqual(held(jar, "http://b.example/"), {});
  });

  test("leaves out what is malformed, and refuses what its caller got wrong", () => {
    const jar = new CookieJar();
    jar.updateCookies(["", "=", ";;;", "ok=1"], "http://a.example/");
    assert.deepEqual(held(jar, "http://a.example/"), { ok: "1" });
    assert.throws(() => jar.updateCookies({ "a b": "1" }, "http://a.example/"), /name of a cookie/);
    assert.throws(() => jar.updateCookies({ a: "1" }, "a.example"), TypeError);
    assert.throws(() => jar.fromJSON({}), /what CookieJar.toJSON\(\) gave/);
  });

  test("is saved and loaded, readable by its owner alone", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cookies-"));
    try {
      const path = join(folder, "jar.json");
      await run(function* () {
        const jar = new CookieJar();
        jar.updateCookies(["a=1; Max-Age=1000", "b=2; Secure"], "https://a.example/");
        yield* jar.save(path);
        yield* jar.save(path);
        const loaded = new CookieJar();
        yield* loaded.load(path);
        assert.deepEqual(held(loaded, "https://a.example/"), { a: "1", b: "2" });
        assert.deepEqual(held(loaded, "http://a.example/"), { a: "1" });
        assert.match(String(yield* failureOf(loaded.load(join(folder, "none")))), /ENOENT/);
        yield* from(writeFile(join(folder, "bad"), "{}"));
        assert.ok((yield* failureOf(loaded.load(join(folder, "bad")))) instanceof TypeError);
        assert.equal(loaded.size, 2);
        assert.match(String(yield* failureOf(jar.save(join(folder, "none", "jar")))), /ENOENT/);
      });
      assert.deepEqual((await readdir(folder)).sort(), ["bad", "jar.json"]);
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      assert.equal(JSON.parse(await readFile(path, "utf8")).cookies.length, 2);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test("a jar does not grow with all that servers set, and keeps what is used and what was loaded", (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 1000 });
  const jar = new CookieJar();
  jar.updateCookies({ own: "1" }, "http://own.example/");
  const given = new CookieJar();
  given.fromJSON(jar.toJSON());
  for (let i = 0; i < 10_000; i++) {
    t.mock.timers.tick(1);
    given.updateCookies([`id=${i}; Path=/`], `http://host${i}.example/`);
    given.filterCookies("http://host7.example/");
    if (i % 100 === 0) assert.ok(given.size <= 3001);
  }
  assert.ok(given.size > 1500);
  assert.deepEqual(held(given, "http://own.example/"), { own: "1" });
  assert.deepEqual(held(given, "http://host7.example/"), { id: "7" });
  assert.deepEqual(held(given, "http://host9999.example/"), { id: "9999" });
  assert.deepEqual(held(given, "http://host8.example/"), {});
  assert.equal(given.isEmpty, false);
});

test("a cookie that has ended is none that the jar has", () => {
  const jar = new CookieJar();
  const url = "https://flags.example/";
  const set = (...headers: string[]) => {
    jar.updateCookies(headers, url);
    return `${[...jar].map(({ name, value }) => `${name}=${value}`)} ${jar.size} ${jar.isEmpty}`;
  };
  assert.equal(set("a=1; Max-Age=0"), " 0 true");
  assert.equal(set("a=1", "b=1; Max-Age=60"), "a=1,b=1 2 false");
  assert.equal(set("b=2; Expires=Fri, 01 Jan 2100 00:00:00 GMT"), "a=1,b=2 2 false");
  assert.equal(set("a=; Max-Age=0"), "b=2 1 false");
  assert.equal(set("b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"), " 0 false");
  assert.equal(set("c=3"), "c=3 1 false");
  jar.clear(({ name }) => name === "c");
  assert.ok(jar.isEmpty);
});
