import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { type Coroutine, run } from "yieldfrom";
import { ClientError, type ClientResponse, ClientSession, ContentTypeError } from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { serve, serveBytes } from "./server.ts";

/** Runs `check` on a response with this body and Content-Type. */
async function answered(
  body: string | Uint8Array,
  contentType: string | undefined,
  check: (response: ClientResponse) => Coroutine<void>,
) {
  await using server = await serve((_, response) => {
    if (contentType !== undefined) response.setHeader("content-type", contentType);
    response.end(body);
  });
  await run(function* () {
    using session = new ClientSession();
    yield* check(yield* session.get(`${server.origin}/x`));
  });
}

describe("text()", () => {
  for (const [what, body, contentType, encoding, text] of [
    ["is UTF-8 unless said otherwise", "grün", "text/plain", undefined, "grün"],
    ["is UTF-8 also without a type", "grün", undefined, undefined, "grün"],
    ["is what the type says", Buffer.from("grün", "latin1"), "text/plain; charset=iso-8859-1", undefined, "grün"],
    ["is what the type says, quoted", Buffer.from("grün", "utf16le"), 'a/b;Charset="UTF-16LE"; x=y', undefined, "grün"],
    ["is UTF-8 if the type says nonsense", "grün", "text/plain; charset=klingon", undefined, "grün"],
    ["is what the caller says", Buffer.from([0x82, 0xa0]), "text/plain; charset=utf-8", "shift_jis", "あ"],
    ["has no byte order mark", "\uFEFFa", "text/plain", undefined, "a"],
    ["marks what can't be decoded", Buffer.from([0x61, 0xff]), "text/plain", undefined, "a\uFFFD"],
  ] as const) {
    test(what, () =>
      answered(body, contentType, function* (response) {
        assert.equal(yield* response.text(encoding), text);
      }),
    );
  }

  test("refuses an encoding that is none, and leaves the body to be read", () =>
    answered("a", "text/plain", function* (response) {
      assert.ok((yield* failureOf(response.text("klingon"))) instanceof RangeError);
      assert.equal(yield* response.text(), "a");
    }));
});

describe("json()", () => {
  for (const type of ["application/json", "Application/JSON; charset=utf-8", "application/problem+json"]) {
    test(`takes ${type}`, () =>
      answered('{"a":[1]}', type, function* (response) {
        const value = yield* response.json<{ a: number[] }>();
        assert.deepEqual(value, { a: [1] });
      }));
  }

  test("takes another type only when asked to", () =>
    answered("[1]", "text/html", function* (response) {
      const error = yield* failureOf(response.json());
      assert.ok(error instanceof ContentTypeError && error instanceof ClientError);
      assert.match(
        error.message,
        /^GET http.*\/x: expected a body of type application\/json, got text\/html; `json\(null\)`/,
      );
      assert.deepEqual(yield* response.json("text/html"), [1]);
      assert.deepEqual(yield* response.json(null), [1]);
    }));

  test("says whose body is not JSON", () =>
    answered("<html>", "application/json", function* (response) {
      const error = yield* failureOf(response.json());
      assert.ok(error instanceof SyntaxError && error.cause instanceof SyntaxError);
      assert.match(error.message, /^GET http.*\/x: the body is not JSON: Unexpected token/);
    }));

  test("names a missing type", () =>
    answered("1", undefined, function* (response) {
      assert.match(String(yield* failureOf(response.json())), /got one without Content-Type/);
    }));
});

describe("read()", () => {
  test("gives bytes of their own buffer, and the same again", () =>
    answered(new Uint8Array([1, 2, 3]), "a/b", function* (response) {
      const bytes = yield* response.read();
      assert.deepEqual(bytes, new Uint8Array([1, 2, 3]));
      assert.equal(bytes.buffer.byteLength, 3);
      assert.equal(yield* response.read(), bytes);
    }));

  test("gives an empty body as no bytes", () =>
    answered("", "a/b", function* (response) {
      assert.equal((yield* response.read()).byteLength, 0);
    }));

  test("gives a large body that comes in pieces", async () => {
    const body = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => i % 251));
    await answered(body, "a/b", function* (response) {
      assert.ok(body.equals(yield* response.read()));
    });
  });
});

