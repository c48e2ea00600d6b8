/** Servers that lie, stall, flood and lead astray: each ends in an error, and nothing is left. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { type Coroutine, from, run } from "yieldfrom";
import {
  ClientError,
  ClientPayloadError,
  ClientSession,
  CookieJar,
  NonHttpUrlRedirectClientError,
  RedirectClientError,
  ServerDisconnectedError,
  ServerProtocolError,
  ServerTimeoutError,
  TooManyRedirects,
} from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { serve, serveBytes, serveTcp, type TestServer } from "./server.ts";

const HEAD = "HTTP/1.1 200 OK\r\n";

/** What a GET of `server` and reading it fails with; afterwards the connection is closed and its place is free. */
function failing(server: TestServer, sockRead = 2000): Promise<ClientError> {
  return run(function* () {
    using session = new ClientSession({ connector: { limit: 1 }, timeout: { sockRead } });
    const get = function* (): Coroutine<Uint8Array> {
      using response = yield* session.get(`${server.origin}/x`);
      return yield* response.read();
    };
    const error = yield* failureOf(get());
    assert.ok(error instanceof ClientError, String(error));
    assert.ok(error.message.startsWith(`GET ${server.origin}/x: `), error.message);
    yield* from(server.until(() => server.sockets.size === 0));
    return error;
  });
}

