import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { createTask, gather, getRunningLoop, RuntimeError, run, sleep } from "yieldfrom";
import { ClientResponseError, ClientSession, InvalidUrlError } from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { serve } from "./server.ts";

async function bodyOf(request: IncomingMessage): Promise<string> {
  return (await request.toArray()).join("");
}

/** Answers with what it was asked, as JSON. */
function serveEcho() {
  return serve(async (request, response) => {
    const { method, url, headers } = request;
    const answer = JSON.stringify({ method, url, headers, body: await bodyOf(request) });
    response.setHeader("content-type", "application/json").end(answer);
  });
}

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

describe("ClientSession", () => {
  test("gets a response", async () => {
    await using server = await serve((_, response) => {
      response.writeHead(200, { "content-type": "text/plain", "x-flag": "cn" }).end("hello");
    });
    await run(function* () {
      using session = new ClientSession();
      using response = yield* session.get(`${server.origin}/flags?a=1`);
      assert.deepEqual([response.status, response.reason, response.ok], [200, "OK", true]);
      assert.equal(response.headers.get("X-Flag"), "cn");
      assert.equal(response.url, `${server.origin}/flags?a=1`);
      assert.equal(yield* response.text(), "hello");
    });
    assert.deepEqual(server.requests, ["GET /flags?a=1"]);
  });

  test("has a method for each of HTTP's", async () => {
    await using server = await serveEcho();
    await run(function* () {
      using session = new ClientSession({ baseUrl: `${server.origin}/` });
      for (const method of ["get", "post", "put", "patch", "delete", "options"] as const) {
        const echo: Echo = yield* (yield* session[method]("x")).json<Echo>();
        assert.deepEqual([echo.method, echo.url], [method.toUpperCase(), "/x"]);
      }
      const echo = yield* (yield* session.request("propfind", "x")).json<Echo>();
      assert.equal(echo.method, "PROPFIND");
      const head = yield* session.head("x");
      assert.deepEqual([head.status, yield* head.text()], [200, ""]);
    });
  });

  test("resolves relative URLs against baseUrl, and adds params to the query", async () => {
    await using server = await serveEcho();
    await run(function* () {
      using session = new ClientSession({ baseUrl: new URL(`${server.origin}/api/`) });
      const urlOf = function* (url: string | URL, params?: Record<string, string | number | boolean | string[]>) {
        const response = yield* session.get(url, params === undefined ? {} : { params });
        return (yield* response.json<Echo>()).url;
      };
      assert.equal(yield* urlOf("flags/cn"), "/api/flags/cn");
      assert.equal(yield* urlOf("/flags"), "/flags");
      assert.equal(yield* urlOf(new URL(`${server.origin}/other`)), "/other");
      assert.equal(
        yield* urlOf("x?q=a%20b#part", { n: 1, ok: true, s: ["ä", "&"] }),
        "/api/x?q=a%20b&n=1&ok=true&s=%C3%A4&s=%26",
      );
      assert.equal(yield* urlOf("x", {}), "/api/x");
    });
  });

  test("sends the session's headers, the request's over them, and its own where there are none", async () => {
    await using server = await serveEcho();
    await run(function* () {
      using session = new ClientSession({ headers: { "X-A": "session", "X-B": "session", "User-Agent": "me" } });
      const headers = new Map<string, string | string[]>([
        ["x-b", "request"],
        ["x-c", ["1", "2"]],
      ]);
      const echo = yield* (yield* session.get(server.origin, { headers })).json<Echo>();
      const { "x-a": a, "x-b": b, "x-c": c, "user-agent": agent, accept } = echo.headers;
      assert.deepEqual([a, b, c, agent, accept], ["session", "request", "1, 2", "me", "*/*"]);
      const second = yield* (yield* session.get(server.origin)).json<Echo>();
      assert.deepEqual([second.headers["x-b"], second.headers["x-c"]], ["session", undefined]);
    });
  });

  test("leaves out what it sends by itself, where that is wanted", async () => {
    await using server = await serveEcho();
    await run(function* () {
      using session = new ClientSession({ skipAutoHeaders: ["User-Agent"], headers: { "X-A": "1" } });
      const sent = function* (options: Parameters<ClientSession["post"]>[1]) {
        const { headers } = yield* (yield* session.post(server.origin, options)).json<Echo>();
        const { "user-agent": agent, accept, "content-type": type, "x-a": own } = headers;
        return [agent, accept, type, own];
      };
      const json = "application/json";
      assert.deepEqual(yield* sent({ json: 1 }), [undefined, "*/*", json, "1"]);
      assert.deepEqual(yield* sent({ json: 1, skipAutoHeaders: ["accept", "Content-Type"] }), [
        undefined,
        undefined,
        undefined,
        "1",
      ]);
      const headers = { "user-agent": "me", accept: "a/b" };
      assert.deepEqual(yield* sent({ json: 1, skipAutoHeaders: ["accept"], headers }), ["me", "a/b", json, "1"]);
      assert.deepEqual([...session.headers.keys()], ["accept", "accept-encoding", "x-a"]);
      assert.equal(session.timeout.total, 300_000);
    });
  });

  test("writes JSON as it is told to", async () => {
    await using server = await serveEcho();
    await run(function* () {
      using session = new ClientSession({ jsonSerialize: (value) => JSON.stringify(value, null, 1) });
      assert.equal((yield* (yield* session.put(server.origin, { json: [1] })).json<Echo>()).body, "[\n 1\n]");
    });
  });

  test("sends credentials of the URL as a header and shows them nowhere", async () => {
    await using server = await serveEcho();
    await run(function* () {
      using session = new ClientSession({ raiseForStatus: true });
      const url = `http://ada:p%40ss@127.0.0.1:${server.port}/x`;
      const response = yield* session.get(url);
      assert.equal(response.url, `${server.origin}/x`);
      const expected = `Basic ${Buffer.from("ada:p@ss").toString("base64")}`;
      const { authorization } = (yield* response.json<Echo>()).headers;
      assert.equal(authorization, expected);
    });
  });

  test("sends text, bytes, JSON and streams", async () => {
    await using server = await serveEcho();
    await run(function* () {
      using session = new ClientSession({ baseUrl: `${server.origin}/` });
      const send = function* (options: Parameters<ClientSession["post"]>[1]) {
        const echo = yield* (yield* session.post("", options)).json<Echo>();
        return [echo.body, echo.headers["content-type"], echo.headers["content-length"]];
      };
      const bytes = new Uint8Array([0, 65, 66, 0]).subarray(1, 3);
      assert.deepEqual(yield* send({ data: "ü" }), ["ü", "text/plain; charset=utf-8", "2"]);
      assert.deepEqual(yield* send({ data: bytes }), ["AB", "application/octet-stream", "2"]);
      assert.deepEqual(yield* send({ json: { a: [1] } }), ['{"a":[1]}', "application/json", "9"]);
      assert.deepEqual(yield* send({}), ["", undefined, "0"]);
      assert.deepEqual(yield* send({ data: "<a/>", headers: { "Content-Type": "text/xml" } }), [
        "<a/>",
        "text/xml",
        "4",
      ]);
      const streamed = ["ab", "application/octet-stream", undefined];
      assert.deepEqual(yield* send({ data: Readable.from(["a", "b"]) }), streamed);
      assert.deepEqual(yield* send({ data: new Blob(["ab"]).stream() }), streamed);
    });
  });

  test("takes a server's word for it, or throws when told to", async () => {
    await using server = await serve((request, response) => {
      response.writeHead(Number(request.url?.slice(1)), { "x-why": "test" }).end("no");
    });
    await run(function* () {
      using session = new ClientSession({ baseUrl: `${server.origin}/` });
      const missing = yield* session.get("404");
      assert.deepEqual([missing.status, missing.ok, yield* missing.text()], [404, false, "no"]);
      for (const [status, reason] of [
        [404, "Not Found"],
        [503, "Service Unavailable"],
      ] as const) {
        const error = yield* failureOf(session.get(`${status}`, { raiseForStatus: true }));
        assert.ok(error instanceof ClientResponseError);
        assert.deepEqual([error.status, error.reason, error.code], [status, reason, "ERR_CLIENT_RESPONSE"]);
        assert.equal(error.headers.get("x-why"), "test");
        assert.equal(error.message, `GET ${server.origin}/${status}: the server answered ${status} ${reason}`);
      }
      using strict = new ClientSession({ raiseForStatus: true });
      assert.ok((yield* failureOf(strict.get(`${server.origin}/503`))) instanceof ClientResponseError);
      assert.equal((yield* strict.get(`${server.origin}/503`, { raiseForStatus: false })).status, 503);
      assert.equal((yield* strict.get(`${server.origin}/200`)).status, 200);
    });
  });

  test("refuses what can't be sent, before anything is", async () => {
    await using server = await serveEcho();
    await run(function* () {
      using session = new ClientSession({ baseUrl: `${server.origin}/` });
      const cases: [Parameters<ClientSession["post"]>[1], RegExp][] = [
        [{ data: "a", json: 1 }, /Expected `data` or `json`, got both/],
        [{ data: 1 as unknown as string }, /Expected `data` to be text, bytes.*got number/],
        [{ json: () => 1 }, /Expected `json` to be a value that JSON can say, got function/],
        [{ maxRedirects: -1 }, /Expected `maxRedirects`.*got -1/],
        [{ timeout: { total: -1 } }, /Expected `timeout.total`.*got -1/],
        [{ headers: { "x-bad": "a\r\nx-other: b" } }, /Expected the header "x-bad" to be valid, got U\+000D/],
        [{ headers: { "x bad": "a" } }, /Expected the name of a header to be a token/],
      ];
      for (const [options, message] of cases) {
        const error = yield* failureOf(session.post("", options));
        assert.ok(error instanceof TypeError || error instanceof RangeError);
        assert.match(error.message, message);
      }
      for (const url of ["ftp://127.0.0.1/", "http://", "http://127.0.0.1:99999/"]) {
        assert.ok((yield* failureOf(session.get(url))) instanceof InvalidUrlError);
      }
      assert.ok((yield* failureOf(session.request("a b", ""))) instanceof TypeError);
      assert.match(String(yield* failureOf(session.request("connect", ""))), /CONNECT is no request for an answer/);
    });
    assert.deepEqual(server.requests, []);
  });

  test("checks its options when it is made", () => {
    assert.throws(() => new ClientSession({ connector: { limit: -1 } }), /Expected `connector.limit` .*got -1/);
    assert.throws(() => new ClientSession({ connector: { limitPerHost: 0.5 } }), /`connector.limitPerHost`.*got 0.5/);
    assert.throws(() => new ClientSession({ timeout: { connect: Number.NaN } }), /`timeout.connect`.*got NaN/);
    assert.throws(
      () => new ClientSession({ baseUrl: "http://a/api" }),
      /Expected `baseUrl` to end with "\/".*http:\/\/a\/api/,
    );
    assert.throws(() => new ClientSession({ baseUrl: "/api/" }), InvalidUrlError);
  });

  test("a request does nothing until it is awaited, and is reported if it never is", async () => {
    await using server = await serveEcho();
    const reports: string[] = [];
    await run(function* () {
      using session = new ClientSession();
      getRunningLoop().setExceptionHandler((_, { message }) => reports.push(message));
      session.get(server.origin);
      yield* sleep(1);
    });
    assert.equal(server.connections, 0);
    assert.equal(reports.length, 1);
    assert.match(reports[0]!, /^request\(\) at .* was never awaited/);
  });

  test("says what is wrong outside of a coroutine", () => {
    using session = new ClientSession();
    const request = session.get("http://127.0.0.1/");
    assert.throws(() => createTask(request), RuntimeError);
    // The same one, as one that nobody drives is reported.
    assert.throws(() => request.next(), /outside of a running event loop: call it inside run/);
  });

  test("says that it is closed", async () => {
    await run(function* () {
      const session = new ClientSession();
      assert.equal(session.closed, false);
      yield* session.close();
      yield* session.close();
      assert.deepEqual([session.closed, inspect(session)], [true, "<ClientSession closed>"]);
      const error = yield* failureOf(session.get("http://127.0.0.1/"));
      assert.ok(error instanceof RuntimeError);
      assert.match(error.message, /this ClientSession is closed; make a new one/);
    });
  });

  test("belongs to the run that used it first", async () => {
    await using server = await serveEcho();
    await using session = new ClientSession();
    await run(function* () {
      yield* (yield* session.get(server.origin)).read();
    });
    await assert.rejects(run(session.get(server.origin)), /was used in another run\(\); make one in each/);
  });

  test("two runs at a time have a session each", async () => {
    await using server = await serveEcho();
    const program = function* (name: string) {
      using session = new ClientSession({ connector: { limit: 2 } });
      const urls = yield* gather(
        Array.from({ length: 10 }, function* (_, i) {
          const response = yield* session.get(`${server.origin}/${name}${i}`);
          return (yield* response.json<Echo>()).url;
        }),
      );
      return urls;
    };
    const expected = (name: string) => Array.from({ length: 10 }, (_, i) => `/${name}${i}`);
    const got = await Promise.all([run(() => program("a")), run(() => program("b"))]);
    assert.deepEqual(got, [expected("a"), expected("b")]);
    assert.ok(server.connections <= 4, `${server.connections} connections`);
  });
});
