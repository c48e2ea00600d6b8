import assert from "node:assert/strict";
import { createServer } from "node:https";
import { before, describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { type Coroutine, createTask, from, isCancelled, run, sleep } from "yieldfrom";
import {
  ClientConnectionError,
  ClientConnectorCertificateError,
  ClientHttpProxyError,
  ClientProxyConnectionError,
  ClientSession,
  type RequestOptions,
  ServerTimeoutError,
} from "../src/index.ts";
import { parseProxy } from "../src/proxy.ts";
import { type Certificate, certificate } from "./certificates.ts";
import { closedWhole } from "./closed-whole.ts";
import { failureOf } from "./failure-of.ts";
import { leavesNothing } from "./leaves-nothing.ts";
import { serveProxy } from "./proxy-server.ts";
import { refusedPort, serve, serveSilence, TestServer } from "./server.ts";
import { serveSocks } from "./socks-server.ts";

leavesNothing();

let own: Certificate;
before(async () => {
  own = await certificate({ names: ["localhost", "some.example"] });
});

/** Tells which headers came. */
function serveHeaders(): Promise<TestServer> {
  return serve((request, response) => void response.end(JSON.stringify(request.headers)));
}

async function serveSecureHeaders(): Promise<TestServer & { readonly secureOrigin: string }> {
  const server = createServer({ ...own, keepAliveTimeout: 60_000 }, (request, response) => {
    response.end(JSON.stringify(request.headers));
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const secure = new TestServer(server);
  return Object.assign(secure, { secureOrigin: `https://127.0.0.1:${secure.port}` });
}

interface HeaderRecord {
  readonly host?: string;
  readonly authorization?: string;
  readonly "proxy-authorization"?: string;
}

function* fetchHeaders(session: ClientSession, url: string, options: RequestOptions = {}): Coroutine<HeaderRecord> {
  using response = yield* session.get(url, options);
  return yield* response.json<HeaderRecord>(null);
}

/** Sets what the environment says of proxies while `body` runs, and nothing else. */
async function withEnvironment(env: Record<string, string>, body: (env: NodeJS.ProcessEnv) => Promise<void>) {
  const before = { ...process.env };
  const { env: current } = process;
  for (const name of Object.keys(current)) {
    if (/^((https?|all|no)_proxy|request_method)$/i.test(name)) delete current[name];
  }
  Object.assign(current, env);
  try {
    await body(current);
  } finally {
    for (const name of Object.keys(current)) if (!(name in before)) delete current[name];
    Object.assign(current, before);
  }
}

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;

describe("through a proxy", () => {
  test("http goes as a request in absolute form, over kept connections", async () => {
    await using server = await serveHeaders();
    await using proxy = await serveProxy();
    await run(function* () {
      using session = new ClientSession({ proxy: proxy.url });
      for (let i = 0; i < 2; i++) {
        const headers = yield* fetchHeaders(session, `${server.origin}/a?b=c#d`);
        assert.equal(headers.host, `127.0.0.1:${server.port}`);
        assert.equal(headers["proxy-authorization"], undefined);
      }
    });
    assert.deepEqual(
      proxy.asked.map(({ line }) => line),
      Array(2).fill(`GET ${server.origin}/a?b=c`),
    );
    assert.equal(proxy.connections, 1);
  });

  test("https goes through a tunnel, which is kept", async () => {
    await using server = await serveSecureHeaders();
    await using proxy = await serveProxy();
    await run(function* () {
      using session = new ClientSession({ proxy: proxy.url, connector: { ssl: { ca: own.cert } } });
      // The proxy resolves the name; this machine could not.
      const url = `https://some.example:${server.port}/`;
      for (let i = 0; i < 2; i++) {
        const headers = yield* fetchHeaders(session, url, { headers: { authorization: "mine" } });
        assert.deepEqual([headers.host, headers.authorization], [`some.example:${server.port}`, "mine"]);
      }
    });
    assert.deepEqual(
      proxy.asked.map(({ line, headers }) => [line, headers.host, headers.authorization]),
      [[`CONNECT some.example:${server.port}`, `some.example:${server.port}`, undefined]],
    );
  });

  test("that is reached by TLS itself, http and https", async () => {
    await using server = await serveSecureHeaders();
    await using plain = await serveHeaders();
    await using proxy = await serveProxy({ certificate: own, credentials: "ada:secret" });
    await run(function* () {
      const ssl = { ca: own.cert };
      using session = new ClientSession({
        proxy: proxy.url,
        proxyAuth: { login: "ada", password: "secret" },
        connector: { ssl },
      });
      yield* fetchHeaders(session, `https://some.example:${server.port}/`);
      yield* fetchHeaders(session, `${plain.origin}/`);
      assert.equal(proxy.asked.length, 2);
    });
  });

  test("of one request, or none for one, whatever the session says", async () => {
    await using server = await serveHeaders();
    await using proxy = await serveProxy();
    await run(function* () {
      using session = new ClientSession();
      yield* fetchHeaders(session, server.origin);
      assert.equal(proxy.asked.length, 0);
      yield* fetchHeaders(session, server.origin, { proxy: proxy.url });
      assert.equal(proxy.asked.length, 1);
      using through = new ClientSession({ proxy: new URL(proxy.url) });
      yield* fetchHeaders(through, server.origin, { proxy: null });
      assert.equal(proxy.asked.length, 1);
    });
  });

  for (const secure of [false, true]) {
    test(`with credentials, which the ${secure ? "https" : "http"} server does not see`, async () => {
      await using server = await serveSecureHeaders();
      await using plain = await serveHeaders();
      await using proxy = await serveProxy({ credentials: "ada:s3:cret" });
      const url = secure ? `${server.secureOrigin}/` : `${plain.origin}/`;
      await run(function* () {
        const inUrl = proxy.url.replace("//", "//ada:s3%3Acret@");
        const connector = { ssl: { ca: own.cert } };
        for (const options of [
          { proxy: inUrl, connector },
          { proxy: proxy.url, proxyAuth: { login: "ada", password: "s3:cret" }, connector },
        ]) {
          using session = new ClientSession(options);
          const headers = yield* fetchHeaders(session, url);
          assert.deepEqual([headers["proxy-authorization"], headers.authorization], [undefined, undefined]);
          assert.equal(proxy.asked.at(-1)?.headers["proxy-authorization"], basic("ada:s3:cret"));
        }
      });
    });
  }

  test("with the credentials of one request for the session's proxy", async () => {
    await using server = await serveHeaders();
    await using proxy = await serveProxy();
    await run(function* () {
      using session = new ClientSession({ proxy: proxy.url, proxyAuth: { login: "ada", password: "old" } });
      const told = () => proxy.asked.at(-1)?.headers["proxy-authorization"];
      yield* fetchHeaders(session, server.origin);
      assert.equal(told(), basic("ada:old"));
      const proxyAuth = { login: "ada", password: "new" };
      yield* fetchHeaders(session, server.origin, { proxyAuth });
      assert.equal(told(), basic("ada:new"));
      yield* fetchHeaders(session, server.origin, { proxyAuth, ssl: true });
      assert.equal(told(), basic("ada:new"));
      // Another proxy is not told what is for the session's.
      yield* fetchHeaders(session, server.origin, { proxy: proxy.url.replace("127.0.0.1", "localhost") });
      assert.equal(told(), undefined);
    });
  });

  test("from the environment, if it may be trusted", async () => {
    await using server = await serveHeaders();
    await using proxy = await serveProxy({ credentials: "ada:secret" });
    await withEnvironment({ HTTP_PROXY: proxy.url.replace("//", "//ada:secret@") }, (env) =>
      run(function* () {
        using wary = new ClientSession();
        yield* fetchHeaders(wary, server.origin);
        assert.equal(proxy.asked.length, 0);
        using session = new ClientSession({ trustEnv: true });
        yield* fetchHeaders(session, server.origin);
        assert.equal(proxy.asked.length, 1);
        yield* fetchHeaders(session, server.origin, { proxy: null });
        Object.assign(env, { NO_PROXY: "127.0.0.1" });
        yield* fetchHeaders(session, server.origin);
        assert.equal(proxy.asked.length, 2, "as it was when the session was made");
        using later = new ClientSession({ trustEnv: true });
        yield* fetchHeaders(later, server.origin);
        assert.equal(proxy.asked.length, 2);
      }),
    );
  });

  test("from ALL_PROXY, a SOCKS proxy for http and https, but not for what NO_PROXY names", async () => {
    await using server = await serveHeaders();
    await using secure = await serveSecureHeaders();
    await using proxy = await serveSocks({ credentials: "ada:secret" });
    await withEnvironment({ ALL_PROXY: `socks5h://ada:secret@${proxy.address}`, no_proxy: "localhost" }, () =>
      run(function* () {
        using session = new ClientSession({ trustEnv: true, connector: { ssl: { ca: own.cert }, family: 4 } });
        yield* fetchHeaders(session, server.origin);
        yield* fetchHeaders(session, `https://some.example:${secure.port}`);
        yield* fetchHeaders(session, `http://localhost:${server.port}`);
        assert.deepEqual(proxy.asked, [`127.0.0.1:${server.port}`, `some.example:${secure.port}`]);
      }),
    );
  });

  test("a redirect to a host that NO_PROXY names leaves it", async () => {
    await using proxy = await serveProxy();
    await using server = await serve((request, response) => {
      if (request.url === "/there") response.end("there");
      else response.writeHead(302, { location: `http://localhost:${server.port}/there` }).end();
    });
    await withEnvironment({ http_proxy: proxy.url, no_proxy: "localhost" }, () =>
      run(function* () {
        using session = new ClientSession({ trustEnv: true, connector: { family: 4 } });
        assert.equal(yield* (yield* session.get(server.origin)).text(), "there");
        assert.deepEqual(
          proxy.asked.map(({ line }) => line),
          [`GET ${server.origin}/`],
        );
      }),
    );
  });
});

test("a header for the proxy does not go through the tunnel to the server", async () => {
  await using server = await serveSecureHeaders();
  await using proxy = await serveProxy();
  await run(function* () {
    using session = new ClientSession({ proxy: proxy.url, connector: { ssl: { ca: own.cert } } });
    const headers = { "proxy-authorization": basic("ada:secret"), "x-other": "proxy-authorization" };
    const seen = yield* fetchHeaders(session, `${server.secureOrigin}/`, { headers });
    assert.equal(seen["proxy-authorization"], undefined);
    assert.equal((seen as { "x-other"?: string })["x-other"], "proxy-authorization");
  });
});

describe("a proxy", () => {
  const url = "https://some.example/";

  async function failing(proxy: string, options: RequestOptions = {}, target = url): Promise<Error> {
    return run(function* () {
      using session = new ClientSession({ proxy });
      const error = (yield* failureOf(session.get(target, options))) as Error;
      assert.doesNotMatch(`${error.stack} ${error.cause}`, /s3cret/);
      return error;
    });
  }

  test("that wants credentials: ClientHttpProxyError, which says how to give them", async () => {
    await using proxy = await serveProxy({ credentials: "a:b" });
    const error = await failing(proxy.url);
    assert.ok(error instanceof ClientHttpProxyError, String(error));
    assert.deepEqual(
      [error.status, error.code, error.proxy, error.headers.get("proxy-authenticate")],
      [407, "ERR_CLIENT_HTTP_PROXY", proxy.url, "Basic"],
    );
    assert.equal(
      error.message,
      `GET ${url}: the proxy ${proxy.url} refused to connect to some.example:443: 407 Proxy Authentication Required; it wants user name and password, \`proxyAuth: { login: "…", password: "…" }\``,
    );
    const wrong = await failing(proxy.url, { proxy: proxy.url.replace("//", "//ada:s3cret@") });
    assert.match(wrong.message, /407 .*; it does not take this user name and password$/);
  });

  test("that wants credentials for http answers 407, as aiohttp leaves it", async () => {
    await using proxy = await serveProxy({ credentials: "a:b" });
    await run(function* () {
      using session = new ClientSession({ proxy: proxy.url });
      assert.equal((yield* session.get("http://some.example/")).status, 407);
    });
  });

  test("that refuses the tunnel", async () => {
    await using proxy = await serveProxy({ refusal: "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n" });
    const error = await failing(proxy.url);
    assert.ok(error instanceof ClientHttpProxyError, String(error));
    assert.match(error.message, /refused to connect to some.example:443: 403 Forbidden$/);
  });

  for (const [how, refusal] of [
    ["closes", ""],
    ["answers garbage", "SSH-2.0-OpenSSH\r\n\r\n"],
  ] as const) {
    test(`that ${how} instead of a tunnel`, async () => {
      await using proxy = await serveProxy({ refusal });
      const error = await failing(proxy.url);
      assert.ok(error instanceof ClientProxyConnectionError, String(error));
      assert.match(error.message, /the proxy http:\/\/127.0.0.1:\d+ failed to open a tunnel: .+ while connecting/);
    });
  }

  for (const target of [url, "http://some.example/"]) {
    test(`that is not there: ClientProxyConnectionError, with its address and without its password (${target})`, async () => {
      const port = await refusedPort();
      const error = await failing(`http://ada:s3cret@127.0.0.1:${port}`, {}, target);
      assert.ok(error instanceof ClientProxyConnectionError && error instanceof ClientConnectionError, String(error));
      assert.deepEqual([error.code, error.proxy], ["ERR_CLIENT_PROXY_CONNECTION", `http://127.0.0.1:${port}`]);
      assert.equal(
        error.message,
        `GET ${target}: the proxy http://127.0.0.1:${port} could not be reached: connect ECONNREFUSED 127.0.0.1:${port} while connecting`,
      );
    });
  }

  test("whose name nobody knows", async () => {
    const error = await failing("http://nobody.invalid:3128");
    assert.ok(error instanceof ClientProxyConnectionError, String(error));
    assert.match(error.message, /the proxy http:\/\/nobody.invalid:3128 could not be reached: getaddrinfo E/);
  });

  test("whose own certificate is not trusted", async () => {
    await using proxy = await serveProxy({ certificate: own });
    const error = await failing(proxy.url);
    assert.ok(error instanceof ClientProxyConnectionError, String(error));
    assert.match(error.message, /could not be reached: self-signed certificate/);
  });

  test("does not keep the server's certificate from being checked", async () => {
    await using server = await serveSecureHeaders();
    await using proxy = await serveProxy();
    const error = await failing(proxy.url, {}, `${server.secureOrigin}/`);
    assert.ok(error instanceof ClientConnectorCertificateError, String(error));
  });

  test("that never answers ends in time, by the limit that was set", async () => {
    await using proxy = await serveProxy({ refusal: "silence" });
    for (const limit of ["total", "connect", "sockConnect"] as const) {
      const error = await failing(proxy.url, { timeout: { [limit]: 30 } });
      assert.ok(error instanceof ServerTimeoutError, String(error));
      assert.deepEqual([error.limit, error.phase], [limit, "connecting"]);
    }
  });

  test("that never answers can be given up, and its place is free again", async () => {
    await using proxy = await serveProxy({ refusal: "silence" });
    await using server = await serveHeaders();
    await run(function* () {
      using session = new ClientSession({ connector: { limit: 1 } });
      const task = createTask(session.get(url, { proxy: proxy.url }));
      yield* from(proxy.until(() => proxy.asked.length === 1));
      task.cancel();
      assert.ok(isCancelled(yield* failureOf(task)));
      yield* fetchHeaders(session, server.origin);
      yield* from(proxy.until(() => proxy.sockets.size === 0));
    });
  });

  test("must be http, https or SOCKS", () => {
    for (const bad of ["socks4://a:s3cret@p:1", "p:3128", "", "ada:s3cret@p"]) {
      assert.throws(
        () => new ClientSession({ proxy: bad }),
        (error: Error) =>
          error instanceof RangeError &&
          /Expected `proxy` to be a URL such as http:..proxy.example:3128/.test(error.message) &&
          !error.message.includes("s3cret"),
      );
    }
    assert.equal(parseProxy("http://p", undefined).port, 80);
    assert.deepEqual(parseProxy("https://[::1]/", undefined).hostname, "::1");
    assert.throws(() => parseProxy("http://p", { login: "a:b" }), /no colon/);
  });
});

for (const secure of [false, true]) {
  test(`a cancellation at any point on the way through a proxy leaves nothing (${secure ? "https" : "http"})`, async () => {
    await using server = await serveSecureHeaders();
    await using plain = await serveHeaders();
    await using proxy = await serveProxy();
    const points = await cancelEverywhere(function* () {
      const session = new ClientSession({ proxy: proxy.url, connector: { ssl: { ca: own.cert }, limit: 2 } });
      const url = secure ? `https://some.example:${server.port}/` : plain.origin;
      try {
        yield* fetchHeaders(session, url);
      } finally {
        yield* closedWhole(session, 2, url);
      }
    });
    assert.ok(points >= 6, String(points));
  });
}

test("a session that is closed ends what is on its way through a proxy", async () => {
  await using silent = await serveSilence();
  await run(function* () {
    const session = new ClientSession({ proxy: silent.origin });
    const task = createTask(session.get("https://some.example/"));
    yield* from(silent.until(() => silent.connections === 1));
    yield* sleep(2);
    yield* session.close();
    assert.match(String(yield* failureOf(task)), /the session was closed while connecting/);
  });
});