describe("a body that lies about its length", () => {
  for (const [what, bytes, kind] of [
    ["shorter than it says", `${HEAD}content-length: 10\r\n\r\nabc`, ClientPayloadError],
    ["a chunk shorter than it says", `${HEAD}transfer-encoding: chunked\r\n\r\nff\r\nabc`, ClientPayloadError],
    [
      "a chunk longer than it says",
      `${HEAD}transfer-encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n`,
      ClientPayloadError,
    ],
    [
      "a chunk of absurd length",
      `${HEAD}transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\na`,
      ClientPayloadError,
    ],
    ["chunks without an end", `${HEAD}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`, ClientPayloadError],
    ["a negative length", `${HEAD}content-length: -1\r\n\r\nabc`, ServerProtocolError],
    [
      "two ways to tell it",
      `${HEAD}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
      ServerProtocolError,
    ],
  ] as const) {
    test(what, async () => {
      await using server = await serveBytes(bytes, (socket) => void socket.end());
      assert.ok((await failing(server)) instanceof kind);
    });
  }

  test("longer than it says: the rest is not taken for the next answer", async () => {
    let answers = 0;
    await using server = await serveTcp((socket) => {
      socket.on("data", () => {
        answers++;
        socket.write(
          answers === 1
            ? `${HEAD}content-length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\n\r\nevil`
            : `${HEAD}content-length: 4\r\n\r\ngood`,
        );
      });
    });
    await run(function* () {
      using session = new ClientSession();
      const outcomes: string[] = [];
      for (let i = 0; i < 2; i++) {
        try {
          outcomes.push(yield* (yield* session.get(`${server.origin}/x`)).text());
        } catch (error) {
          assert.ok(error instanceof ClientError, String(error));
          outcomes.push(error.name);
        }
        yield* from(new Promise((resolve) => setImmediate(resolve)));
      }
      assert.ok(!outcomes.includes("evil"), `${outcomes}`);
      assert.equal(outcomes[1], "good");
    });
  });
});

describe("a connection that is reset", () => {
  for (const [where, before] of [
    ["before anything", ""],
    ["in the status line", "HTTP/1.1 20"],
    ["in the headers", `${HEAD}content-le`],
    ["after the headers", `${HEAD}content-length: 100\r\n\r\n`],
    ["in the body", `${HEAD}content-length: 100\r\n\r\nabc`],
    ["in a chunk", `${HEAD}transfer-encoding: chunked\r\n\r\nff\r\nabc`],
  ] as const) {
    test(where, async () => {
      await using server = await serveTcp((socket) => {
        socket.on("data", () => socket.write(before, () => setImmediate(() => socket.resetAndDestroy())));
      });
      const error = await failing(server);
      assert.ok(error instanceof ServerDisconnectedError || error instanceof ClientPayloadError, String(error));
    });
  }
});

describe("a server that floods", () => {
  const flood = (socket: { destroyed: boolean; write(bytes: string, then: () => void): unknown }, bytes: string) => {
    const more = () => {
      if (!socket.destroyed) socket.write(bytes, more);
    };
    more();
  };
  for (const [what, bytes] of [
    ["with headers that never end", `x-a: ${"b".repeat(1000)}\r\n`],
    ["with one header that never ends", "b".repeat(10_000)],
    ["with interim answers", "HTTP/1.1 100 Continue\r\n\r\n"],
  ] as const) {
    test(what, async () => {
      await using server = await serveTcp((socket) => {
        socket.once("data", () =>
          socket.write(what.includes("interim") ? "" : `${HEAD}x: `, () => flood(socket, bytes)),
        );
      });
      const error = await failing(server, 300);
      assert.ok(error instanceof ServerProtocolError || error instanceof ServerTimeoutError, String(error));
    });
  }

  test("with a status line that never ends", async () => {
    await using server = await serveTcp((socket) => {
      socket.once("data", () => socket.write("HTTP/1.1 200 ", () => flood(socket, "a".repeat(10_000))));
    });
    const error = await failing(server, 300);
    assert.ok(error instanceof ServerProtocolError || error instanceof ServerTimeoutError, String(error));
  });

  test("with a bomb, whose error is the bound's", async () => {
    const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024));
    await using server = await serve((_, response) => {
      response.writeHead(200, { "content-encoding": "gzip", "content-length": bomb.length + 10 }).write(bomb);
    });
    const error = await failing(server);
    assert.equal(error.code, "ERR_BODY_TOO_LARGE");
    assert.match(error.message, /67108864 bytes and 100 times the \d+ that came/);
  });

  test("with cookies", async () => {
    await using server = await serve((_, response) => {
      response
        .writeHead(200, { "set-cookie": ["a=1; Domain=com", "b=2; Domain=other.example", `c=${"x".repeat(5000)}`] })
        .end();
    });
    await run(function* () {
      const cookieJar = new CookieJar({ unsafe: true });
      using session = new ClientSession({ cookieJar });
      yield* (yield* session.get(server.origin)).read();
      assert.deepEqual(
        [...cookieJar].map(({ name, domain }) => [name, domain]),
        [["c", "127.0.0.1"]],
      );
    });
  });
});

describe("a redirect that leads astray", () => {
  for (const to of [
    "file:///etc/passwd",
    "data:text/plain,hello",
    "ftp://127.0.0.1/x",
    "javascript:alert(1)",
    "ws://127.0.0.1/",
    "blob:http://127.0.0.1/x",
    "FILE:///etc/passwd",
    "\tfile:///etc/passwd",
  ]) {
    test(JSON.stringify(to), async () => {
      await using server = await serve((_, response) => void response.writeHead(302, { location: to }).end());
      const error = await failing2(server);
      assert.ok(error instanceof NonHttpUrlRedirectClientError && error instanceof RedirectClientError, String(error));
      assert.match(error.message, /redirected to what is not an http or https URL/);
    });
  }

  test("to what is no URL", async () => {
    await using server = await serve((_, response) => void response.writeHead(302, { location: "http://[bad/" }).end());
    const error = await failing2(server);
    assert.deepEqual([error.code, error instanceof RedirectClientError], ["ERR_INVALID_URL_REDIRECT", true]);
  });

  test("round and round between two, growing", async () => {
    await using server = await serve(
      ({ url }, response) => void response.writeHead(307, { location: `${url}x` }).end(),
    );
    const error = await failing2(server);
    assert.ok(error instanceof TooManyRedirects);
    assert.equal(server.requests.length, 11);
  });

  test("with a header split in its Location", async () => {
    const bytes = "HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: /a%0d%0aX-Evil:%201\r\n\r\n";
    await using server = await serveTcp((socket) => {
      socket.on("data", (request) => {
        assert.doesNotMatch(request.toString(), /^x-evil/im);
        socket.write(request.toString().startsWith("GET /x ") ? bytes : `${HEAD}content-length: 2\r\n\r\nok`);
      });
    });
    await run(function* () {
      using session = new ClientSession();
      const response = yield* session.get(`${server.origin}/x`);
      assert.equal(yield* response.text(), "ok");
      assert.equal(response.url, `${server.origin}/a%0d%0aX-Evil:%201`);
    });
  });
});

/** As `failing`, for errors that name where it was redirected to. */
function failing2(server: TestServer): Promise<ClientError> {
  return run(function* () {
    using session = new ClientSession({ connector: { limit: 1 } });
    const error = yield* failureOf(session.get(`${server.origin}/x`));
    assert.ok(error instanceof ClientError, String(error));
    return error;
  });
}
