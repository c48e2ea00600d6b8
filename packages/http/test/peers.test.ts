/** ClientSession with nginx, tinyproxy and Python's aiohttp as the other side. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { peer, python } from "@yieldfrom/testing/peers";
import { type Coroutine, createTask, gather, isCancelled, run, sleep } from "yieldfrom";
import {
  ClientConnectorCertificateError,
  ClientHttpProxyError,
  ClientSession,
  ClientSocksProxyError,
  ServerTimeoutError,
  TCPConnector,
} from "../src/index.ts";
import { certificate } from "./certificates.ts";
import { failureOf } from "./failure-of.ts";
import { leavesNothing } from "./leaves-nothing.ts";
import { type PeerProcess, startPeer } from "./peers.ts";
import { serve } from "./server.ts";

leavesNothing();

function* fetchText(session: ClientSession, url: string, options = {}): Coroutine<string> {
  using response = yield* session.get(url, options);
  assert.equal(response.status, 200);
  return yield* response.text();
}

/** nginx with one server, of which `server` says more. */
async function startNginx(
  server: string,
  cert?: { readonly key: string; readonly cert: string },
): Promise<PeerProcess> {
  return startPeer({
    command: (folder) => [peer("nginx").path, "-p", folder, "-c", `${folder}/nginx.conf`, "-e", `${folder}/errors`],
    files: (folder, port) => ({
      ...(cert === undefined ? null : { "key.pem": cert.key, "cert.pem": cert.cert }),
      "index.html": "hello",
      "large.bin": "x".repeat(3_000_000),
      "nginx.conf": `
        daemon off; master_process off; pid ${folder}/pid; worker_rlimit_core 0;
        events { worker_connections 256; }
        http {
          access_log off;
          client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
          uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
          server {
            listen 127.0.0.1:${port} ${cert === undefined ? "" : "ssl http2"};
            ${cert === undefined ? "" : `ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem;`}
            root ${folder};
            location /who { return 200 "$connection $connection_requests $server_protocol"; }
            ${server}
          }
        }`,
    }),
  });
}

describe("nginx", peer("nginx"), () => {
  test("that closes a connection after three requests: all are answered, over new ones", async () => {
    await using nginx = await startNginx("keepalive_requests 3;");
    await run(function* () {
      using session = new ClientSession({ connector: { limit: 1 } });
      const counts: string[] = [];
      for (let i = 0; i < 7; i++) {
        const [, count = ""] = (yield* fetchText(session, `http://127.0.0.1:${nginx.port}/who`)).split(" ");
        counts.push(count);
      }
      assert.deepEqual(counts, ["1", "2", "3", "1", "2", "3", "1"]);
    });
  });

  test("that closes idle connections within a second: the next request does not notice", async () => {
    await using nginx = await startNginx("keepalive_timeout 100ms;");
    await run(function* () {
      using session = new ClientSession();
      for (let i = 0; i < 4; i++) {
        // About when the connection is closed, before or after.
        assert.match(yield* fetchText(session, `http://127.0.0.1:${nginx.port}/who`), /^\d+ \d+ HTTP\/1.1$/);
        yield* sleep(98 + i);
      }
    });
  });

  test("serves a hundred at a time over a hundred connections, and over ten", async () => {
    await using nginx = await startNginx("");
    await run(function* () {
      for (const limit of [100, 10]) {
        using session = new ClientSession({ connector: { limit } });
        const texts = yield* gather(
          Array.from({ length: 100 }, () => fetchText(session, `http://127.0.0.1:${nginx.port}/who`)),
        );
        const connections = new Set(texts.map((text) => text.split(" ", 1)[0]));
        assert.ok(connections.size <= limit);
      }
    });
  });

  test("with TLS, by HTTP/2 and HTTP/1.1", async () => {
    const own = await certificate();
    await using nginx = await startNginx("", own);
    await run(function* () {
      const url = `https://127.0.0.1:${nginx.port}`;
      using h2 = new ClientSession({ connector: { ssl: { ca: own.cert }, http2: true } });
      const texts = yield* gather(Array.from({ length: 50 }, () => fetchText(h2, `${url}/who`)));
      assert.ok(texts.every((text) => text.endsWith("HTTP/2.0")));
      assert.equal(new Set(texts.map((text) => text.split(" ", 1)[0])).size, 1);
      assert.equal((yield* fetchText(h2, `${url}/large.bin`)).length, 3_000_000);
      using h1 = new ClientSession({ connector: { ssl: { ca: own.cert } } });
      assert.match(yield* fetchText(h1, `${url}/who`), /HTTP\/1.1$/);
      using wary = new ClientSession();
      assert.ok((yield* failureOf(wary.get(url))) instanceof ClientConnectorCertificateError);
    });
  });

  test("by HTTP/2, that allows few requests on a connection: all are answered, over new ones", async () => {
    const own = await certificate();
    await using nginx = await startNginx("keepalive_requests 20; http2_max_concurrent_streams 5;", own);
    await run(function* () {
      using session = new ClientSession({ connector: { ssl: { ca: own.cert }, http2: true } });
      const url = `https://127.0.0.1:${nginx.port}/index.html`;
      for (let i = 0; i < 10; i++) {
        const texts = yield* gather(Array.from({ length: 10 }, () => fetchText(session, url)));
        assert.deepEqual(texts, Array(10).fill("hello"));
      }
    });
  });

  test("by HTTP/2, cancelled at any point, leaves nothing", async () => {
    const own = await certificate();
    await using nginx = await startNginx("", own);
    await cancelEverywhere(function* () {
      const session = new ClientSession({ connector: { ssl: { ca: own.cert }, http2: true, limit: 1 } });
      try {
        yield* fetchText(session, `https://127.0.0.1:${nginx.port}/index.html`);
      } finally {
        yield* session.close();
      }
    });
  });
});

