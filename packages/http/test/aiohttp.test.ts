/** The session and Python's aiohttp, which parses what it is sent. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { openAsBlob } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { python } from "@yieldfrom/testing/peers";
import { forEach, from, run } from "yieldfrom";
import { ClientSession, CookieJar, FormData } from "../src/index.ts";
import { type PeerProcess, startPeer } from "./peer-process.ts";

interface Body {
  readonly method: string;
  readonly size: number;
  readonly sha256: string;
  readonly headers: Readonly<Record<string, string>>;
}

const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
const aiohttp = python("aiohttp");

describe("aiohttp", { skip: aiohttp.skip }, () => {
  let server: PeerProcess;
  let baseUrl = "";

  before(async () => {
    const script = fileURLToPath(new URL("aiohttp-server.py", import.meta.url));
    server = await startPeer(aiohttp.path, [script], /port (\d+)/);
    baseUrl = `http://127.0.0.1:${server.match[1]}/`;
  });
  after(() => server?.[Symbol.asyncDispose]());

  test("gets its cookies back, set in a redirect, and those of the session and the request", () =>
    run(function* () {
      using session = new ClientSession({
        baseUrl,
        cookieJar: new CookieJar({ unsafe: true }),
        cookies: { mine: "m" },
      });
      const response = yield* session.get("cookies/set", { params: { a: "1", b: "two words" } });
      assert.deepEqual(yield* response.json(), { mine: "m", a: "1", b: "two words" });
      assert.equal(response.history[0]?.cookies.get("a")?.httpOnly, true);
      const own = yield* session.get("cookies", { cookies: { a: "own" } });
      assert.deepEqual(yield* own.json(), { mine: "m", a: "own", b: "two words" });
    }));

  test("reads queries, JSON and URL-encoded forms as they were meant", () =>
    run(function* () {
      using session = new ClientSession({ baseUrl });
      const params = { a: ["1", "ä&="], b: true, "c d": "+" };
      assert.deepEqual(yield* (yield* session.get("query?z=%20", { params })).json(), [
        ["z", " "],
        ["a", "1"],
        ["a", "ä&="],
        ["b", "true"],
        ["c d", "+"],
      ]);
      const json = { text: "中", list: [1, null] };
      assert.deepEqual(yield* (yield* session.post("json", { json })).json(), { got: json });
      const form = yield* session.post("form", { data: { a: ["1", "ä&="], "b c": "d\r\ne" } });
      assert.deepEqual(yield* form.json(), {
        type: "application/x-www-form-urlencoded",
        length: "31",
        fields: [
          ["a", "1"],
          ["a", "ä&="],
          ["b c", "d\r\ne"],
        ],
      });
    }));

  test("reads multipart forms with files from disk, and streams", async () => {
    const folder = await mkdtemp(join(tmpdir(), "aiohttp-"));
    try {
      const large = Buffer.alloc(3_000_000, "0123456789");
      await writeFile(join(folder, "large.bin"), large);
      await run(function* () {
        using session = new ClientSession({ baseUrl });
        const file = yield* from(openAsBlob(join(folder, "large.bin"), { type: "image/gif" }));
        const form = new FormData({ text: "中\nx", bytes: Buffer.from("bytes") });
        form.addField("file", file, { filename: '中 "1".gif' });
        const answer = yield* (yield* session.post("form", { data: form })).json<{
          type: string;
          length: string;
          fields: unknown;
        }>();
        assert.equal(answer.type, "multipart/form-data");
        assert.ok(Number(answer.length) > large.length);
        assert.deepEqual(answer.fields, [
          ["text", "中\nx"],
          ["bytes", "bytes", "application/octet-stream", 5, sha256("bytes")],
          // It leaves the escapes of the web's forms as they are.
          ["file", "中 %221%22.gif", "image/gif", large.length, sha256(large)],
        ]);
        const streamed = new FormData();
        streamed.addField("s", file.stream() as AsyncIterable<Uint8Array>, { filename: "s.bin" });
        const parts = yield* (yield* session.post("parts", { data: streamed })).json();
        const disposition = 'form-data; name="s"; filename="s.bin"';
        const headers = { "Content-Disposition": disposition, "Content-Type": "application/octet-stream" };
        assert.deepEqual(parts, [["s", "s.bin", headers, large.length]]);
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("reads bodies of each kind, with a length or in chunks", () =>
    run(function* () {
      using session = new ClientSession({ baseUrl });
      const send = function* (options: Parameters<ClientSession["put"]>[1]) {
        return yield* (yield* session.put("body", options)).json<Body>();
      };
      const text = "grün".repeat(100_000);
      const { size, sha256: hash, headers } = yield* send({ data: text });
      assert.deepEqual([size, hash, headers["content-length"]], [500_000, sha256(text), "500000"]);
      const chunked = yield* send({ data: text, chunked: true });
      assert.deepEqual([chunked.sha256, chunked.headers["transfer-encoding"]], [hash, "chunked"]);
      const blob = yield* send({ data: new Blob([text]) });
      assert.deepEqual([blob.sha256, blob.headers["content-length"]], [hash, "500000"]);
      const written = yield* send({
        data: function* (body) {
          for (let i = 0; i < 100; i++) yield* body.write("grün".repeat(1000));
        },
      });
      assert.deepEqual([written.sha256, written.headers["transfer-encoding"]], [hash, "chunked"]);
      const none = yield* send({});
      assert.deepEqual([none.size, none.headers["content-length"]], [0, "0"]);
    }));

  test("redirects by each status, and is followed as aiohttp's client would", () =>
    run(function* () {
      using session = new ClientSession({ baseUrl });
      for (const [status, method, size] of [
        [301, "GET", 0],
        [302, "GET", 0],
        [303, "GET", 0],
        [307, "POST", 4],
        [308, "POST", 4],
      ] as const) {
        const response = yield* session.post("redirect/2", { data: new Blob(["blob"]), params: { status } });
        assert.equal(response.history.length, 3);
        const answer = yield* response.json<Body>();
        assert.deepEqual([answer.method, answer.size], [method, size]);
        assert.equal(answer.headers["content-type"], method === "GET" ? undefined : "application/octet-stream");
      }
    }));

  test("streams in chunks, and compresses", () =>
    run(function* () {
      using session = new ClientSession({ baseUrl });
      const response = yield* session.get("chunks", { params: { n: 500 } });
      let text = "";
      yield* forEach(response.content.iterChunked(7), (piece) => {
        assert.ok(piece.byteLength <= 7);
        text += Buffer.from(piece).toString();
      });
      assert.equal(text, Array.from({ length: 500 }, (_, i) => `chunk ${i}\n`).join(""));
      for (const coding of ["gzip", "deflate"]) {
        const compressed = yield* session.get("compressed", { params: { coding } });
        assert.equal(compressed.headers.get("content-encoding"), coding);
        assert.equal(yield* compressed.text(), "compress me ".repeat(10_000));
      }
    }));
});
