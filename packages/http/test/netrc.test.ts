import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { inspect, promisify } from "node:util";
import { cancelEverywhere } from "@yieldfrom/testing";
import { peer } from "@yieldfrom/testing/peers";
import { type Coroutine, run } from "yieldfrom";
import { BasicAuth, ClientSession, type ClientSessionOptions, Netrc, NetrcError, request } from "../src/index.ts";
import { certificate } from "./certificates.ts";
import { failureOf } from "./failure-of.ts";
import { leavesNothing } from "./leaves-nothing.ts";
import { serve, TestServer } from "./server.ts";

leavesNothing();

const pairOf = (auth: BasicAuth | undefined) => (auth === undefined ? undefined : `${auth.login}:${auth.password}`);

describe("a netrc says", () => {
  for (const [text, expected] of [
    ["machine a login b password c", "b:c"],
    ["machine a\n\tlogin b\r\n  password c\r\n", "b:c"],
    ["\uFEFFmachine a login b password c", "b:c"],
    ["machine A login b password c", "b:c"],
    ["machine a user b account x password c", "b:c"],
    ["machine a password c login b", "b:c"],
    ["machine a login b", "b:"],
    ["machine a password c", ":c"],
    ["machine a", undefined],
    ["", undefined],
    ["machine other login b password c", undefined],
    ["machine a.b login b password c", undefined],
    // Quotes and escapes.
    ['machine a login "b" password "c d\\"e\\\\f"', 'b:c d"e\\f'],
    ['machine a login b password ""', "b:"],
    ['machine a login b password c\\ d\\\\e\\"f', 'b:c d\\e"f'],
    ['machine a login b password c"d"', 'b:c"d"'],
    ['machine "a" login b password c', "b:c"],
    ["machine a login b password größe✓", "b:größe✓"],
    // Comments, and what looks like one.
    ["# machine a login x password y\nmachine a login b password c", "b:c"],
    ["#\nmachine a login b password c # login x\n# password y", "b:c"],
    ["machine a # machine x\nlogin b #password y\npassword c", "b:c"],
    ["machine a login b password #c", "b:#c"],
    ["machine a login #b password c#d", "#b:c#d"],
    // Which of several counts.
    ["machine a login b password c\nmachine a login x password y", "b:c"],
    ["machine a\nmachine a login x password y", undefined],
    ["machine a login x login b password c", "b:c"],
    ["default login b password c", "b:c"],
    ["machine other login x password y\ndefault login b password c", "b:c"],
    ["default login x password y\nmachine a login b password c", "b:c"],
    ["default login b password c\ndefault login x password y", "b:c"],
    // An entry without anything is one: no credentials, and not another's either (CVE-2024-11053, CVE-2025-0167).
    ["machine other login x password y\nmachine a\ndefault login x password y", undefined],
    ["machine other login x password y\ndefault", undefined],
    ["machine other login x password y\ndefault\nmachine a", undefined],
    // Macros.
    ["macdef m\nmachine a login x password y\n\nmachine a login b password c", "b:c"],
    ["macdef m\r\nmachine a login x password y\r\n\r\nmachine a login b password c", "b:c"],
    ["machine a login b password c\nmacdef init\nmachine a\n  default login x\n", "b:c"],
    ["machine other login x\nmacdef m\n\nmachine a login b password c", "b:c"],
    ["macdef m\nmachine a login x password y", undefined],
  ] as const) {
    test(JSON.stringify(text), () => {
      assert.equal(pairOf(Netrc.parse(text).find("a")), expected);
    });
  }

  test("an address of version 6 with or without brackets", () => {
    for (const host of ["::1", "[::1]"]) {
      assert.equal(pairOf(Netrc.parse(`machine ${host} login b`).find(new URL("http://[::1]/").hostname)), "b:");
    }
  });

  test("its default to nobody whom a redirect led to", () => {
    const netrc = Netrc.parse("machine a login b password c\ndefault login d password e");
    const found = [{}, { redirected: true }].map((options) => [
      pairOf(netrc.find("a", options)),
      pairOf(netrc.find("x", options)),
    ]);
    assert.deepEqual(found, [
      ["b:c", "d:e"],
      ["b:c", undefined],
    ]);
  });

  for (const [text, message] of [
    ["\nhello", /^f:2: a word that is none of machine, default, macdef, login, password, account$/],
    ["machine a login b password s3cret s3cret", /^f:1: a word that is none of/],
    ["login b", /^f:1: a word that is none of/],
    ["machine", /^f:1: nothing after machine$/],
    ["machine a\nlogin\n\n", /^f:2: nothing after login$/],
    ["machine a login b\npassword", /^f:2: nothing after password$/],
    ['machine a login b\npassword "s3cret\nx\n', /^f:2: a word that begins with " and does not end$/],
    ['machine a login b password "s3cret\\"', /^f:1: a word that begins with "/],
    ["machine a login s3cret:x", /^f:1: a login with ":", which HTTP can't send$/],
  ] as const) {
    test(`nothing if it is malformed: ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => Netrc.parse(text, "f"),
        (error: Error) => {
          assert.ok(error instanceof NetrcError && error.code === "ERR_NETRC");
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /s3cret/);
          return true;
        },
      );
    });
  }

  test("nothing of it when it is printed", () => {
    const netrc = Netrc.parse("machine a login b password s3cret");
    assert.deepEqual([String(netrc), inspect({ netrc })], ["<Netrc 1 host>", "{ netrc: <Netrc 1 host> }"]);
    assert.equal(`${Netrc.parse("")}`, "<Netrc 0 hosts>");
    const inSession = inspect(new ClientSession({ netrc }), { depth: 9 });
    assert.doesNotMatch(inSession, /s3cret/);
  });

  test("much, in time that grows with its length", () => {
    const start = performance.now();
    const hosts = Array.from({ length: 20_000 }, (_, i) => `machine h${i} login "l${i}" password p\\\\${i} # x\n`);
    assert.equal(pairOf(Netrc.parse(hosts.join("")).find("h19999")), "l19999:p\\19999");
    assert.throws(() => Netrc.parse(`machine a login "${"\\\\".repeat(500_000)}`), NetrcError);
    assert.ok(performance.now() - start < 5000);
  });
});

describe("a netrc file", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "netrc-"));
  });
  after(() => rm(folder, { recursive: true }));

  /** With a home directory of this name, and NETRC. */
  async function at<T>(home: string, netrc: string | undefined, body: () => T | Promise<T>): Promise<T> {
    const env = process.env as { HOME?: string; NETRC?: string };
    const { HOME, NETRC } = env;
    env.HOME = home;
    if (netrc === undefined) delete env.NETRC;
    else env.NETRC = netrc;
    try {
      return await body();
    } finally {
      if (HOME === undefined) delete env.HOME;
      else env.HOME = HOME;
      if (NETRC === undefined) delete env.NETRC;
      else env.NETRC = NETRC;
    }
  }

  test("is the one that is named, NETRC's, or that of the home directory", async () => {
    const named = join(folder, "named");
    await writeFile(named, "machine a login named password x", { mode: 0o644 });
    await writeFile(join(folder, ".netrc"), "machine a login home password x", { mode: 0o600 });
    await at(folder, undefined, () => {
      assert.equal(homedir(), folder);
      assert.equal(Netrc.read().find("a")?.login, "home");
      assert.equal(Netrc.read(named).find("a")?.login, "named");
    });
    await at(folder, named, () => assert.equal(Netrc.read().find("a")?.login, "named"));
    await at(join(folder, "nobody"), undefined, () => assert.equal(Netrc.read().find("a"), undefined));
    await at(named, undefined, () => assert.equal(Netrc.read().find("a"), undefined));
  });

  test("that is named and is not there, or can't be read, is an error", async () => {
    const missing = join(folder, "missing");
    for (const read of [() => Netrc.read(missing), () => at(folder, missing, () => Netrc.read())]) {
      await assert.rejects(
        async () => read(),
        (error: Error) => {
          assert.ok(error instanceof NetrcError);
          assert.match(error.message, /missing could not be read: ENOENT/);
          return true;
        },
      );
    }
    assert.throws(() => Netrc.read(folder), /could not be read: EISDIR/);
    const bad = join(folder, "bad");
    await writeFile(bad, "\n\nwhat is this");
    assert.throws(() => Netrc.read(bad), { name: "NetrcError", message: /^.+bad:3: a word that is none of machine/ });
  });

  test("of the home directory may be read by its owner only, if it has passwords", async () => {
    const home = await mkdtemp(join(folder, "home-"));
    const file = join(home, ".netrc");
    await writeFile(file, "machine a login b password s3cret\nmachine c login anonymous");
    for (const mode of [0o644, 0o640, 0o602, 0o604]) {
      await chmod(file, mode);
      await at(home, undefined, () => {
        const netrc = Netrc.read();
        assert.deepEqual([pairOf(netrc.find("c")), netrc.find("x")], ["anonymous:", undefined]);
        assert.throws(() => netrc.find("a"), {
          code: "ERR_NETRC",
          message: `${file} can be read by others, and has passwords: chmod 600 it`,
        });
      });
      await at(home, file, () => assert.equal(pairOf(Netrc.read().find("a")), "b:s3cret"));
    }
    await chmod(file, 0o400);
    await at(home, undefined, () => assert.equal(pairOf(Netrc.read().find("a")), "b:s3cret"));
  });

  test("of the home directory must be its owner's", { skip: process.getuid?.() !== 0 && "needs root" }, async () => {
    const home = await mkdtemp(join(folder, "home-"));
    const file = join(home, ".netrc");
    await writeFile(file, "machine a login b password s3cret", { mode: 0o600 });
    const { chown } = await import("node:fs/promises");
    await chown(file, 12_345, 12_345);
    await at(home, undefined, () => assert.throws(() => Netrc.read().find("a"), /\.netrc is not yours: its passwords/));
  });

  test("may be a link, whose target counts", async () => {
    const home = await mkdtemp(join(folder, "home-"));
    await writeFile(join(home, "target"), "machine a login b password c", { mode: 0o644 });
    await symlink("target", join(home, ".netrc"));
    await at(home, undefined, () => assert.throws(() => Netrc.read().find("a"), /can be read by others/));
  });

  test("of the environment is used if that may be trusted, and `netrc` does not say otherwise", async () => {
    const home = await mkdtemp(join(folder, "home-"));
    await writeFile(join(home, ".netrc"), "machine 127.0.0.1 login home password c", { mode: 0o600 });
    await using server = await serveAuthorizations();
    await at(home, undefined, () =>
      run(function* () {
        const netrc = Netrc.parse("machine 127.0.0.1 login own password c");
        for (const [options, login] of [
          [{}, undefined],
          [{ trustEnv: true }, "home"],
          [{ netrc }, "own"],
          [{ netrc, trustEnv: true }, "own"],
          [{ netrc: null, trustEnv: true }, undefined],
        ] as const) {
          using session = new ClientSession(options);
          assert.equal(yield* loginAt(session, server.origin), login);
          using response = yield* request("GET", server.origin, options);
          assert.equal(loginOf(yield* response.text()), login);
        }
      }),
    );
    await at(home, join(home, "missing"), () => {
      assert.throws(() => new ClientSession({ trustEnv: true }), NetrcError);
      new ClientSession({ trustEnv: true, netrc: null })[Symbol.dispose]();
    });
  });
});

