/** A cancellation at each point where a request waits: nothing of it is left. */
import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { cancelEverywhere } from "@yieldfrom/testing";
import { sleep } from "yieldfrom";
import { type BodyWriter, ClientSession, CookieJar, FormData, request } from "../src/index.ts";
import { serve, type TestServer, write } from "./server.ts";

const LARGE = Buffer.alloc(300_000, "large ");

/** "/large", "/gzip": bodies; "/hop/3": redirects with cookies; the rest takes a body and says how long it was. */
function serveAll() {
  return serve(async (incoming, response) => {
    const { url = "" } = incoming;
    const [, left] = /^\/hop\/(\d)/.exec(url) ?? [];
    if (url === "/large") for (let i = 0; i < 3 && !response.destroyed; i++) await write(response, LARGE);
    if (url === "/gzip") response.writeHead(200, { "content-encoding": "gzip" }).write(gzipSync(LARGE));
    if (left !== undefined && left !== "0") {
      response.writeHead(302, { location: `/hop/${Number(left) - 1}`, "set-cookie": `hop${left}=1` });
    }
    let size = 0;
    try {
      for await (const chunk of incoming) size += (chunk as Buffer).length;
    } catch {
      return; // The client went away.
    }
    if (url === "/up") response.write(`${size}`);
    response.end(left === "0" ? incoming.headers.cookie : undefined);
  });
}

describe("a cancellation everywhere in", () => {
  let server: TestServer;
  let folder = "";

  before(async () => {
    server = await serveAll();
    folder = await mkdtemp(join(tmpdir(), "cancel-"));
    await writeFile(join(folder, "file"), LARGE);
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  test("a GET whose body is read", async () => {
    const points = await cancelEverywhere(function* () {
      using session = new ClientSession();
      using response = yield* session.get(`${server.origin}/large`);
      assert.equal((yield* response.content.readExactly(10)).byteLength, 10);
      assert.equal((yield* response.read()).byteLength, 899_990);
    });
    assert.ok(points >= 6, `${points} points`);
  });

  test("a compressed body", async () => {
    await cancelEverywhere(function* () {
      using session = new ClientSession();
      using response = yield* session.get(`${server.origin}/gzip`);
      assert.equal((yield* response.content.readExactly(100)).byteLength, 100);
      assert.equal((yield* response.read()).byteLength, 299_900);
    });
  });

  test("a POST whose body a coroutine writes", async () => {
    let open = 0;
    const data = function* (body: BodyWriter) {
      open++;
      try {
        for (let i = 0; i < 3; i++) {
          yield* body.write(LARGE);
          yield* sleep(1);
        }
      } finally {
        open--;
      }
    };
    await cancelEverywhere(function* () {
      using session = new ClientSession();
      using response = yield* session.post(`${server.origin}/up`, { data });
      assert.equal(yield* response.text(), "900000");
    });
    assert.equal(open, 0);
  });

  test("a POST of a stream", async () => {
    let open = 0;
    const stream = async function* () {
      open++;
      try {
        for (let i = 0; i < 3; i++) yield LARGE;
      } finally {
        open--;
      }
    };
    await cancelEverywhere(function* () {
      using session = new ClientSession();
      using response = yield* session.post(`${server.origin}/up`, { data: stream() });
      assert.equal(yield* response.text(), "900000");
    });
    assert.equal(open, 0);
  });

  test("a chain of redirects with cookies", async () => {
    await cancelEverywhere(function* () {
      using session = new ClientSession({ cookieJar: new CookieJar({ unsafe: true }) });
      using response = yield* session.get(`${server.origin}/hop/3`);
      assert.equal(yield* response.text(), "hop3=1; hop2=1; hop1=1");
    });
  });

  test("the upload of a form with files", async () => {
    await cancelEverywhere(function* () {
      using session = new ClientSession();
      const form = new FormData({ a: "1" });
      // Not openAsBlob: Node lists each read of such a file until it is collected, whole ones as well.
      form.addField("one", new Blob([LARGE]));
      form.addField("two", createReadStream(join(folder, "file")));
      using response = yield* session.post(`${server.origin}/up`, { data: form });
      assert.ok(Number(yield* response.text()) > 600_000);
    });
  });

  test("a request without a session, and one through middlewares", async () => {
    await cancelEverywhere(function* () {
      using response = yield* request("GET", `${server.origin}/large`, {
        middlewares: [
          function* (outgoing, handler) {
            (yield* handler(outgoing)).release();
            return yield* handler(outgoing);
          },
        ],
      });
      assert.equal((yield* response.read()).byteLength, 900_000);
    });
  });

  test("saving and loading a jar", async () => {
    const path = join(folder, "jar.json");
    await cancelEverywhere(function* () {
      const jar = new CookieJar();
      jar.updateCookies(["a=1"], "http://a.example/");
      yield* jar.save(path);
      yield* jar.load(path);
    });
  });
});
