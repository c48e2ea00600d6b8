/** `serve` as curl, nc, nginx and aiohttp see it. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once as onceEmitted } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { peer, python } from "@yieldfrom/testing/peers";
import { generate } from "selfsigned";
import { type Coroutine, Event, forEach, from, isCancelled, sleep } from "yieldfrom";
import { bodyStream, type HttpServer, upgradeWebSocket, WSMsgType } from "../../src/index.ts";
import { freePort } from "../peers.ts";
import { portOf, until, withServer } from "./helper.ts";

interface Done {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end, whatever that is. */
function* program(path: string, args: string[], input?: Uint8Array | string): Coroutine<Done> {
  return yield* from(
    (signal) =>
      new Promise<Done>((resolve) => {
        const child = execFile(path, args, { signal, maxBuffer: 2 ** 28, timeout: 20_000 }, (error, out, err) =>
          resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err }),
        );
        child.stdin?.on("error", () => {});
        child.stdin?.end(input);
      }),
  );
}

function* curl(...args: string[]): Coroutine<Done> {
  return yield* program(peer("curl").path, ["-sS", "--noproxy", "*", ...args]);
}

const MEGABYTE = new Uint8Array(2 ** 20);

describe("curl", peer("curl"), () => {
  test("gets pages over one connection, in all versions of HTTP/1", async () => {
    await withServer(
      (request) => new Response(`<${request.url}>`),
      function* (server) {
        const { out } = yield* curl("-w", "%{num_connects}", `${server.url}a`, `${server.url}b`);
        assert.equal(out, `<${server.url}a>1<${server.url}b>0`);
        assert.equal((yield* curl("-0", server.url)).out, `<${server.url}>`);
        // curl asks for an upgrade, and is content without.
        const h2 = yield* curl("--http2", "-w", "%{http_version}", server.url);
        assert.equal(h2.out, `<${server.url}>1.1`);
        const head = yield* curl("-I", server.url);
        assert.match(head.out, /^HTTP\/1.1 200 OK\r\n/);
      },
    );
  });

  test("uploads in pieces, with a length, and what asks first", async () => {
    await withServer(
      function* (request) {
        let size = 0;
        if (request.body !== null) {
          yield* forEach(request.body, (chunk) => {
            size += chunk.byteLength;
          });
        }
        return new Response(`${request.headers.get("transfer-encoding")} ${size}`);
      },
      function* (server) {
        const folder = yield* from(mkdtemp(join(tmpdir(), "serve-")));
        try {
          const file = join(folder, "3 MB");
          yield* from(writeFile(file, Buffer.alloc(3 * 2 ** 20)));
          const { path } = peer("curl");
          const chunked = yield* program(path, ["-sS", "-T", "-", server.url], Buffer.alloc(3 * 2 ** 20));
          assert.equal(chunked.out, `chunked ${3 * 2 ** 20}`);
          const asking = yield* curl("-v", "--data-binary", `@${file}`, "-H", "expect: 100-continue", server.url);
          assert.match(asking.err, /< HTTP\/1.1 100 Continue/);
          assert.equal(asking.out, `null ${3 * 2 ** 20}`);
        } finally {
          yield* from(rm(folder, { recursive: true }));
        }
      },
      { clientMaxSize: null },
    );
  });

  test("is told that its upload is too large, though it sends all of it", async () => {
    await withServer(
      function* (request) {
        return new Response(yield* from(request.text()));
      },
      function* (server) {
        const { path } = peer("curl");
        for (const args of [
          ["-H", "expect:", "--data-binary", "@-"],
          ["-T", "-"],
          ["--data-binary", "@-"],
        ]) {
          const { out } = yield* program(
            path,
            ["-sS", "-w", "%{http_code}", ...args, server.url],
            Buffer.alloc(3 * 2 ** 20, "x"),
          );
          assert.equal(out, "413 Content Too Large\n413", `${args}`);
        }
      },
    );
  });

  test("that reads slowly makes the handler wait", async () => {
    let produced = 0;
    await withServer(
      () =>
        new Response(
          bodyStream(function* (write) {
            for (let i = 0; i < 100; i++) {
              produced++;
              yield* write(MEGABYTE);
            }
          }),
        ),
      function* (server) {
        const { code } = yield* curl("--limit-rate", "1M", "--max-time", "1", "-o", "/dev/null", server.url);
        assert.equal(code, 28); // Its time was up.
        assert.ok(produced < 20, `${produced} MB were produced for a curl that took about one`);
        yield* until(() => String(server).endsWith("requests=0>"));
      },
    );
  });

  test("whose time is up has its request cancelled", async () => {
    let error: unknown;
    const ended = new Event();
    await withServer(
      function* () {
        try {
          yield* sleep(60_000);
        } catch (thrown) {
          error = thrown;
          throw thrown;
        } finally {
          ended.set();
        }
        return new Response("");
      },
      function* (server) {
        assert.equal((yield* curl("--max-time", "0.1", server.url)).code, 28);
        yield* ended.wait();
      },
    );
    assert.ok(isCancelled(error));
  });

  test("speaks TLS, and over Unix sockets", async () => {
    const folder = await mkdtemp(join(tmpdir(), "serve-"));
    try {
      const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
        extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }],
      });
      const ca = join(folder, "ca.pem");
      await writeFile(ca, cert);
      await withServer(
        (request) => new Response(request.url),
        function* (server) {
          assert.equal(server.url, `https://127.0.0.1:${portOf(server)}/`);
          const url = `https://localhost:${portOf(server)}/`;
          const { out, err } = yield* curl("--cacert", ca, "--resolve", `localhost:${portOf(server)}:127.0.0.1`, url);
          assert.equal(out, url, err);
          assert.notEqual((yield* curl(url)).code, 0); // It does not trust the certificate.
          assert.equal((yield* curl(`http://127.0.0.1:${portOf(server)}/`)).out, "");
        },
        { ssl: { cert, key } },
      );
      const path = join(folder, "socket");
      await withServer(
        (request) => new Response(request.url),
        function* () {
          assert.equal((yield* curl("--unix-socket", path, "http://a/b")).out, "http://a/b");
        },
        { path },
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test("nc -N, which closes its side at once, gets an answer that is there at once", peer("nc"), async () => {
  await withServer(
    () => new Response("hello nc"),
    function* (server) {
      const args = ["-N", "127.0.0.1", String(portOf(server))];
      const { out } = yield* program(peer("nc").path, args, "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
      assert.match(out, /hello nc$/);
      const nonsense = yield* program(peer("nc").path, args, "hello?\n\n");
      assert.match(nonsense.out, /^HTTP\/1.1 400 Bad Request/);
    },
  );
});

const AIOHTTP = `
import asyncio, sys, aiohttp

async def main(url):
    async with aiohttp.ClientSession() as session:
        async with session.get(url + "hello", params={"a": "b c"}) as response:
            print(response.status, response.headers["content-type"], await response.text())
        async with session.post(url + "echo", data=b"x" * 1000000) as response:
            print(len(await response.read()))
        async def parts():
            for i in range(5):
                yield b"part%d " % i
                await asyncio.sleep(0.005)
        async with session.post(url + "echo", data=parts()) as response:
            print(await response.text())
        form = aiohttp.FormData({"name": "Ann"})
        form.add_field("file", b"content", filename="a.txt")
        async with session.post(url + "form", data=form) as response:
            print(await response.text())
        async with session.get(url + "stream") as response:
            print(b"".join([chunk async for chunk in response.content.iter_any()]).decode())
        for compress in (0, 15):
            async with session.ws_connect(url + "ws", compress=compress, protocols=["echo"]) as ws:
                await ws.send_str("grüße" * 1000)
                print(len((await ws.receive()).data), ws.protocol)
                await ws.send_bytes(b"123")
                print((await ws.receive()).data)
                await ws.ping()
                await ws.send_str("bye")
                message = await ws.receive()
                print(message.type, message.data, message.extra, ws.close_code)

asyncio.run(main(sys.argv[1]))
`;

test("aiohttp's client gets along with it: pages, uploads, forms, streams, WebSockets", python("aiohttp"), async () => {
  await withServer(
    function* (request) {
      const { pathname, searchParams } = new URL(request.url);
      switch (pathname) {
        case "/echo":
          return new Response(yield* from(request.bytes()));
        case "/form": {
          const form = yield* from(request.formData());
          const file = form.get("file") as File;
          return new Response(`${form.get("name")} ${file.name} ${yield* from(file.text())}`);
        }
        case "/stream":
          return new Response(
            bodyStream(function* (write) {
              for (const word of ["one ", "two ", "three"]) {
                yield* write(word);
                yield* sleep(5);
              }
            }),
          );
        case "/ws": {
          const socket = yield* upgradeWebSocket(request, { compress: true, protocols: ["echo"] });
          for (;;) {
            const message = yield* socket.receive();
            if (message.data === "bye") break;
            if (message.type === WSMsgType.TEXT || message.type === WSMsgType.BINARY) yield* socket.send(message.data);
          }
          yield* socket.close(4000, "as you said");
          return socket;
        }
        default:
          return new Response(`hello ${searchParams.get("a")}`);
      }
    },
    function* (server) {
      const { out, err } = yield* program(python("aiohttp").path, ["-c", AIOHTTP, server.url]);
      const sockets = (protocol: string) => [`5000 ${protocol}`, "b'123'", "8 4000 as you said 4000"];
      assert.deepEqual(
        out.trim().split("\n"),
        [
          "200 text/plain;charset=UTF-8 hello b c",
          "1000000",
          "part0 part1 part2 part3 part4 ",
          "Ann a.txt content",
          "one two three",
          ...sockets("echo"),
          ...sockets("echo"),
        ],
        err,
      );
    },
  );
});

describe("nginx before it", peer("nginx"), () => {
  test("hands requests, uploads and WebSockets on, and a client's going away", async () => {
    const ended = new Event();
    const started = new Event();
    let error: unknown;
    await withServer(
      function* (request) {
        const { pathname } = new URL(request.url);
        if (pathname === "/wait") {
          started.set();
          try {
            yield* sleep(60_000);
          } catch (thrown) {
            error = thrown;
            throw thrown;
          } finally {
            ended.set();
          }
        }
        if (pathname === "/ws") {
          const socket = yield* upgradeWebSocket(request);
          yield* socket.sendStr(`you said ${yield* socket.receiveStr()}`);
          return socket;
        }
        if (request.body !== null) return new Response(`${(yield* from(request.bytes())).length}`);
        return new Response(`${request.url} ${request.ip}`);
      },
      function* (server) {
        yield* behindNginx(server, function* (url) {
          assert.equal((yield* curl(`${url}a?b`)).out, `https://front.example/a?b 203.0.113.7`);
          const { path } = peer("curl");
          const upload = yield* program(path, ["-sS", "-T", "-", `${url}upload`], Buffer.alloc(2 ** 20 - 1));
          assert.equal(upload.out, String(2 ** 20 - 1));
          const { ClientSession } = yield* from(import("../../src/index.ts"));
          using session = new ClientSession();
          const socket = yield* session.wsConnect(`${url}ws`);
          yield* socket.sendStr("hi");
          assert.equal(yield* socket.receiveStr(), "you said hi");
          yield* socket.close();
          yield* session.close();
          yield* curl("--max-time", "0.1", `${url}wait`);
          yield* started.wait();
          yield* ended.wait();
        });
      },
      { trustProxy: "loopback" },
    );
    assert.ok(isCancelled(error), `${error}`);
  });
});

/** Runs `body` with the URL of an nginx that hands all on to `server`. */
function* behindNginx(server: HttpServer, body: (url: string) => Coroutine<void>): Coroutine<void> {
  const folder = yield* from(mkdtemp(join(tmpdir(), "nginx-")));
  const port = yield* from(freePort());
  const config = `
daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log ${folder}/error.log;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  upstream app { server 127.0.0.1:${portOf(server)}; keepalive 4; }
  server {
    listen 127.0.0.1:${port};
    client_max_body_size 0;
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_request_buffering off;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-Host front.example;
      proxy_set_header X-Forwarded-Proto https;
      proxy_set_header X-Forwarded-For 203.0.113.7;
    }
    location /ws {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade;
    }
  }
}`;
  try {
    const file = join(folder, "nginx.conf");
    yield* from(writeFile(file, config));
    const nginx = spawn(peer("nginx").path, ["-p", folder, "-c", file, "-e", join(folder, "error.log")], {
      stdio: "ignore",
    });
    const exited = onceEmitted(nginx, "exit");
    try {
      const url = `http://127.0.0.1:${port}/`;
      yield* curl("--retry", "20", "--retry-connrefused", "--retry-delay", "0", "--retry-max-time", "10", url);
      yield* body(url);
    } finally {
      nginx.kill("SIGTERM");
      yield* from(exited);
    }
  } finally {
    yield* from(rm(folder, { recursive: true }));
  }
}