/** Answers with the Authorization header, or redirects to `?to=`. */
function serveAuthorizations(): Promise<TestServer> {
  return serve((incoming, response) => {
    const to = new URL(incoming.url ?? "", "http://x").searchParams.get("to");
    if (to === null) response.end(incoming.headers.authorization);
    else response.writeHead(302, { location: to }).end();
  });
}

function loginOf(header: string): string | undefined {
  return header === "" ? undefined : BasicAuth.decode(header).login;
}

function* loginAt(session: ClientSession, url: string, options = {}): Coroutine<string | undefined> {
  using response = yield* session.get(url, options);
  return loginOf(yield* response.text());
}

const everywhereHere: ClientSessionOptions["connector"] = { resolver: () => [{ address: "127.0.0.1", family: 4 }] };

describe("requests with a netrc", () => {
  const netrc = Netrc.parse(`
    machine a.example login ann password 1
    machine b.example login bob password 2
    machine nothing.example
    default login everybody password 3
  `);

  test("get the entry of their host, unless they say who asks", async () => {
    await using server = await serveAuthorizations();
    await run(function* () {
      using session = new ClientSession({ netrc, connector: everywhereHere });
      const at = (host: string) => `http://${host}:${server.port}/`;
      assert.equal(yield* loginAt(session, at("a.example")), "ann");
      assert.equal(yield* loginAt(session, at("A.EXAMPLE")), "ann");
      assert.equal(yield* loginAt(session, at("b.example")), "bob");
      assert.equal(yield* loginAt(session, at("x.example")), "everybody");
      assert.equal(yield* loginAt(session, at("nothing.example")), undefined);
      assert.equal(yield* loginAt(session, at("eve:x@a.example")), "eve");
      assert.equal(yield* loginAt(session, at("a.example"), { auth: new BasicAuth("eve") }), "eve");
      const headers = { Authorization: new BasicAuth("eve").encode() };
      assert.equal(yield* loginAt(session, at("a.example"), { headers }), "eve");
      using known = new ClientSession({ netrc, connector: everywhereHere, auth: new BasicAuth("eve") });
      assert.equal(yield* loginAt(known, at("a.example")), "eve");
      // CVE-2024-47081: the host is what is connected to, whatever stands before it.
      assert.equal(yield* loginAt(session, `http://a.example:@x.example:${server.port}/`), "a.example");
      assert.equal(yield* loginAt(session, `http://x.example:${server.port}/@a.example`), "everybody");
      assert.equal(yield* loginAt(session, `http://x.example:${server.port}\\@a.example/`), "everybody");
    });
  });

  test("take it to no other host, which gets what is its own, and never the default", async () => {
    await using server = await serveAuthorizations();
    await using other = await serveAuthorizations();
    await run(function* () {
      using session = new ClientSession({ netrc, connector: everywhereHere });
      const to = (from: string, target: string) => `http://${from}:${server.port}/?to=${encodeURIComponent(target)}`;
      for (const [from, target, login] of [
        ["a.example", `http://a.example:${server.port}/`, "ann"],
        ["a.example", `http://a.example:${other.port}/`, "ann"],
        ["a.example", `http://b.example:${server.port}/`, "bob"],
        ["a.example", `http://x.example:${server.port}/`, undefined],
        ["a.example", `http://nothing.example:${server.port}/`, undefined],
        ["x.example", `http://y.example:${server.port}/`, undefined],
        ["x.example", `http://x.example:${other.port}/`, "everybody"],
        ["x.example", `http://eve@b.example:${other.port}/`, "eve"],
        ["a.example", `http://x.example:${server.port}/?to=http://y.example:${server.port}/`, undefined],
        ["x.example", `http://y.example:${server.port}/?to=http://x.example:${server.port}/`, "everybody"],
        ["x.example", `http://y.example:${server.port}/?to=http://a.example:${server.port}/`, "ann"],
      ] as const) {
        assert.equal(yield* loginAt(session, to(from, target)), login, `${from} → ${target}`);
      }
      // What was given for the first host is dropped, and does not come to the second by another way.
      const auth = new BasicAuth("eve", "secret");
      assert.equal(yield* loginAt(session, to("a.example", `http://b.example:${server.port}/`), { auth }), "bob");
    });
  });

  test("tell nobody in the open, where a secure server has redirected to", async () => {
    const own = await certificate({ names: ["a.example", "b.example"] });
    await using open = await serveAuthorizations();
    const server = createServer({ ...own, keepAliveTimeout: 60_000 }, (incoming, response) => {
      const to = new URL(incoming.url ?? "", "http://x").searchParams.get("to");
      if (to === null) response.end(incoming.headers.authorization);
      else response.writeHead(307, { location: to }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    await using secure = new TestServer(server);
    await run(function* () {
      const ssl = { ca: own.cert };
      using session = new ClientSession({ netrc, connector: { ...everywhereHere, ssl } });
      const at = `https://a.example:${secure.port}/`;
      for (const [url, login] of [
        [at, "ann"],
        [`${at}?to=http://a.example:${open.port}/`, undefined],
        [`${at}?to=http://b.example:${open.port}/`, undefined],
        [
          `${at}?to=${encodeURIComponent(`http://x.example:${open.port}/?to=http://a.example:${open.port}`)}`,
          undefined,
        ],
        [`${at}?to=https://b.example:${secure.port}/`, "bob"],
        [`http://a.example:${open.port}/?to=${at}`, "ann"],
      ] as const) {
        assert.equal(yield* loginAt(session, url), login, url);
      }
    });
  });

  test("that a middleware sends get it too, and WebSockets", async () => {
    await using server = await serve((incoming, response) => {
      response.writeHead(400, { "x-seen": incoming.headers.authorization ?? "" }).end();
    });
    await run(function* () {
      using session = new ClientSession({ netrc, connector: everywhereHere });
      const seen: (string | null)[] = [];
      const middlewares = [
        function* (outgoing: { headers: Headers }, handler: (outgoing: never) => Coroutine<never>) {
          seen.push(outgoing.headers.get("authorization"));
          return yield* handler(outgoing as never);
        },
      ];
      using response = yield* session.get(`http://a.example:${server.port}/`, { middlewares: middlewares as never });
      assert.deepEqual(seen, [response.headers.get("x-seen")]);
      assert.equal(loginOf(seen[0] ?? ""), "ann");
      const error = yield* failureOf(session.wsConnect(`ws://b.example:${server.port}/`));
      assert.equal(loginOf((error as { headers: Headers }).headers.get("x-seen") ?? ""), "bob");
    });
  });

  test("cancelled at any point, leave nothing", async () => {
    await using server = await serveAuthorizations();
    await cancelEverywhere(function* () {
      using session = new ClientSession({ netrc, connector: everywhereHere });
      const url = `http://a.example:${server.port}/?to=http://b.example:${server.port}/`;
      assert.equal(yield* loginAt(session, url), "bob");
    });
  });
});

describe("curl", peer("curl"), () => {
  test("finds the same", async () => {
    await using server = await serveAuthorizations();
    const folder = await mkdtemp(join(tmpdir(), "netrc-"));
    try {
      for (const text of [
        "machine 127.0.0.1 login b password c",
        '# x\nmachine other login x password y\nmachine 127.0.0.1\n  login b\n  password "c d"\n',
        "machine 127.0.0.1 login b password c\nmachine 127.0.0.1 login x password y",
        "macdef m\nmachine 127.0.0.1 login x password y\n\ndefault login b password c",
      ]) {
        const file = join(folder, "netrc");
        await writeFile(file, text);
        const args = ["--silent", "--noproxy", "*", "--netrc-file", file, server.origin];
        const { stdout } = await promisify(execFile)(peer("curl").path, args);
        await run(function* () {
          using session = new ClientSession({ netrc: Netrc.read(file) });
          using response = yield* session.get(server.origin);
          assert.equal(yield* response.text(), stdout);
          assert.equal(stdout, new BasicAuth("b", text.includes("c d") ? "c d" : "c").encode());
        });
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