describe("tinyproxy", peer("tinyproxy"), () => {
  function startTinyproxy(more = ""): Promise<PeerProcess> {
    return startPeer({
      command: (folder) => [peer("tinyproxy").path, "-d", "-c", `${folder}/tinyproxy.conf`],
      files: (_, port) => ({
        "tinyproxy.conf": `Port ${port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 50\nLogLevel Critical\n${more}\n`,
      }),
    });
  }

  test("forwards http, and opens tunnels for https", async () => {
    const own = await certificate();
    await using server = await serve((request, response) => {
      response.end(`${request.headers.host} ${request.url} ${request.headers["proxy-authorization"]}`);
    });
    await using nginx = peer("nginx").skip === false ? await startNginx("", own) : null;
    await using proxy = await startTinyproxy();
    await run(function* () {
      using session = new ClientSession({
        proxy: `http://127.0.0.1:${proxy.port}`,
        connector: { ssl: { ca: own.cert }, http2: true },
      });
      const text = yield* fetchText(session, `${server.origin}/a?b`);
      assert.equal(text, `127.0.0.1:${server.port} /a?b undefined`);
      if (nginx === null) return;
      const texts = yield* gather(
        Array.from({ length: 10 }, () => fetchText(session, `https://127.0.0.1:${nginx.port}/who`)),
      );
      assert.equal(new Set(texts.map((each) => each.replace(/ \d+ /, " "))).size, 1);
      assert.match(texts[0] ?? "", /HTTP\/2.0$/);
    });
  });

  test("that wants credentials", async () => {
    await using server = await serve((_, response) => void response.end("ok"));
    await using proxy = await startTinyproxy("BasicAuth ada secret");
    await run(function* () {
      const url = `http://127.0.0.1:${proxy.port}`;
      using session = new ClientSession({ proxy: url, proxyAuth: { login: "ada", password: "secret" } });
      assert.equal(yield* fetchText(session, server.origin), "ok");
      using wrong = new ClientSession({ proxy: url });
      assert.equal((yield* wrong.get(server.origin)).status, 407);
      const error = yield* failureOf(wrong.get(`https://127.0.0.1:${server.port}/`));
      assert.ok(error instanceof ClientHttpProxyError && error.status === 407, String(error));
    });
  });

  test("that can't reach the server", async () => {
    await using proxy = await startTinyproxy();
    await run(function* () {
      using session = new ClientSession({ proxy: `http://127.0.0.1:${proxy.port}` });
      const error = yield* failureOf(session.get("https://127.0.0.1:1/"));
      assert.ok(error instanceof ClientHttpProxyError, String(error));
      assert.ok(error.status >= 500);
    });
  });
});

