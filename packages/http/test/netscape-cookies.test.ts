import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { cancelEverywhere } from "@yieldfrom/testing";
import { peer, python } from "@yieldfrom/testing/peers";
import { run } from "yieldfrom";
import { ClientSession, CookieJar, type CookieJarOptions, type LoadedCookies } from "../src/index.ts";
import { formatNetscape, parseNetscapeLine } from "../src/netscape-cookies.ts";
import { failureOf } from "./failure-of.ts";
import { leavesNothing } from "./leaves-nothing.ts";
import { serve } from "./server.ts";

leavesNothing();

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "cookies-"));
});
after(() => rm(folder, { recursive: true }));

const LATER = Math.floor(Date.now() / 1000) + 100_000;
const line = (...fields: (string | number)[]) => fields.join("\t");

/** What is loaded from a file with these lines, and the jar then. */
async function loaded(
  lines: readonly string[] | string,
  options: CookieJarOptions = {},
): Promise<{ jar: CookieJar; result: LoadedCookies }> {
  const path = join(folder, "in.txt");
  await writeFile(path, typeof lines === "string" ? lines : `${lines.join("\n")}\n`);
  return run(function* () {
    const jar = new CookieJar(options);
    const result = yield* jar.loadNetscape(path);
    return { jar, result };
  });
}

const at = (jar: CookieJar, url: string) => Object.fromEntries(jar.filterCookies(url));

describe("a line", () => {
  const cookie = {
    domain: "a.example",
    subdomains: true,
    path: "/p",
    secure: false,
    expires: LATER,
    name: "n",
    value: "v",
    httpOnly: false,
  };
  for (const [text, expected] of [
    [line(".a.example", "TRUE", "/p", "FALSE", LATER, "n", "v"), cookie],
    [line("a.example", "TRUE", "/p", "FALSE", LATER, "n", "v"), cookie],
    [line("A.Example", "true", "/p", "false", LATER, "n", "v"), cookie],
    [
      line(".a.example", "FALSE", "/p", "TRUE", 0, "n", "v"),
      { ...cookie, subdomains: false, secure: true, expires: 0 },
    ],
    [line("#HttpOnly_.a.example", "TRUE", "/p", "FALSE", LATER, "n", "v"), { ...cookie, httpOnly: true }],
    [line(".a.example", "TRUE", "/p", "FALSE", `${LATER}.75`, "n", "v"), cookie],
    [line(".a.example", "TRUE", "/p", "FALSE", "", "n", "v"), { ...cookie, expires: 0 }],
    [line(".a.example", "TRUE", "/p", "FALSE", "999999999999999", "n", "v"), { ...cookie, expires: 253_402_300_799 }],
    [line(".a.example", "TRUE", "/p", "FALSE", LATER, "n", ""), { ...cookie, value: "" }],
    [line(".a.example", "TRUE", "/p", "FALSE", LATER, "n"), { ...cookie, value: "" }],
    [line(".a.example", "TRUE", "/p", "FALSE", LATER, "n", 'a b="c",d '), { ...cookie, value: 'a b="c",d ' }],
    [
      line("XN--bcher-kva.example", "TRUE", "/p", "FALSE", LATER, "n", "v"),
      { ...cookie, domain: "xn--bcher-kva.example" },
    ],
    [line("[::1]", "FALSE", "/p", "FALSE", LATER, "n", "v"), { ...cookie, domain: "[::1]", subdomains: false }],
    ["", null],
    ["   ", null],
    ["# Netscape HTTP Cookie File", null],
    [`#${line(".a.example", "TRUE", "/p", "FALSE", LATER, "n", "v")}`, null],
    ["#HttpOnly_", null],
  ] as const) {
    test(JSON.stringify(text), () => assert.deepEqual(parseNetscapeLine(text), expected));
  }

  for (const [text, reason] of [
    ["a.example TRUE / FALSE 0 n v", /^it has not 7 fields between tabs \(.+\) but 1$/],
    [line("a.example", "TRUE", "/", "FALSE", 0), /but 5$/],
    [line("a.example", "TRUE", "/", "FALSE", 0, "n", "v", "w"), /but 8$/],
    [line("", "TRUE", "/", "FALSE", 0, "n", "v"), /domain is no host name/],
    [line(".", "TRUE", "/", "FALSE", 0, "n", "v"), /domain is no host name/],
    [line("bücher.example", "TRUE", "/", "FALSE", 0, "n", "v"), /domain is no host name/],
    [line("a b", "TRUE", "/", "FALSE", 0, "n", "v"), /domain is no host name/],
    [line("ada@a.example", "TRUE", "/", "FALSE", 0, "n", "v"), /domain is no host name/],
    [line("a.example/x", "TRUE", "/", "FALSE", 0, "n", "v"), /domain is no host name/],
    [line("a.example:80", "TRUE", "/", "FALSE", 0, "n", "v"), /domain is no host name/],
    [line("a.example", "yes", "/", "FALSE", 0, "n", "v"), /TRUE or FALSE/],
    [line("a.example", "TRUE", "/", "1", 0, "n", "v"), /TRUE or FALSE/],
    [line("a.example", "TRUE", "x", "FALSE", 0, "n", "v"), /path does not begin with/],
    [line("a.example", "TRUE", "", "FALSE", 0, "n", "v"), /path does not begin with/],
    [line("a.example", "TRUE", "/", "FALSE", "tomorrow", "n", "v"), /expiry is not a number/],
    [line("a.example", "TRUE", "/", "FALSE", "1e9", "n", "v"), /expiry is not a number/],
    [line("a.example", "TRUE", "/", "FALSE", 0, "", "v"), /no cookie has/],
    [line("a.example", "TRUE", "/", "FALSE", 0, "n=m", "v"), /no cookie has/],
    [line("a.example", "TRUE", "/", "FALSE", 0, "n", "v; Domain=com"), /no cookie has/],
    [line("a.example", "TRUE", "/", "FALSE", 0, "n", "v\0"), /no cookie has/],
    [line("a.example", "TRUE", "/\x1b[2J", "FALSE", 0, "n", "v"), /no cookie has/],
  ] as const) {
    test(`that is none: ${JSON.stringify(text)}`, () => {
      const said = parseNetscapeLine(text);
      assert.ok(typeof said === "string");
      assert.match(said, reason);
    });
  }
});

