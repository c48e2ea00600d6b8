import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:https";
import { connect, createServer as createRelay } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { type Coroutine, createTask, from, gather, isCancelled, run } from "yieldfrom";
import {
  ClientConnectionError,
  ClientConnectorCertificateError,
  ClientConnectorDNSError,
  ClientProxyConnectionError,
  ClientSession,
  type ClientSessionOptions,
  ClientSocksProxyError,
  type RequestOptions,
  ServerTimeoutError,
  serve as serveCoroutine,
  UnixConnector,
  upgradeWebSocket,
} from "../src/index.ts";
import { parseProxy } from "../src/proxy.ts";
import { type Certificate, certificate } from "./certificates.ts";
import { closedWhole } from "./closed-whole.ts";
import { failureOf } from "./failure-of.ts";
import { leavesNothing } from "./leaves-nothing.ts";
import { refusedPort, serve, serveBytes, TestServer } from "./server.ts";
import { serveSocks } from "./socks-server.ts";

leavesNothing();

let own: Certificate;
before(async () => {
  own = await certificate({ names: ["localhost", "some.example"] });
});

function serveHello(): Promise<TestServer> {
  return serve((request, response) => void response.end(`hello ${request.headers.host}`));
}

async function serveSecureHello(): Promise<TestServer> {
  const server = createServer({ ...own, keepAliveTimeout: 60_000 }, (request, response) => {
    response.end(`hello ${request.headers.host}`);
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return new TestServer(server);
}

function* fetchText(session: ClientSession, url: string, options: RequestOptions = {}): Coroutine<string> {
  using response = yield* session.get(url, options);
  return yield* response.text();
}

const toThisMachine: ClientSessionOptions["connector"] = {
  resolver: () => [{ address: "127.0.0.1", family: 4 }],
};

describe("through a SOCKS proxy", () => {
  for (const scheme of ["socks5h", "socks"]) {
    test(`${scheme}: the proxy resolves names; connections are kept`, async () => {
      await using server = await serveHello();
      await using proxy = await serveSocks();
      await run(function* () {
        using session = new ClientSession({ proxy: `${scheme}://${proxy.address}` });
        const url = `http://some.example:${server.port}/`;
        for (let i = 0; i < 2; i++) assert.equal(yield* fetchText(session, url), `hello some.example:${server.port}`);
      });
      assert.deepEqual([proxy.asked, proxy.proofs], [[`some.example:${server.port}`], []]);
    });
  }

  test("socks5: names are resolved here", async () => {
    await using server = await serveHello();
    await using proxy = await serveSocks();
    await run(function* () {
      using session = new ClientSession({ proxy: `socks5://${proxy.address}`, connector: toThisMachine });
      const url = `http://some.example:${server.port}/`;
      assert.equal(yield* fetchText(session, url), `hello some.example:${server.port}`);
    });
    assert.deepEqual(proxy.asked, [`127.0.0.1:${server.port}`]);
  });

  test("addresses are sent as addresses, of both kinds", async () => {
    await using proxy = await serveSocks({ replies: [5, 5, 5] });
    await run(function* () {
      using session = new ClientSession({ proxy: `socks5h://${proxy.address}` });
      for (const host of ["10.1.2.3", "[::1]", "[2001:db8::a:0:1]"])
        yield* failureOf(session.get(`http://${host}:99/`));
    });
    assert.deepEqual(proxy.asked, ["10.1.2.3:99", "0:0:0:0:0:0:0:1:99", "2001:db8:0:0:0:a:0:1:99"]);
  });

  test("socks5: the next address is tried where the proxy does not get to one", async () => {
    await using server = await serveHello();
    await using proxy = await serveSocks({ replies: [4, 8] });
    await run(function* () {
      const resolver = () => [
        { address: "192.0.2.1", family: 4 as const },
        { address: "2001:db8::1", family: 6 as const },
        { address: "127.0.0.1", family: 4 as const },
      ];
      using session = new ClientSession({ proxy: `socks5://${proxy.address}`, connector: { resolver } });
      assert.match(yield* fetchText(session, `http://some.example:${server.port}/`), /^hello/);
      assert.deepEqual(
        proxy.asked.map((asked) => asked.replace(/:\d+$/, "")),
        ["192.0.2.1", "2001:db8:0:0:0:0:0:1", "127.0.0.1"],
      );
    });
  });

  test("https, whose certificate is checked for the server's name", async () => {
    await using server = await serveSecureHello();
    await using proxy = await serveSocks();
    await run(function* () {
      const url = `https://some.example:${server.port}/`;
      using session = new ClientSession({ proxy: `socks5h://${proxy.address}`, connector: { ssl: { ca: own.cert } } });
      for (let i = 0; i < 2; i++) assert.match(yield* fetchText(session, url), /^hello some.example/);
      assert.equal(proxy.asked.length, 1);
      const other = `https://other.example:${server.port}/`;
      for (const [target, options] of [
        [other, {}],
        [url, { ssl: true }],
      ] as const) {
        const error = yield* failureOf(session.get(target, options));
        assert.ok(error instanceof ClientConnectorCertificateError, String(error));
      }
    });
  });

  test("with user name and password, of the URL or apart, in UTF-8", async () => {
    await using server = await serveHello();
    await using proxy = await serveSocks({ credentials: "ada:s3:crèt" });
    await run(function* () {
      const url = `http://some.example:${server.port}/`;
      for (const options of [
        { proxy: `socks5h://ada:s3%3Acr%C3%A8t@${proxy.address}` },
        { proxy: `socks5h://${proxy.address}`, proxyAuth: { login: "ada", password: "s3:crèt" } },
      ]) {
        using session = new ClientSession(options);
        assert.match(yield* fetchText(session, url), /^hello/);
      }
      using session = new ClientSession({ proxy: `socks5h://${proxy.address}` });
      assert.match(yield* fetchText(session, url, { proxyAuth: { login: "ada", password: "s3:crèt" } }), /^hello/);
    });
    assert.deepEqual(proxy.proofs, Array(3).fill("ada:s3:crèt"));
  });

  test("one that wants no proof is not told the password", async () => {
    await using server = await serveHello();
    await using proxy = await serveSocks();
    await run(function* () {
      using session = new ClientSession({ proxy: `socks5h://ada:secret@${proxy.address}` });
      assert.match(yield* fetchText(session, server.origin), /^hello/);
    });
    assert.deepEqual(proxy.proofs, []);
  });

  test("connections are not shared with other credentials, another proxy or none", async () => {
    await using server = await serveHello();
    await using proxy = await serveSocks({ credentials: "ada:one" });
    await run(function* () {
      using session = new ClientSession();
      const via = (pair: string) => ({ proxy: `socks5h://${pair}@${proxy.address}` });
      yield* fetchText(session, server.origin, via("ada:one"));
      const error = yield* failureOf(session.get(server.origin, via("ada:two")));
      assert.ok(error instanceof ClientSocksProxyError && error.reason === "authentication", String(error));
      yield* fetchText(session, server.origin);
      assert.equal(server.connections, 2);
      yield* fetchText(session, server.origin, via("ada:one"));
      assert.equal(server.connections, 2);
    });
  });

  test("the reply's own address may be of any kind, and answers may come in drops", async () => {
    await using server = await serveHello();
    for (const bound of [
      [1, 127, 0, 0, 1],
      [3, 4, 110, 97, 109, 101],
      [4, ...Buffer.alloc(16)],
    ]) {
      await using proxy = await serveSocks({ bound, drops: true, credentials: "a:b" });
      await run(function* () {
        using session = new ClientSession({ proxy: `socks5h://a:b@${proxy.address}` });
        assert.match(yield* fetchText(session, server.origin), /^hello/);
      });
    }
  });

  test("many at a time", async () => {
    await using server = await serveHello();
    await using proxy = await serveSocks();
    await run(function* () {
      using session = new ClientSession({ proxy: `socks5h://${proxy.address}`, connector: { limit: 5 } });
      const texts = yield* gather(Array.from({ length: 30 }, () => fetchText(session, server.origin)));
      assert.ok(texts.every((text) => text.startsWith("hello")));
    });
    assert.ok(proxy.asked.length <= 5, `${proxy.asked}`);
  });

  test("a WebSocket", async () => {
    await using proxy = await serveSocks();
    await run(function* () {
      const server = yield* serveCoroutine(
        function* (request) {
          const socket = yield* upgradeWebSocket(request);
          yield* socket.sendStr(`for ${yield* socket.receiveStr()}`);
          yield* socket.close();
          return socket;
        },
        { port: 0 },
      );
      using session = new ClientSession({ proxy: `socks5h://${proxy.address}` });
      using socket = yield* session.wsConnect(server.url);
      yield* socket.sendStr("you");
      assert.equal(yield* socket.receiveStr(), "for you");
      yield* socket.close();
      assert.equal(proxy.asked.length, 1);
      yield* server.shutdown();
    });
  });

  test("that listens at a Unix socket, where names are not resolved here", async () => {
    await using server = await serveHello();
    await using proxy = await serveSocks();
    const folder = await mkdtemp(join(tmpdir(), "socks-"));
    const path = join(folder, "socket");
    const relay = createRelay((socket) => {
      const onward = connect(proxy.port, "127.0.0.1");
      socket.on("error", () => onward.destroy()).on("close", () => onward.destroy());
      onward.on("error", () => socket.destroy()).on("close", () => socket.destroy());
      socket.pipe(onward).pipe(socket);
    });
    await new Promise<void>((resolve) => relay.listen(path, resolve));
    try {
      await run(function* () {
        using session = new ClientSession({ proxy: "socks5://proxy.invalid", connector: new UnixConnector(path) });
        const url = `http://some.example:${server.port}/`;
        assert.equal(yield* fetchText(session, url), `hello some.example:${server.port}`);
        yield* session.close();
      });
      assert.deepEqual(proxy.asked, [`some.example:${server.port}`]);
    } finally {
      await new Promise((resolve) => relay.close(resolve));
      await rm(folder, { recursive: true });
    }
  });

  test("a header for a proxy is not sent to the server", async () => {
    await using server = await serve((request, response) => void response.end(JSON.stringify(request.headers)));
    await using proxy = await serveSocks();
    await run(function* () {
      using session = new ClientSession({ proxy: `socks5h://${proxy.address}` });
      const text = yield* fetchText(session, server.origin, { headers: { "Proxy-Authorization": "Basic c2VjcmV0" } });
      assert.doesNotMatch(text, /proxy-authorization/);
    });
  });
});

describe("a SOCKS proxy", () => {
  function failing(options: ClientSessionOptions & RequestOptions, url = "http://some.example/"): Promise<Error> {
    return run(function* () {
      using session = new ClientSession(options);
      const error = (yield* failureOf(session.get(url))) as Error;
      assert.doesNotMatch(`${error.stack} ${error.cause} ${JSON.stringify(error)}`, /s3cret/);
      assert.ok(error instanceof ClientConnectionError, String(error));
      return error;
    });
  }

  for (const [reply, reason] of [
    [1, "general failure"],
    [2, "not allowed"],
    [3, "network unreachable"],
    [4, "host unreachable"],
    [5, "connection refused"],
    [6, "TTL expired"],
    [7, "command not supported"],
    [8, "address type not supported"],
  ] as const) {
    test(`that refuses with ${reply}: ${reason}`, async () => {
      await using proxy = await serveSocks({ replies: [reply] });
      const error = await failing({ proxy: `socks5h://ada:s3cret@${proxy.address}` });
      assert.ok(error instanceof ClientSocksProxyError && error instanceof ClientProxyConnectionError, String(error));
      assert.deepEqual(
        [error.code, error.reason, error.proxy, error.phase],
        ["ERR_CLIENT_SOCKS_PROXY", reason, `socks5h://${proxy.address}`, "connecting"],
      );
      assert.equal(
        error.message,
        `GET http://some.example/: the proxy socks5h://${proxy.address} refused to connect to some.example:80: ${reason} while connecting`,
      );
    });
  }

  test("that refuses for a reason of its own", async () => {
    await using proxy = await serveSocks({ replies: [0xf4] });
    const error = await failing({ proxy: `socks5h://${proxy.address}` }, "http://[::1]:81/");
    assert.match(error.message, /refused to connect to \[::1\]:81: general failure \(reply 244\) while/);
  });

  test("that refuses, and closes the connection before it has said all", async () => {
    await using proxy = await serveSocks({ instead: [null, [5, 2, 0, 1]], thenClose: true });
    await using server = await serveHello();
    const error = await failing({ proxy: `socks5h://${proxy.address}` }, server.origin);
    assert.ok(error instanceof ClientSocksProxyError && error.reason === "not allowed", String(error));
  });

  test("that wants user name and password, and says how to give them", async () => {
    await using proxy = await serveSocks({ credentials: "ada:secret" });
    const error = await failing({ proxy: `socks5h://${proxy.address}` });
    assert.ok(error instanceof ClientSocksProxyError && error.reason === "authentication", String(error));
    assert.match(error.message, /authentication; it wants user name and password, `proxyAuth: \{ login: /);
    const wrong = await failing({ proxy: `socks5h://ada:s3cret@${proxy.address}` });
    assert.ok(wrong instanceof ClientSocksProxyError && wrong.reason === "authentication", String(wrong));
    assert.match(wrong.message, /authentication; it does not take this user name and password while/);
  });

  for (const [what, instead, message] of [
    ["is an HTTP server", [[..."HTTP/1.1 400"].map((c) => c.charCodeAt(0))], /its answer is not SOCKS 5/],
    ["speaks SOCKS 4", [[4, 0]], /its answer is not SOCKS 5/],
    ["closes at once", [[]], /it closed the connection/],
    ["sends half of an answer", [[5]], /it closed the connection/],
    ["chooses a method that was not offered", [[5, 1]], /it takes neither no proof nor user name and password/],
    [
      "has another form of passwords",
      [
        [5, 2],
        [5, 0],
      ],
      /its answer to user name and password is not SOCKS 5/,
    ],
    ["sends half of the word on the password", [[5, 2], [1]], /it closed the connection/],
    [
      "changes its version",
      [
        [5, 0],
        [4, 90, 0, 1, 0, 0, 0, 0, 0, 0],
      ],
      /its answer is not SOCKS 5/,
    ],
    [
      "has an address of no type",
      [
        [5, 0],
        [5, 0, 0, 9, 0, 0, 0, 0, 0, 0],
      ],
      /an address of no known type/,
    ],
    [
      "ends within the reply",
      [
        [5, 0],
        [5, 0, 0],
      ],
      /it closed the connection/,
    ],
    [
      "ends within its address",
      [
        [5, 0],
        [5, 0, 0, 1, 127, 0],
      ],
      /it closed the connection/,
    ],
    [
      "ends within its name",
      [
        [5, 0],
        [5, 0, 0, 3, 200, 97],
      ],
      /it closed the connection/,
    ],
  ] as const) {
    test(`that ${what}`, async () => {
      await using server = await serveHello();
      const credentials = instead[0][1] === 2 ? { credentials: "ada:s3cret" } : null;
      await using proxy = await serveSocks({ instead, thenClose: true, ...credentials });
      const error = await failing({ proxy: `socks5h://ada:s3cret@${proxy.address}` }, server.origin);
      assert.ok(error instanceof ClientProxyConnectionError, String(error));
      assert.match(error.message, message);
      assert.match(error.message, /the proxy socks5h:\/\/127.0.0.1:\d+ (failed to open a tunnel|refused to connect)/);
    });
  }

  test("that resets the connection", async () => {
    await using proxy = await serveBytes("", (socket) => void socket.resetAndDestroy());
    const error = await failing({ proxy: `socks5h://127.0.0.1:${proxy.port}` });
    assert.match(error.message, /failed to open a tunnel: (read ECONNRESET|it closed the connection)/);
  });

  test("that says more than it should: it is not taken for the server's answer", async () => {
    const reply = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil")];
    await using server = await serveSecureHello();
    await using proxy = await serveSocks({ instead: [null, reply] });
    const connector = { ssl: { ca: own.cert } };
    const error = await failing({ proxy: `socks5h://${proxy.address}`, connector }, `https://localhost:${server.port}`);
    assert.match(error.message, /TLS could not be agreed upon/);
  });

  test("that is not there: ClientProxyConnectionError, without its password", async () => {
    const port = await refusedPort();
    const error = await failing({ proxy: `socks5://ada:s3cret@127.0.0.1:${port}` }, "http://127.0.0.1/");
    assert.ok(error instanceof ClientProxyConnectionError, String(error));
    assert.deepEqual([error.code, error.proxy], ["ERR_CLIENT_PROXY_CONNECTION", `socks5://127.0.0.1:${port}`]);
    assert.match(error.message, /could not be reached: connect ECONNREFUSED/);
  });

  test("is not to blame for a name that is not known here", async () => {
    await using proxy = await serveSocks();
    const resolver = () => {
      throw Object.assign(new Error("getaddrinfo ENOTFOUND some.example"), { code: "ENOTFOUND" });
    };
    const error = await failing({ proxy: `socks5://${proxy.address}`, connector: { resolver } });
    assert.ok(error instanceof ClientConnectorDNSError && error.errno === "ENOTFOUND", String(error));
    assert.equal(proxy.connections, 0);
  });

  test("can't be told a name that is too long for it", async () => {
    await using proxy = await serveSocks();
    const error = await failing({ proxy: `socks5h://${proxy.address}` }, `http://${"a".repeat(300)}/`);
    assert.match(error.message, /failed to open a tunnel: a name of 300 bytes is too long for SOCKS, which has 255/);
  });

  for (const silent of [0, 1, 2]) {
    test(`that stops to answer (${silent}) ends in time, by the limit that was set`, async () => {
      const instead = [...Array<null>(silent).fill(null), "nothing" as const];
      await using server = await serveHello();
      await using proxy = await serveSocks({ instead, credentials: "a:s3cret" });
      for (const limit of ["total", "connect", "sockConnect"] as const) {
        const timeout = { [limit]: 30 };
        const error = await failing({ proxy: `socks5h://a:s3cret@${proxy.address}`, timeout }, server.origin);
        assert.ok(error instanceof ServerTimeoutError, String(error));
        assert.deepEqual([error.limit, error.phase], [limit, "connecting"]);
      }
    });
  }

  test("that never answers can be given up, and its place is free again", async () => {
    await using proxy = await serveSocks({ instead: [null, "nothing"] });
    await using server = await serveHello();
    await run(function* () {
      using session = new ClientSession({ connector: { limit: 1 } });
      const task = createTask(session.get(server.origin, { proxy: `socks5h://${proxy.address}` }));
      yield* from(proxy.until(() => proxy.asked.length === 1));
      task.cancel();
      assert.ok(isCancelled(yield* failureOf(task)));
      assert.match(yield* fetchText(session, server.origin), /^hello/);
      yield* from(proxy.until(() => proxy.sockets.size === 0));
    });
  });

  test("a session that is closed ends what is on its way", async () => {
    await using proxy = await serveSocks({ instead: [null, "nothing"] });
    await using server = await serveHello();
    await run(function* () {
      using session = new ClientSession({ proxy: `socks5h://${proxy.address}` });
      const task = createTask(session.get(server.origin));
      yield* from(proxy.until(() => proxy.asked.length === 1));
      yield* session.close();
      const error = yield* failureOf(task);
      assert.ok(error instanceof ClientConnectionError, String(error));
      assert.match(error.message, /the session was closed/);
    });
  });
});

for (const scheme of ["socks5", "socks5h"]) {
  test(`a cancellation at any point on the way through a ${scheme} proxy leaves nothing`, async () => {
    await using server = await serveSecureHello();
    await using proxy = await serveSocks({ credentials: "a:b", ...(scheme === "socks5" ? { replies: [5] } : null) });
    const resolver = () => ["127.0.0.1", "127.0.0.1"].map((address) => ({ address, family: 4 as const }));
    const points = await cancelEverywhere(function* () {
      proxy.asked.length = 0;
      const connector = { ssl: { ca: own.cert }, limit: 2, resolver };
      const session = new ClientSession({ proxy: `${scheme}://a:b@${proxy.address}`, connector });
      const url = `https://some.example:${server.port}/`;
      try {
        yield* fetchText(session, url);
      } finally {
        yield* closedWhole(session, 2, url);
      }
    });
    assert.ok(points >= 9, String(points));
  });
}

describe("the URL of a SOCKS proxy", () => {
  test("has host and port, and perhaps user name and password", () => {
    const { url, hostname, port, socks } = parseProxy("socks5://Ada:s%20x@PROXY.example:80", undefined);
    assert.deepEqual([url, hostname, port], ["socks5://proxy.example:80", "proxy.example", 80]);
    assert.deepEqual(socks, { resolvesNames: false, login: "Ada", password: "s x" });
    const plain = parseProxy(new URL("socks5h://[::1]"), undefined);
    assert.deepEqual([plain.url, plain.hostname, plain.port], ["socks5h://[::1]:1080", "::1", 1080]);
    assert.deepEqual(plain.socks, { resolvesNames: true, login: undefined, password: "" });
  });

  test("is refused without a host, of version 4, or with what is too long; its password is not shown", () => {
    for (const [bad, message] of [
      ["socks5://", /Expected `proxy` to name a host/],
      ["socks5:127.0.0.1:1080", /Expected `proxy` to name a host/],
      ["socks5://a:s3cret@a b:1", /Expected `proxy` to be a URL such as/],
      ["socks4://a:s3cret@p:1", /Expected `proxy` to be a URL such as .+, socks5 or socks5h\), got one of socks4:$/],
      [`socks5://a:s3cret${"x".repeat(250)}@p:1`, /255 bytes at most/],
      [`socks5://${"x".repeat(256)}:s3cret@p:1`, /255 bytes at most/],
    ] as const) {
      assert.throws(
        () => new ClientSession({ proxy: bad }),
        (error: Error) =>
          error instanceof RangeError && message.test(error.message) && !error.message.includes("s3cret"),
        bad,
      );
    }
  });
});