describe("a response", () => {
  test("has its headers in the form of the web", async () => {
    await using server = await serve((_, response) => {
      response.writeHead(200, [
        ["Set-Cookie", "a=1"],
        ["Set-Cookie", "b=2"],
        ["X-A", "ü"],
        ["constructor", "c"],
      ]);
      response.end();
    });
    await run(function* () {
      using session = new ClientSession();
      const response = yield* session.get(server.origin);
      const { headers } = response;
      assert.deepEqual(headers.getSetCookie(), ["a=1", "b=2"]);
      assert.deepEqual([headers.get("x-a"), headers.get("constructor"), headers.get("x-b")], ["ü", "c", null]);
      for (const name of ["X-A", "constructor", "x-b", "toString", "set-cookie"]) {
        assert.equal(response.getHeader(name), headers.get(name));
      }
    });
  });

  test("whose status is thrown is released, and one that is not thrown is not", async () => {
    await using server = await serve((request, response) => {
      response.writeHead(Number(request.url?.slice(1)), { "content-length": 2 }).write("a");
      if (request.url === "/200") response.end("b");
    });
    await run(function* () {
      using session = new ClientSession({ baseUrl: `${server.origin}/`, connector: { limit: 1 } });
      const missing = yield* session.get("404");
      assert.throws(() => missing.raiseForStatus(), { name: "ClientResponseError", status: 404 });
      const found = yield* session.get("200");
      found.raiseForStatus();
      assert.equal(yield* found.text(), "ab");
    });
  });

  test("is not one that only says that it is to come", async () => {
    await using server = await serve((_, response) => {
      response.writeProcessing();
      response.writeEarlyHints({ link: "</a>" }, () => response.end("ok"));
    });
    await run(function* () {
      using session = new ClientSession();
      const response = yield* session.get(server.origin);
      assert.deepEqual([response.status, yield* response.text()], [200, "ok"]);
    });
  });

  test("prints what it is", () =>
    answered("a", undefined, function* (response) {
      const { url } = response;
      assert.equal(inspect(response), `<ClientResponse [200 OK] GET ${url}>`);
      yield* response.read();
    }));
});

