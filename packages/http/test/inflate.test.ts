import assert from "node:assert/strict";
import { describe, test } from "node:test";
import zlib from "node:zlib";
import { type Coroutine, from, run } from "yieldfrom";
import {
  BodyTooLargeError,
  ClientConnectionError,
  ClientPayloadError,
  ClientSession,
  type RequestOptions,
} from "../src/index.ts";
import { codingsOf } from "../src/inflate.ts";
import { failureOf } from "./failure-of.ts";
import { serve, write } from "./server.ts";

const TEXT = "the quick brown fox jumps over the lazy dog\n".repeat(20_000);

const FAST = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 3 } };

const ENCODERS: Readonly<Record<string, (data: Uint8Array | string) => Buffer>> = {
  gzip: zlib.gzipSync,
  "x-gzip": zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: (data) => zlib.brotliCompressSync(data, FAST),
  zstd: zlib.zstdCompressSync,
};

/** Answers with `body`, in pieces of `pieces` bytes if that is given, under this Content-Encoding. */
function serveEncoded(encoding: string, body: Uint8Array, pieces?: number) {
  return serve(async (_, response) => {
    response.writeHead(200, { "content-encoding": encoding, "content-type": "text/plain" });
    const size = pieces ?? Math.max(1, body.byteLength);
    for (let at = 0; at < body.byteLength && !response.destroyed; at += size) {
      await write(response, body.subarray(at, at + size));
    }
    response.end();
  });
}

async function failed(encoding: string, body: Uint8Array, options: RequestOptions = {}): Promise<unknown> {
  await using server = await serveEncoded(encoding, body);
  return await run(function* () {
    using session = new ClientSession({ connector: { limit: 1 } });
    const response = yield* session.get(`${server.origin}/x`, options);
    return yield* failureOf(response.read());
  });
}