describe("a file of cookies that is loaded", () => {
  test("has them sent where they belong", async () => {
    const { jar, result } = await loaded([
      "# Netscape HTTP Cookie File",
      "",
      line(".a.example", "TRUE", "/", "FALSE", LATER, "all", "1"),
      line("a.example", "FALSE", "/", "FALSE", LATER, "host", "2"),
      line(".a.example", "FALSE", "/", "FALSE", LATER, "dotted", "3"),
      line("a.example", "TRUE", "/deep", "FALSE", 0, "deep", "4"),
      line("#HttpOnly_a.example", "FALSE", "/", "TRUE", 0, "secure", "5"),
    ]);
    assert.deepEqual(result, { loaded: 5, skipped: [] });
    assert.deepEqual(at(jar, "http://a.example/"), { all: "1", host: "2", dotted: "3" });
    assert.deepEqual(at(jar, "http://sub.a.example/"), { all: "1" });
    assert.deepEqual(at(jar, "http://aa.example/"), {});
    assert.deepEqual(at(jar, "https://a.example/deep/er"), {
      deep: "4",
      all: "1",
      host: "2",
      dotted: "3",
      secure: "5",
    });
    const { httpOnly, expires } = [...jar].find(({ name }) => name === "secure")!;
    assert.deepEqual([httpOnly, expires], [true, null]);
    assert.equal([...jar].find(({ name }) => name === "all")!.expires?.getTime(), LATER * 1000);
  });

  test("is added to what the jar has, and replaces what is of the same name", async () => {
    const { jar } = await loaded([line("a.example", "FALSE", "/", "FALSE", 0, "n", "old")]);
    jar.updateCookies(["other=1"], "http://a.example/");
    const path = join(folder, "more.txt");
    await writeFile(path, line("a.example", "FALSE", "/", "FALSE", 0, "n", "new"));
    await run(() => jar.loadNetscape(path));
    assert.deepEqual(at(jar, "http://a.example/"), { n: "new", other: "1" });
  });

  test("says which lines were skipped, and why, but not what was in them", async () => {
    const { jar, result } = await loaded([
      "# comment",
      line("com", "TRUE", "/", "FALSE", LATER, "a", "s3cret"),
      line(".Co.UK", "TRUE", "/", "FALSE", LATER, "b", "s3cret"),
      line("github.io", "TRUE", "/", "FALSE", LATER, "c", "s3cret"),
      line("github.io", "FALSE", "/", "FALSE", LATER, "fine", "1"),
      line("127.0.0.1", "FALSE", "/", "FALSE", LATER, "d", "s3cret"),
      line("a.example", "FALSE", "/", "FALSE", 1, "e", "s3cret"),
      line("a.example", "FALSE", "/", "FALSE", -5, "f", "s3cret"),
      line("a.example", "TRUE", "/", "TRUE", 0, "__Host-g", "s3cret"),
      line("a.example", "FALSE", "/", "FALSE", 0, "__Secure-h", "s3cret"),
      "s3cret",
    ]);
    assert.equal(result.loaded, 1);
    assert.deepEqual(
      result.skipped.map((one) => [one.line, one.reason.split(/[(,]/)[0]]),
      [
        [2, "its domain is a public suffix"],
        [3, "its domain is a public suffix"],
        [4, "its domain is a public suffix"],
        [6, "its domain is an address"],
        [7, "it has expired"],
        [8, "it has expired"],
        [9, "its name's prefix asks for what it is not"],
        [10, "its name's prefix asks for what it is not"],
        [11, "it has not 7 fields between tabs "],
      ],
    );
    assert.doesNotMatch(JSON.stringify(result), /s3cret/);
    assert.deepEqual(
      [...jar].map(({ name }) => name),
      ["fine"],
    );
    assert.deepEqual(at(jar, "http://x.github.io/"), {});
  });

  test("leaves what has expired there as it is here", async () => {
    const { jar } = await loaded([line("a.example", "FALSE", "/", "FALSE", LATER, "n", "kept")]);
    const path = join(folder, "more.txt");
    await writeFile(path, line("a.example", "FALSE", "/", "FALSE", 5, "n", "late"));
    await run(() => jar.loadNetscape(path));
    assert.deepEqual(at(jar, "http://a.example/"), { n: "kept" });
  });

  test("may be of addresses, if the jar is `unsafe`", async () => {
    for (const flag of ["TRUE", "FALSE"]) {
      const lines = ["127.0.0.1", "[::1]"].map((host) => line(host, flag, "/", "FALSE", LATER, "n", "v"));
      const { jar, result } = await loaded(lines, { unsafe: true });
      assert.deepEqual(result, { loaded: 2, skipped: [] });
      assert.deepEqual([at(jar, "http://127.0.0.1/"), at(jar, "http://[::1]/")], [{ n: "v" }, { n: "v" }]);
    }
  });

  test("may have CRLF, a byte order mark, and nothing at its end", async () => {
    const lines = ["\uFEFF# HTTP Cookie File", "", line("a.example", "FALSE", "/", "FALSE", 0, "n", "v")];
    const { jar, result } = await loaded(lines.join("\r\n"));
    assert.deepEqual([result, at(jar, "http://a.example/")], [{ loaded: 1, skipped: [] }, { n: "v" }]);
    assert.deepEqual((await loaded("")).result, { loaded: 0, skipped: [] });
    assert.deepEqual((await loaded("\uFEFFa.example\tFALSE\t/\tFALSE\t0\tn\tv")).result.loaded, 1);
  });

  test("keeps the bytes of a value as they are", async () => {
    const { jar } = await loaded([line("localhost", "FALSE", "/", "FALSE", 0, "n", "größe")]);
    await using server = await serve((request, response) => {
      response.end(Buffer.from(request.headers.cookie ?? "", "latin1"));
    });
    await run(function* () {
      using session = new ClientSession({ cookieJar: jar, connector: { family: 4 } });
      using response = yield* session.get(`http://localhost:${server.port}/`);
      assert.equal(yield* response.text(), "n=größe");
      const path = join(folder, "bytes.txt");
      yield* jar.saveNetscape(path);
      const again = new CookieJar();
      yield* again.loadNetscape(path);
      assert.deepEqual([...again], [...jar]);
    });
    assert.match(await readFile(join(folder, "bytes.txt"), "utf8"), /\tgröße\n$/);
  });

  test("that is another kind of file is an error, which names the first line", async () => {
    for (const text of ['[\n{"name": "s3cret"}\n]', "\x7fELF\x01s3cret", "a.example FALSE / FALSE 0 n s3cret"]) {
      await assert.rejects(loaded(text), (error: Error) => {
        assert.ok(error instanceof SyntaxError);
        assert.match(error.message, /in\.txt has no cookie in Netscape's form; line 1: it has not 7 fields/);
        assert.doesNotMatch(error.message, /s3cret/);
        return true;
      });
    }
    const missing = join(folder, "missing");
    await run(function* () {
      const error = yield* failureOf(new CookieJar().loadNetscape(missing));
      assert.equal((error as { code?: string }).code, "ENOENT");
    });
  });
});

describe("a file of cookies that is saved", () => {
  const saved = async (jar: CookieJar, path = join(folder, "out.txt")) => {
    await run(() => jar.saveNetscape(path));
    return readFile(path, "latin1");
  };

  test("has a line for each", async () => {
    const jar = new CookieJar();
    jar.updateCookies(
      [
        "a=1",
        "b=2; Domain=a.example; Path=/p; Secure; HttpOnly",
        `c=3; Expires=${new Date(LATER * 1000).toUTCString()}`,
        "gone=4; Max-Age=0",
      ],
      "https://sub.a.example/x/y",
    );
    const lines = (await saved(jar)).split("\n");
    assert.equal(lines[0], "# Netscape HTTP Cookie File");
    assert.deepEqual(lines.filter((text) => /^[^#]|^#HttpOnly/.test(text)).sort(), [
      line("#HttpOnly_.a.example", "TRUE", "/p", "TRUE", 0, "b", 2),
      line("sub.a.example", "FALSE", "/x", "FALSE", 0, "a", 1),
      line("sub.a.example", "FALSE", "/x", "FALSE", LATER, "c", 3),
    ]);
    jar.updateCookies(["d=4; Max-Age=60"], "https://a.example/");
    const [, expiry] = /^a\.example\tFALSE\t\/\tFALSE\t(\d+)\td\t4$/m.exec(await saved(jar)) ?? [];
    assert.ok(Math.abs(Number(expiry) - Date.now() / 1000 - 60) < 30, String(expiry));
  });

  test("is the same when it is loaded and saved again", async () => {
    const jar = new CookieJar({ unsafe: true });
    jar.updateCookies(
      ["a=1", "b=2; Domain=a.example; Path=/p; Secure; HttpOnly", "c=; Max-Age=999"],
      "https://a.example/",
    );
    jar.updateCookies(["d=4"], "http://127.0.0.1/");
    const text = await saved(jar);
    const again = new CookieJar({ unsafe: true });
    const result = await run(() => again.loadNetscape(join(folder, "out.txt")));
    assert.deepEqual(result, { loaded: 4, skipped: [] });
    assert.equal(await saved(again), text);
  });

  test("can't be made to say another cookie than there is", () => {
    const cookie = { domain: "a.example", subdomains: false, path: "/", secure: false, expires: 0, httpOnly: false };
    const bad = [
      { ...cookie, name: "n", value: "v\n.com\tTRUE\t/\tFALSE\t0\tevil\t1" },
      { ...cookie, name: "n", value: "v", path: "/\tTRUE" },
      { ...cookie, name: "n\r", value: "v" },
      { ...cookie, name: "", value: "v" },
      { ...cookie, name: "n", value: "国" },
    ];
    const good = { ...cookie, name: "good", value: "1", expires: -5 };
    const lines = formatNetscape([...bad, good]).split("\n");
    assert.deepEqual(
      lines.filter((text) => /^[^#]/.test(text)),
      [line("a.example", "FALSE", "/", "FALSE", 0, "good", 1)],
    );
  });

  test("may be read by its owner only, and never by more than before (CVE-2022-32207)", async () => {
    const jar = new CookieJar();
    jar.updateCookies(["a=1"], "http://a.example/");
    const path = join(folder, "modes.txt");
    const umask = process.umask(0);
    try {
      for (const [before, expected] of [
        [undefined, 0o600],
        [0o644, 0o600],
        [0o666, 0o600],
        [0o400, 0o400],
        [0o600, 0o600],
      ] as const) {
        await rm(path, { force: true });
        if (before !== undefined) {
          await writeFile(path, "old");
          await chmod(path, before);
        }
        for (const save of ["save", "saveNetscape"] as const) {
          await run(() => jar[save](path));
          assert.equal((await stat(path)).mode & 0o777, expected);
        }
        assert.match(await readFile(path, "utf8"), /a\.example/);
      }
    } finally {
      process.umask(umask);
    }
  });

  test("replaces a link, and does not write where it leads", async () => {
    const target = join(folder, "target");
    const path = join(folder, "link.txt");
    await writeFile(target, "mine");
    await symlink(target, path);
    assert.match(await saved(new CookieJar(), path), /^# Netscape/);
    assert.equal(await readFile(target, "utf8"), "mine");
  });

  test("stays as it was, and leaves nothing beside it, when it can't be written", async () => {
    const inner = await mkdtemp(join(folder, "dir-"));
    await run(function* () {
      const jar = new CookieJar();
      assert.equal(((yield* failureOf(jar.saveNetscape(inner))) as { code?: string }).code, "EISDIR");
      const error = yield* failureOf(jar.saveNetscape(join(inner, "missing", "x")));
      assert.equal((error as { code?: string }).code, "ENOENT");
    });
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.endsWith(".part")),
      [],
    );
  });

  test("cancelled at any point, leaves nothing", async () => {
    const inner = await mkdtemp(join(folder, "dir-"));
    const path = join(inner, "cookies.txt");
    await cancelEverywhere(function* () {
      const jar = new CookieJar();
      jar.updateCookies(["a=1"], "http://a.example/");
      yield* jar.saveNetscape(path);
      yield* jar.loadNetscape(path);
    });
    assert.deepEqual(await readdir(inner), ["cookies.txt"]);
  });
});

describe("curl", peer("curl"), () => {
  const curl = (...args: string[]) => promisify(execFile)(peer("curl").path, ["-s", "--noproxy", "*", ...args]);

  test("reads what was saved, and writes what can be loaded", async () => {
    await using server = await serve((request, response) => {
      const cookies = ["fresh=1; Max-Age=1000; HttpOnly", "until=2; Path=/sub"];
      response.writeHead(200, { "set-cookie": cookies }).end(request.headers.cookie);
    });
    const ours = join(folder, "ours.txt");
    const theirs = join(folder, "theirs.txt");
    await run(function* () {
      const jar = new CookieJar({ unsafe: true });
      jar.updateCookies(["a=1", "b=2; HttpOnly; Max-Age=100", "c=3; Path=/elsewhere", "d=4; Secure"], server.origin);
      yield* jar.saveNetscape(ours);
    });
    const { stdout } = await curl("-b", ours, "-c", theirs, `${server.origin}/`);
    assert.deepEqual(stdout.split("; ").sort(), ["a=1", "b=2", "d=4"]); // To this machine Secure ones go in the open too.
    const jar = new CookieJar({ unsafe: true });
    const result = await run(() => jar.loadNetscape(theirs));
    assert.deepEqual(result, { loaded: 6, skipped: [] });
    assert.deepEqual(at(jar, `${server.origin}/sub`), { until: "2", a: "1", b: "2", d: "4", fresh: "1" });
  });
});

describe("Python's MozillaCookieJar", python(), () => {
  const SCRIPT = `
import http.cookiejar, sys
jar = http.cookiejar.MozillaCookieJar(sys.argv[1])
jar.load(ignore_discard=True)
jar.set_cookie(http.cookiejar.Cookie(0, "c", "3", None, False, "b.example", False, False, "/", True, False, None, True, None, None, {}))
for cookie in sorted(jar, key=lambda cookie: cookie.name):
    print(cookie.domain, cookie.path, cookie.secure, cookie.expires, cookie.name, cookie.value, cookie.has_nonstandard_attr("HTTPOnly"))
jar.save(sys.argv[2], ignore_discard=True)
`;

  test("reads what was saved, and writes what can be loaded", async () => {
    const [ours, theirs] = [join(folder, "ours.txt"), join(folder, "theirs.txt")];
    const jar = new CookieJar();
    jar.updateCookies(
      ["a=1", `b=2; Domain=a.example; Secure; HttpOnly; Expires=${new Date(LATER * 1000).toUTCString()}`],
      "https://a.example/",
    );
    await run(() => jar.saveNetscape(ours));
    const { stdout } = await promisify(execFile)(python().path, ["-c", SCRIPT, ours, theirs]);
    // It takes 0 for a time long ago, and leaves the expiry empty where there is none.
    assert.equal(stdout, `.a.example / True ${LATER} b 2 True\nb.example / False None c 3 False\n`);
    const again = new CookieJar();
    assert.deepEqual(await run(() => again.loadNetscape(theirs)), { loaded: 2, skipped: [] });
    assert.deepEqual([at(again, "https://a.example/"), at(again, "http://b.example/")], [{ b: "2" }, { c: "3" }]);
  });
});