describe("microsocks", peer("microsocks"), () => {
  const start = (...more: string[]) =>
    startPeer({
      command: (_, port) => [peer("microsocks").path, "-i", "127.0.0.1", "-p", String(port), ...more],
      files: () => ({}),
    });

  test("http, https and HTTP/2 through it, names resolved here and there", async () => {
    const own = await certificate();
    await using nginx = await startNginx("", own);
    await using server = await serve((_, response) => void response.end("ok"));
    await using proxy = await start();
    await run(function* () {
      for (const scheme of ["socks5", "socks5h"]) {
        const connector = { ssl: { ca: own.cert }, http2: true, limit: 3 };
        using session = new ClientSession({ proxy: `${scheme}://127.0.0.1:${proxy.port}`, connector });
        for (let i = 0; i < 3; i++) assert.equal(yield* fetchText(session, `http://localhost:${server.port}`), "ok");
        const texts = yield* gather(
          Array.from({ length: 10 }, () => fetchText(session, `https://localhost:${nginx.port}/who`)),
        );
        assert.equal(new Set(texts.map((each) => each.replace(/ \d+ /, " "))).size, 1);
        assert.match(texts[0] ?? "", /HTTP\/2.0$/);
        assert.equal((yield* fetchText(session, `https://localhost:${nginx.port}/large.bin`)).length, 3_000_000);
      }
      assert.equal(server.connections, 2);
    });
  });

  test("that wants credentials", async () => {
    await using server = await serve((_, response) => void response.end("ok"));
    await using proxy = await start("-u", "ada", "-P", "secret");
    await run(function* () {
      const url = `socks5h://127.0.0.1:${proxy.port}`;
      using session = new ClientSession({ proxy: url, proxyAuth: { login: "ada", password: "secret" } });
      assert.equal(yield* fetchText(session, server.origin), "ok");
      using wrong = new ClientSession({ proxy: url });
      for (const options of [{}, { proxyAuth: { login: "ada", password: "other" } }]) {
        const error = yield* failureOf(wrong.get(server.origin, options));
        assert.ok(error instanceof ClientSocksProxyError && error.reason === "authentication", String(error));
      }
    });
  });

  test("that can't reach the server", async () => {
    await using proxy = await start();
    await run(function* () {
      using session = new ClientSession({ proxy: `socks5h://127.0.0.1:${proxy.port}` });
      const error = yield* failureOf(session.get("http://127.0.0.1:1/"));
      assert.ok(error instanceof ClientSocksProxyError && error.reason === "connection refused", String(error));
    });
  });

  test("cancelled at any point, leaves nothing", async () => {
    await using server = await serve((_, response) => void response.end("ok"));
    await using proxy = await start();
    await cancelEverywhere(function* () {
      const session = new ClientSession({ proxy: `socks5h://127.0.0.1:${proxy.port}` });
      try {
        yield* fetchText(session, server.origin);
      } finally {
        yield* session.close();
      }
    });
  });
});

const AIOHTTP = `
import asyncio, sys
from aiohttp import web

async def echo(request):
    return web.json_response({"method": request.method, "body": (await request.read()).decode(), "peer": request.transport.get_extra_info("peername")[1]})

async def stream(request):
    response = web.StreamResponse()
    await response.prepare(request)
    for i in range(5):
        await response.write(b"chunk %d\\n" % i)
        await asyncio.sleep(0.01)
    await response.write_eof()
    return response

async def slow(request):
    await asyncio.sleep(60)

app = web.Application()
app.add_routes([web.route("*", "/echo", echo), web.get("/stream", stream), web.get("/slow", slow)])
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, handle_signals=True, shutdown_timeout=0.1)
`;