describe("a compressed body", () => {
  for (const [encoding, compress] of Object.entries(ENCODERS)) {
    test(`is read: ${encoding}`, async () => {
      for (const [text, pieces] of [
        [TEXT, undefined],
        [TEXT, 500],
        ["short", undefined],
        ["short", 1],
        ["", undefined],
      ] as const) {
        await using server = await serveEncoded(encoding, compress(text), pieces);
        await run(function* () {
          using session = new ClientSession();
          const response = yield* session.get(server.origin);
          assert.equal(yield* response.text(), text);
          assert.equal((yield* response.read()).byteLength, text.length);
          assert.equal(response.headers.get("content-encoding"), encoding);
          const streamed = yield* session.get(server.origin);
          const parts: Uint8Array[] = [];
          for (;;) {
            const part = yield* streamed.content.readAny();
            if (part === null) break;
            parts.push(part);
          }
          assert.equal(Buffer.concat(parts).toString(), text);
          assert.deepEqual([streamed.content.atEof, streamed.content.totalBytes], [true, text.length]);
        });
        assert.equal(server.connections, 1);
      }
    });
  }

  test("may be deflated without zlib's head, as some servers do", async () => {
    for (const [text, pieces] of [
      ["short", undefined],
      [TEXT, 500],
    ] as const) {
      await using server = await serveEncoded("deflate", zlib.deflateRawSync(text), pieces);
      await run(function* () {
        using session = new ClientSession();
        assert.equal(yield* (yield* session.get(server.origin)).text(), text);
      });
    }
  });

  test("may be compressed more than once, but not without end", async () => {
    await using server = await serveEncoded("deflate, gzip", zlib.gzipSync(zlib.deflateSync(TEXT)));
    await run(function* () {
      using session = new ClientSession();
      assert.equal(yield* (yield* session.get(server.origin)).text(), TEXT);
    });
    assert.equal(codingsOf("gzip, gzip, gzip, gzip"), undefined);
    assert.equal(codingsOf(" identity ,"), undefined);
    assert.equal(codingsOf("gzip, klingon"), undefined);
    assert.equal(codingsOf("GZip, identity, br")?.length, 2);
  });

  test("is asked for, and left as it is when that is wanted", async () => {
    const body = zlib.gzipSync("hello");
    const asked: unknown[] = [];
    await using server = await serve(({ headers }, response) => {
      asked.push(headers["accept-encoding"]);
      response.writeHead(200, { "content-encoding": "gzip" }).end(body);
    });
    await run(function* () {
      using session = new ClientSession({ autoDecompress: false });
      assert.ok(body.equals(yield* (yield* session.get(server.origin)).read()));
      assert.equal(yield* (yield* session.get(server.origin, { autoDecompress: true })).text(), "hello");
      const headers = { "Accept-Encoding": "identity" };
      assert.equal(yield* (yield* session.get(server.origin, { autoDecompress: true, headers })).text(), "hello");
      using other = new ClientSession({ skipAutoHeaders: ["accept-encoding"] });
      yield* (yield* other.get(server.origin)).read();
    });
    const all = "gzip, deflate, br, zstd";
    assert.deepEqual(asked, [all, all, "identity", undefined]);
  });

  test("of a coding that nobody knows is left as it is", async () => {
    await using server = await serveEncoded("klingon", Buffer.from("raw"));
    await run(function* () {
      using session = new ClientSession();
      assert.equal(yield* (yield* session.get(server.origin)).text(), "raw");
    });
  });

  test("that is none, though it is said to be: HEAD, 204, 304", async () => {
    await using server = await serve(({ url }, response) => {
      response.writeHead(Number(url?.slice(1)), { "content-encoding": "gzip" }).end();
    });
    await run(function* () {
      using session = new ClientSession({ baseUrl: `${server.origin}/` });
      assert.equal((yield* (yield* session.head("200")).read()).byteLength, 0);
      for (const status of [204, 304]) assert.equal((yield* (yield* session.get(`${status}`)).read()).byteLength, 0);
    });
  });

  for (const encoding of ["gzip", "deflate", "br", "zstd"]) {
    test(`that ends early is an error: ${encoding}`, async () => {
      for (const text of ["short text", TEXT]) {
        const whole = ENCODERS[encoding]!(text);
        const error = await failed(encoding, whole.subarray(0, whole.byteLength - Math.ceil(whole.byteLength / 3)));
        assert.ok(error instanceof ClientPayloadError, `${encoding}: ${error}`);
        assert.match(error.message, /^GET http:.*\/x: the body could not be decompressed: .+ while reading the body$/);
      }
    });

    test(`that is garbage is an error: ${encoding}`, async () => {
      for (const size of [10, 200_000]) {
        const error = await failed(encoding, Buffer.alloc(size, "\x19garbage"));
        assert.ok(error instanceof ClientPayloadError, `${encoding}: ${error}`);
        assert.ok(error.cause instanceof Error);
      }
    });
  }

  test("that breaks in the middle closes its connection, and the place is free", async () => {
    const body = Buffer.concat([zlib.gzipSync(TEXT).subarray(0, 100), Buffer.alloc(1000, 0xff)]);
    await using server = await serve(({ url }, response) => {
      if (url === "/ok") return void response.end("ok");
      response.writeHead(200, { "content-encoding": "gzip", "content-length": 1_000_000 }).write(body);
    });
    await run(function* () {
      using session = new ClientSession({ baseUrl: `${server.origin}/`, connector: { limit: 1 } });
      const response = yield* session.get("broken");
      assert.ok((yield* failureOf(response.content.read())) instanceof ClientPayloadError);
      assert.ok((yield* failureOf(response.content.readAny())) instanceof ClientPayloadError);
      assert.ok(response.closed);
      assert.equal(yield* (yield* session.get("ok")).text(), "ok");
    });
  });

  test("whose connection breaks says so, and not that it can't be decompressed", async () => {
    const body = zlib.gzipSync(TEXT);
    await using server = await serve((_, response) => {
      response.writeHead(200, { "content-encoding": "gzip", "content-length": body.byteLength });
      response.write(body.subarray(0, 1000), () => response.destroy());
    });
    await run(function* () {
      using session = new ClientSession();
      const error = yield* failureOf((yield* session.get(server.origin)).text());
      assert.ok(error instanceof ClientPayloadError);
      assert.match(error.message, /the body ended early after \d+ of \d+ bytes/);
    });
  });
});

