import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { run } from "yieldfrom";
import {
  ClientConnectionError,
  ClientConnectorError,
  ClientError,
  ClientPayloadError,
  ClientSession,
  InvalidUrlError,
  ServerDisconnectedError,
  ServerProtocolError,
} from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { refusedPort, serve, serveBytes, serveTcp } from "./server.ts";

/** The error of requesting `url` and reading the response, checked for what every error has. */
async function failing(url: string): Promise<ClientError> {
  return run(function* () {
    using session = new ClientSession();
    const error = yield* failureOf(
      (function* () {
        const response = yield* session.get(url);
        return yield* response.read();
      })(),
    );
    assert.ok(error instanceof ClientError, String(error));
    assert.deepEqual([error.method, error.url], ["GET", url]);
    assert.ok(error.message.startsWith(`GET ${url}: `), error.message);
    assert.ok(error.message.endsWith(` while ${error.phase}`), error.message);
    assert.ok(error.cause instanceof Error);
    return error;
  });
}

describe("what happens to the connection", () => {
  test("refused", async () => {
    const port = await refusedPort();
    const error = await failing(`http://127.0.0.1:${port}/`);
    assert.ok(error instanceof ClientConnectorError && error instanceof ClientConnectionError);
    assert.deepEqual([error.code, error.phase], ["ERR_CLIENT_CONNECTOR", "connecting"]);
    assert.match(
      error.message,
      new RegExp(`no connection could be made: connect ECONNREFUSED 127.0.0.1:${port} while`),
    );
  });

  test("refused at every address of a name", async () => {
    const port = await refusedPort();
    const error = await failing(`http://localhost:${port}/`);
    assert.ok(error instanceof ClientConnectorError);
    assert.match(error.message, /no connection could be made: connect ECONNREFUSED/);
  });

  test("no TLS where TLS was wanted", async () => {
    await using server = await serve((_, response) => void response.end());
    const error = await failing(`https://127.0.0.1:${server.port}/`);
    assert.ok(error instanceof ClientConnectorError);
    assert.match(
      error.message,
      /TLS could not be agreed upon with 127.0.0.1:\d+: wrong version number; what answers there is not TLS, it may want http while connecting$/,
    );
  });

  for (const [how, close] of [
    ["closed", "end"],
    ["reset", "resetAndDestroy"],
  ] as const) {
    test(`${how} before the headers`, async () => {
      await using server = await serveTcp((socket) => void socket.on("data", () => socket[close]()));
      const error = await failing(`${server.origin}/`);
      assert.ok(error instanceof ServerDisconnectedError && error instanceof ClientConnectionError);
      assert.deepEqual([error.code, error.phase], ["ERR_SERVER_DISCONNECTED", "waiting for headers"]);
      assert.match(error.message, /the server closed the connection: (other side closed|read ECONNRESET) while/);
    });

    test(`${how} half way in the body`, async () => {
      await using server = await serve((_, response) => {
        response.writeHead(200, { "content-length": 100 });
        response.write("0123456789", () => setImmediate(() => response.socket?.[close]()));
      });
      const error = await failing(`${server.origin}/`);
      assert.ok(error instanceof ClientPayloadError);
      assert.deepEqual([error.code, error.phase], ["ERR_CLIENT_PAYLOAD", "reading the body"]);
      assert.match(error.message, /the body ended early after 10 of 100 bytes: .+ while reading the body/);
    });
  }

  test("closed in a body without a length, in chunks", async () => {
    await using server = await serve((_, response) => {
      response.write("0123456789", () => setImmediate(() => response.socket?.destroy()));
    });
    const error = await failing(`${server.origin}/`);
    assert.ok(error instanceof ClientPayloadError);
    assert.match(error.message, /the body ended early after 10 bytes: /);
  });
});

describe("what the server sends", () => {
  for (const [what, bytes, message] of [
    ["garbage", "SSH-2.0-OpenSSH_9.2\r\n\r\n", /the answer is not HTTP: /],
    ["binary garbage", "\u0000\u0001\u0002\u0003\r\n\r\n", /the answer is not HTTP: /],
    ["half a header that is none", "HTTP/1.1 200 OK\r\n\u0000bad: x\r\n\r\n", /the answer is not HTTP: /],
    ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", /the answer is not HTTP: /],
    [
      "an upgrade nobody asked for",
      "HTTP/1.1 101 X\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
      /not HTTP: bad upgrade/,
    ],
    ["a huge header", `HTTP/1.1 200 OK\r\nx-a: ${"a".repeat(100_000)}\r\n\r\n`, /the response's headers are too large/],
  ] as const) {
    test(what, async () => {
      await using server = await serveBytes(bytes);
      const error = await failing(`${server.origin}/`);
      assert.ok(error instanceof ServerProtocolError && error instanceof ClientConnectionError, String(error));
      assert.equal(error.code, "ERR_SERVER_PROTOCOL");
      assert.match(error.message, message);
    });
  }

  test("a chunk that is none", async () => {
    await using server = await serveBytes("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nxyz\r\n");
    const error = await failing(`${server.origin}/`);
    assert.ok(error instanceof ClientPayloadError);
    assert.match(error.message, /the body is malformed after 3 bytes: /);
  });
});

describe("what the caller gives", () => {
  test("an error of the stream that is sent is thrown as it is", async () => {
    await using server = await serve((request) => void request.resume());
    const broken = new Error("disk on fire");
    const stream = async function* () {
      yield "a";
      throw broken;
    };
    await run(function* () {
      using session = new ClientSession();
      assert.equal(yield* failureOf(session.post(server.origin, { data: stream() })), broken);
      const odd = (async function* () {
        yield 1 as unknown as string;
      })();
      const error = yield* failureOf(session.post(server.origin, { data: odd }));
      assert.ok(error instanceof TypeError);
      assert.match(error.message, /Expected the stream in `data` to give strings or Uint8Arrays, got number/);
    });
  });

  test("a body that is not as long as it says", async () => {
    await using server = await serve((request) => void request.resume());
    await run(function* () {
      using session = new ClientSession();
      const headers = { "content-length": "5" };
      const error = yield* failureOf(session.post(server.origin, { data: "abc", headers }));
      assert.ok(error instanceof ClientPayloadError);
      assert.match(error.message, /`data` is not as long as its Content-Length says/);
    });
  });

  test("no credentials in any error", async () => {
    const port = await refusedPort();
    const secrets = /ada|s3cret/;
    await run(function* () {
      using session = new ClientSession();
      const refused = yield* failureOf(session.get(`http://ada:s3cret@127.0.0.1:${port}/`));
      assert.ok(refused instanceof ClientConnectorError);
      assert.doesNotMatch(`${refused.stack} ${refused.url}`, secrets);
      for (const url of ["http://ada:s3/cret@x:y/", "ada:s3cret@127.0.0.1", "ftp://ada:s3cret@x/", "//ada:s3cret@x"]) {
        const error = yield* failureOf(session.get(url));
        assert.ok(error instanceof InvalidUrlError);
        assert.doesNotMatch(`${error.message} ${error.url}`, /ada|s3|cret/);
      }
    });
  });
});