describe("aiohttp", python("aiohttp"), () => {
  const start = () =>
    startPeer({
      command: (folder, port) => [python("aiohttp").path, `${folder}/server.py`, String(port)],
      files: () => ({ "server.py": AIOHTTP }),
    });

  test("gets bodies, over kept connections, and streams them", async () => {
    await using server = await start();
    const url = `http://127.0.0.1:${server.port}`;
    await run(function* () {
      using session = new ClientSession();
      const peers = new Set<number>();
      for (const data of [
        "text",
        new Uint8Array([97, 98]),
        (async function* () {
          yield "a";
          yield "b";
        })(),
      ]) {
        using response = yield* session.post(`${url}/echo`, { data });
        const { method, body, peer } = yield* response.json<{ method: string; body: string; peer: number }>();
        assert.deepEqual([method, body], ["POST", typeof data === "string" ? "text" : "ab"]);
        peers.add(peer);
      }
      assert.equal(peers.size, 1);
      assert.match(yield* fetchText(session, `${url}/stream`), /^(chunk \d\n){5}$/);
      const error = yield* failureOf(session.get(`${url}/slow`, { timeout: { sockRead: 30 } }));
      assert.ok(error instanceof ServerTimeoutError);
      const task = createTask(session.get(`${url}/slow`));
      yield* sleep(10);
      task.cancel();
      assert.ok(isCancelled(yield* failureOf(task)));
    });
  });

  test("cancelled at any point, leaves nothing", async () => {
    await using server = await start();
    await cancelEverywhere(function* () {
      const session = new ClientSession({ connector: { limit: 1 } });
      try {
        using response = yield* session.post(`http://127.0.0.1:${server.port}/echo`, { data: "x" });
        yield* response.read();
      } finally {
        yield* session.close();
      }
    });
  });
});

const DEAF = `
import socket, sys, time
servers = []
for host in sys.argv[2:]:
    server = socket.socket()
    server.bind((host, int(sys.argv[1])))
    server.listen(0)
    full = [socket.socket() for _ in range(4)]
    for one in full:
        one.setblocking(False)
        one.connect_ex((host, int(sys.argv[1])))
    servers.append((server, full))
time.sleep(0.05)
ready = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(60)
`;

describe("a server that accepts nobody, its queue full", python(), () => {
  const start = () =>
    startPeer({
      command: (folder, port) => [python().path, `${folder}/deaf.py`, String(port), "127.0.0.2"],
      files: () => ({ "deaf.py": DEAF }),
    });

  test("is given up in time, by the limit that was set", async () => {
    await using deaf = await start();
    await run(function* () {
      using session = new ClientSession({ connector: { limit: 1 } });
      for (const limit of ["sockConnect", "connect", "total"] as const) {
        const error = yield* failureOf(session.get(`http://127.0.0.2:${deaf.port}/`, { timeout: { [limit]: 30 } }));
        assert.ok(error instanceof ServerTimeoutError, String(error));
        assert.deepEqual([error.limit, error.phase], [limit, "connecting"]);
      }
    });
  });

  test("can be cancelled, and its place is free", async () => {
    await using deaf = await start();
    await using server = await serve((_, response) => void response.end("ok"));
    await run(function* () {
      using session = new ClientSession({ connector: { limit: 1 } });
      const task = createTask(session.get(`http://127.0.0.2:${deaf.port}/`));
      yield* sleep(10);
      task.cancel();
      assert.ok(isCancelled(yield* failureOf(task)));
      assert.equal(yield* fetchText(session, server.origin), "ok");
    });
  });

  test("does not keep the host's other address from being tried", async () => {
    await using deaf = await start();
    await run(function* () {
      const connector = new TCPConnector({
        happyEyeballsDelay: 20,
        resolver: () => [
          { address: "127.0.0.2", family: 4 },
          { address: "127.0.0.1", family: 4 },
        ],
      });
      using session = new ClientSession({ connector });
      // The other one is connected to, and says nothing.
      const error = yield* failureOf(
        session.get(`http://some.example:${deaf.port}/`, { timeout: { sockRead: 50, sockConnect: 5000 } }),
      );
      assert.ok(error instanceof ServerTimeoutError && error.phase === "waiting for headers", String(error));
      const patient = new TCPConnector({
        happyEyeballsDelay: null,
        resolver: () => [
          { address: "127.0.0.2", family: 4 },
          { address: "127.0.0.1", family: 4 },
        ],
      });
      using other = new ClientSession({ connector: patient });
      const late = yield* failureOf(other.get(`http://some.example:${deaf.port}/`, { timeout: { sockConnect: 50 } }));
      assert.ok(late instanceof ServerTimeoutError && late.limit === "sockConnect", String(late));
    });
  });
});