describe("a bomb", () => {
  const MIB = 1024 * 1024;

  for (const encoding of ["gzip", "br", "zstd"]) {
    test(`ends at maxInflatedSize: ${encoding}`, async () => {
      const body = ENCODERS[encoding]!(Buffer.alloc(10 * MIB));
      assert.ok(body.byteLength < 64 * 1024);
      const error = await failed(encoding, body, { maxInflatedSize: 3 * MIB });
      assert.ok(error instanceof BodyTooLargeError && error instanceof ClientPayloadError);
      assert.equal(error.code, "ERR_BODY_TOO_LARGE");
      assert.match(
        error.message,
        /^GET http:.*\/x: the body grows beyond the 3145728 bytes of `maxInflatedSize`, from \d+ that came; `maxInflatedSize/,
      );
      await using server = await serveEncoded(encoding, body);
      await run(function* () {
        using session = new ClientSession({ maxInflatedSize: 1 });
        const whole = yield* session.get(server.origin, { maxInflatedSize: null });
        assert.equal((yield* whole.read()).byteLength, 10 * MIB);
        assert.ok((yield* failureOf((yield* session.get(server.origin)).read())) instanceof BodyTooLargeError);
      });
    });
  }

  test("ends without being told to, when it grows as no honest body does", async () => {
    const error = await failed("br", zlib.brotliCompressSync(Buffer.alloc(80 * MIB), FAST));
    assert.ok(error instanceof BodyTooLargeError, String(error));
    assert.match(
      error.message,
      /grows beyond 67108864 bytes and 100 times the \d+ that came; `maxInflatedSize: …` sets/,
    );
  });

  test("that is read in pieces fills no memory", async () => {
    await using server = await serveEncoded("gzip", zlib.gzipSync(Buffer.alloc(60 * MIB)));
    await run(function* () {
      using session = new ClientSession();
      const response = yield* session.get(server.origin);
      let size = (yield* response.content.readAny())?.byteLength ?? 0;
      // Nothing more is inflated than fits, however long nobody reads.
      for (let turns = 0; turns < 20; turns++) yield* from(new Promise((resolve) => setImmediate(resolve)));
      assert.ok(response.content.totalBytes <= 2 * MIB, `${response.content.totalBytes}`);
      for (;;) {
        const piece = yield* response.content.read(MIB);
        if (piece === null) break;
        size += piece.byteLength;
        assert.ok(response.content.totalBytes - size <= 2 * MIB);
      }
      assert.equal(size, 60 * MIB);
    });
  });

  test("is released when the block of `using` throws, and its place is free", async () => {
    const body = zlib.gzipSync(Buffer.alloc(20 * MIB));
    await using server = await serve(({ url }, response) => {
      if (url === "/ok") response.end("ok");
      else response.writeHead(200, { "content-encoding": "gzip", "content-length": body.length + 1 }).write(body);
    });
    await run(function* () {
      using session = new ClientSession({ baseUrl: `${server.origin}/`, connector: { limit: 1 } });
      const failing = function* (): Coroutine<void> {
        using response = yield* session.get("bomb");
        yield* response.content.readExactly(10);
        throw new RangeError("body of the block");
      };
      assert.ok((yield* failureOf(failing())) instanceof RangeError);
      yield* from(server.until(() => server.sockets.size === 0));
      assert.equal(yield* (yield* session.get("ok")).text(), "ok");
    });
  });

  test("that is released ends at once, and says so to who reads on", async () => {
    await using server = await serveEncoded("gzip", zlib.gzipSync(Buffer.alloc(60 * MIB)));
    await run(function* () {
      using session = new ClientSession();
      const response = yield* session.get(server.origin);
      yield* response.content.readAny();
      response.release();
      assert.ok((yield* failureOf(response.content.readAny())) instanceof ClientConnectionError);
      const unread = yield* session.get(server.origin);
      unread.close();
    });
  });
});
