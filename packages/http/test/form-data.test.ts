import assert from "node:assert/strict";
import { openAsBlob } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { from, run } from "yieldfrom";
import { ClientPayloadError, ClientSession, FormData, type RequestData } from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { serve } from "./server.ts";

interface Received {
  readonly type: string;
  readonly length: string | null;
  readonly parts: readonly (readonly [name: string, value: string, filename: string | null, type: string | null])[];
}

/** Answers with what came, parsed by Node's own `Request.formData()`; "/again" asks for it once more. */
function serveForms() {
  return serve(async (request, response) => {
    const { headers } = request;
    const chunks: Buffer[] = await request.toArray().catch(() => []); // The client may go away.
    if (!request.complete) return;
    const body = Buffer.concat(chunks);
    if (request.url === "/again") return void response.writeHead(307, { location: "/" }).end();
    const type = headers["content-type"] ?? "";
    const form = await new Response(body, { headers: { "content-type": type } }).formData();
    const parts = [];
    for (const [name, value] of form) {
      if (typeof value === "string") parts.push([name, value, null, null]);
      else parts.push([name, await value.text(), value.name, value.type]);
    }
    response.end(JSON.stringify({ type: type.split(";")[0], length: headers["content-length"] ?? null, parts }));
  });
}

async function received(data: RequestData, path = "/"): Promise<Received> {
  await using server = await serveForms();
  return await run(function* () {
    using session = new ClientSession();
    return yield* (yield* session.post(server.origin + path, { data })).json<Received>(null);
  });
}

async function* streamed() {
  yield "str";
  yield Buffer.from("eam");
}

describe("a form", () => {
  test("of text alone is URL-encoded", async () => {
    const form = new FormData({ a: "1 &", b: ["2", true] });
    form.addField("ü", 3);
    assert.ok(!form.isMultipart);
    const parts = [
      ["a", "1 &", null, null],
      ["b", "2", null, null],
      ["b", "true", null, null],
      ["ü", "3", null, null],
    ];
    const expected = { type: "application/x-www-form-urlencoded", length: "27", parts };
    assert.deepEqual(await received(form), expected);
    assert.deepEqual(await received({ a: "1 &", b: [2, true], ü: 3 }), expected);
    assert.deepEqual(await received(new URLSearchParams("a=1+%26&b=2&b=true&%C3%BC=3")), expected);
  });

  test("with files is multipart, and has a length if all of them have", async () => {
    const octets = "application/octet-stream";
    const form = new FormData({ text: "a\r\nb", n: 1 });
    form.addField("bytes", Buffer.from("bytes"));
    form.addField("blob", new Blob(["blob"], { type: "text/x-blob" }), { filename: 'na"me.txt' });
    form.addField("file", new File(["file"], "中.gif"), { contentType: "image/gif" });
    form.addField("stream", streamed(), { length: 6, filename: "s" });
    form.addField("note", "{}", { contentType: "application/json", filename: "n.json" });
    assert.ok(form.isMultipart);
    const { type, length, parts } = await received(form);
    assert.equal(type, "multipart/form-data");
    assert.ok(Number(length) > 500);
    assert.deepEqual(parts, [
      ["text", "a\r\nb", null, null],
      ["n", "1", null, null],
      ["bytes", "bytes", "bytes", octets],
      ["blob", "blob", 'na"me.txt', "text/x-blob"],
      ["file", "file", "中.gif", "image/gif"],
      ["stream", "stream", "s", octets],
      ["note", "{}", "n.json", "application/json"],
    ]);
    const unknown = await received({ s: Readable.from(["a", "b"]), t: "x" });
    assert.deepEqual(
      [unknown.length, unknown.parts],
      [
        null,
        [
          ["s", "ab", "s", octets],
          ["t", "x", null, null],
        ],
      ],
    );
  });

  test("of the web's is multipart, as fetch sends it", async () => {
    const form = new globalThis.FormData();
    form.append("a", "1");
    form.append("f", new Blob(["x"]), "f.txt");
    const { type, parts } = await received(form);
    assert.equal(type, "multipart/form-data");
    assert.deepEqual(parts, [
      ["a", "1", null, null],
      ["f", "x", "f.txt", "application/octet-stream"],
    ]);
    const empty = new FormData({ a: "1" }, { defaultToMultipart: true });
    assert.equal((await received(empty)).type, "multipart/form-data");
  });

  test("names that would break out of their line do not", async () => {
    const name = 'a"; filename="x\r\nX-Evil: 1\r\n\r\nbody';
    const { parts } = await received(new FormData([[name, Buffer.from("v")]]));
    assert.equal(parts.length, 1);
    assert.equal(parts[0]?.[1], "v");
    assert.throws(
      () => new FormData().addField("a", "1", { contentType: "a/b\r\nX-Evil: 1" }),
      /Expected `contentType` of the field "a" to have no control characters/,
    );
    assert.throws(
      () => new FormData().addField("a", {} as string),
      /Expected the field "a" to be text, a number, bytes/,
    );
    assert.throws(() => new FormData().addField("a", null as unknown as string), /got null/);
  });

  test("with a stream that is not as long as was said is an error", async () => {
    await using server = await serveForms();
    await run(function* () {
      using session = new ClientSession();
      for (const length of [5, 7]) {
        const form = new FormData();
        form.addField("s", streamed(), { length });
        const error = yield* failureOf(session.post(server.origin, { data: form }));
        assert.ok(error instanceof ClientPayloadError);
        assert.match(error.message, /`data` is not as long as its Content-Length says/);
      }
      yield* from(server.until(() => server.sockets.size === 0));
    });
  });

  test("of files is sent again where a redirect asks for that; one with a stream is not", async () => {
    const again = await received({ a: new Blob(["blob"]), b: "1" }, "/again");
    assert.deepEqual(
      again.parts.map(([name, value]) => [name, value]),
      [
        ["a", "blob"],
        ["b", "1"],
      ],
    );
    await assert.rejects(
      received({ a: streamed() }, "/again"),
      /asks to send the body again.*a stream can be sent only/,
    );
  });
});

describe("a file on disk", () => {
  test("is streamed with its length, alone and in a form", async () => {
    const folder = await mkdtemp(join(tmpdir(), "form-"));
    try {
      const path = join(folder, "large.bin");
      const size = 5_000_000;
      await writeFile(path, Buffer.alloc(size, "x"));
      const { length, parts } = await received({ file: await openAsBlob(path, { type: "image/gif" }) });
      assert.ok(Number(length) > size);
      assert.deepEqual([parts[0]?.[1].length, parts[0]?.[3]], [size, "image/gif"]);
      await using server = await serve(async (request, response) => {
        let got = 0;
        for await (const chunk of request) got += (chunk as Buffer).length;
        response.end(`${got} of ${request.headers["content-length"]}`);
      });
      await run(function* () {
        using session = new ClientSession();
        const blob = yield* from(openAsBlob(path));
        const response = yield* session.put(server.origin, { data: blob });
        assert.equal(yield* response.text(), `${size} of ${size}`);
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("that has changed meanwhile is an error, which is the file's own", async () => {
    const folder = await mkdtemp(join(tmpdir(), "form-"));
    try {
      const path = join(folder, "a.txt");
      await writeFile(path, "first");
      const blob = await openAsBlob(path);
      await writeFile(path, "second, longer");
      await using server = await serve((request, response) => {
        request.resume().on("end", () => response.end());
      });
      await run(function* () {
        using session = new ClientSession();
        const error = yield* failureOf(session.post(server.origin, { data: { a: blob } }));
        assert.equal((error as Error).name, "NotReadableError");
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