describe("what a response tells of itself", () => {
  test("its headers as they were written, its type, charset and length", async () => {
    const head =
      "HTTP/1.1 200 OK\r\nX-One: 1\r\ncontent-TYPE: Text/HTML; Charset=Latin1\r\nX-One: \xfc\r\nContent-Length: 2\r\n\r\nok";
    await using server = await serveBytes(head);
    await run(function* () {
      using session = new ClientSession();
      const response = yield* session.get(server.origin);
      assert.deepEqual(response.rawHeaders, [
        ["X-One", "1"],
        ["content-TYPE", "Text/HTML; Charset=Latin1"],
        ["X-One", "ü"],
        ["Content-Length", "2"],
      ]);
      assert.deepEqual([response.contentType, response.charset, response.contentLength], ["text/html", "latin1", 2]);
      assert.equal(response.getEncoding(), "windows-1252");
      assert.equal(yield* response.text(), "ok");
    });
    await answered("", undefined, function* (response) {
      assert.deepEqual(
        [response.contentType, response.charset, response.getEncoding()],
        ["application/octet-stream", null, "utf-8"],
      );
      yield* response.read();
    });
  });

  test("its links, and how it is to be kept", async () => {
    await using server = await serve((_, response) => {
      response.setHeader("link", ['<?page=2>; rel="next"', "</>; rel=first"]);
      response
        .setHeader("content-disposition", Buffer.from('attachment; filename="中 ../x.gif"').toString("latin1"))
        .end();
    });
    await run(function* () {
      using session = new ClientSession();
      const response = yield* session.get(`${server.origin}/a`);
      assert.equal(response.links.get("next")?.url, `${server.origin}/a?page=2`);
      assert.equal(response.links.get("first")?.url, `${server.origin}/`);
      const { type, filename } = response.contentDisposition ?? {};
      assert.deepEqual([type, filename], ["attachment", "中 ../x.gif"]);
    });
    for (const [value, filename] of [
      ["attachment; filename*=UTF-8''%e4%b8%ad.gif; filename=x.gif", "中.gif"],
      ['inline; filename="gr\xfcn.gif"', "grün.gif"],
      ["", undefined],
      [";", undefined],
    ] as const) {
      await using odd = await serve((_, response) => void response.setHeader("content-disposition", value).end());
      await run(function* () {
        using session = new ClientSession();
        const response = yield* session.get(odd.origin);
        assert.equal(response.contentDisposition?.filename, filename);
        if (filename === undefined) assert.equal(response.contentDisposition, null);
      });
    }
  });

  test("the request as it went out", async () => {
    await using server = await serve(({ url }, response) => {
      if (url === "/go") response.writeHead(302, { location: "/end" });
      response.end();
    });
    await run(function* () {
      using session = new ClientSession({ headers: { "X-A": "1" } });
      const url = server.origin.replace("//", "//ada:pw@");
      const response = yield* session.post(`${url}/go#part`, { data: "x", cookies: { c: "1" } });
      const { method, url: sent, realUrl, headers } = response.requestInfo;
      assert.deepEqual([method, sent, realUrl], ["GET", `${server.origin}/end`, `${server.origin}/end#part`]);
      assert.deepEqual([response.url, response.realUrl, response.method], [sent, realUrl, method]);
      assert.deepEqual([headers.get("x-a"), headers.get("cookie"), headers.get("content-type")], ["1", "c=1", null]);
      assert.match(headers.get("authorization") ?? "", /^Basic /);
      const first = response.history[0]!.requestInfo;
      assert.deepEqual([first.method, first.headers.get("content-type")], ["POST", "text/plain; charset=utf-8"]);
    });
  });

  test("text that must be what it says", () =>
    answered(Buffer.from([0x61, 0xff]), "text/plain", function* (response) {
      const error = yield* failureOf(response.text(undefined, "strict"));
      assert.ok(error instanceof TypeError);
      assert.match(error.message, /^GET http.*: the body is not utf-8; errors "replace" takes it all the same/);
      assert.equal(yield* response.text("latin1", "strict"), "aÿ");
      assert.equal(yield* response.text(), "a\uFFFD");
    }));
});

describe("raiseForStatus", () => {
  test("may be a function, which may wait, and whose error is thrown", async () => {
    await using server = await serve(
      (request, response) => void response.writeHead(Number(request.url?.slice(1))).end("why"),
    );
    await run(function* () {
      const seen: number[] = [];
      using session = new ClientSession({
        baseUrl: `${server.origin}/`,
        connector: { limit: 1 },
        raiseForStatus: function* (response) {
          seen.push(response.status);
          if (response.status === 404) throw new RangeError(yield* response.text());
        },
      });
      assert.equal((yield* session.get("200")).status, 200);
      assert.match(String(yield* failureOf(session.get("404"))), /^RangeError: why/);
      const plain = (response: ClientResponse) => response.raiseForStatus();
      assert.match(String(yield* failureOf(session.get("500", { raiseForStatus: plain }))), /answered 500/);
      const promising = async () => {};
      const error = yield* failureOf(session.get("200", { raiseForStatus: promising }));
      assert.match(String(error), /returned a Promise: return an awaitable, as in from\(promise\)/);
      assert.equal((yield* session.get("404", { raiseForStatus: false })).status, 404);
      assert.deepEqual(seen, [200, 404]);
    });
  });
});
