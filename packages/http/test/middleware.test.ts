import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { run, sleep } from "yieldfrom";
import { type ClientMiddleware, ClientSession, CookieJar, NonHttpUrlClientError } from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { serve } from "./server.ts";

/** "/go" redirects to "/end"; "/401" wants the token; the rest answers with method, path, header x-token and body. */
function serveTokens() {
  return serve(async ({ url, method, headers, ...request }, response) => {
    const body = (await Readable.prototype.toArray.call(request as unknown as Readable).catch(() => [])).join("");
    if (url === "/go") return void response.writeHead(302, { location: "/end", "set-cookie": "a=1" }).end();
    if (url === "/401" && headers["x-token"] === undefined) return void response.writeHead(401).end();
    response.end([method, url, headers["x-token"], headers.cookie, body].join(" ").trim());
  });
}

describe("middlewares", () => {
  test("stand around each request, the first one outermost, redirects included", async () => {
    await using server = await serveTokens();
    const seen: string[] = [];
    const noting = (name: string): ClientMiddleware =>
      function* (request, handler) {
        seen.push(`${name} > ${request.method} ${request.url.pathname}`);
        yield* sleep(1);
        const response = yield* handler(request);
        seen.push(`${name} < ${response.status}`);
        return response;
      };
    await run(function* () {
      using session = new ClientSession({
        middlewares: [noting("a"), noting("b")],
        cookieJar: new CookieJar({ unsafe: true }),
      });
      assert.equal(yield* (yield* session.get(`${server.origin}/go`)).text(), "GET /end  a=1");
      assert.equal((yield* session.get(`${server.origin}/end`, { middlewares: [] })).status, 200);
    });
    const round = (path: string, status: number) => [
      `a > GET ${path}`,
      `b > GET ${path}`,
      `b < ${status}`,
      `a < ${status}`,
    ];
    assert.deepEqual(seen, [...round("/go", 302), ...round("/end", 200)]);
  });

  test("may change the request, and send it again", async () => {
    await using server = await serveTokens();
    const token: ClientMiddleware = function* (request, handler) {
      const response = yield* handler(request);
      if (response.status !== 401 || !request.isReplayable) return response;
      response.release();
      request.headers.set("X-Token", "secret");
      return yield* handler(request);
    };
    const rewriting: ClientMiddleware = function* (request, handler) {
      request.method = "put";
      request.url = new URL("/other", request.url);
      return yield* handler(request);
    };
    await run(function* () {
      using session = new ClientSession({ baseUrl: `${server.origin}/`, middlewares: [token] });
      assert.match(yield* (yield* session.get("401")).text(), /^GET \/401 secret/);
      assert.match(yield* (yield* session.post("401", { data: "body" })).text(), /^POST \/401 secret/);
      assert.equal((yield* session.post("401", { data: Readable.from(["x"]) })).status, 401);
      const response = yield* session.get("x", { middlewares: [rewriting] });
      assert.match(yield* response.text(), /^PUT \/other/);
      assert.deepEqual([response.method, response.url], ["PUT", `${server.origin}/other`]);
    });
  });

  test("may answer for themselves, throw, and are held to what a request may be", async () => {
    await using server = await serveTokens();
    const broken = new Error("no");
    await run(function* () {
      using session = new ClientSession({ baseUrl: `${server.origin}/` });
      const cached = yield* session.get("cached");
      const caching: ClientMiddleware = function* () {
        yield* sleep(0);
        return cached;
      };
      assert.equal(yield* session.get("x", { middlewares: [caching] }), cached);
      const throwing: ClientMiddleware = () => {
        throw broken;
      };
      assert.equal(yield* failureOf(session.get("x", { middlewares: [throwing] })), broken);
      const leaving: ClientMiddleware = (request, handler) => {
        request.url = new URL("file:///etc/passwd");
        return handler(request);
      };
      assert.ok((yield* failureOf(session.get("x", { middlewares: [leaving] }))) instanceof NonHttpUrlClientError);
      const breaking: ClientMiddleware = (request, handler) => {
        assert.equal(request.body, "text");
        request.headers.set("x-bad", "\u0001");
        return handler(request);
      };
      assert.match(
        String(yield* failureOf(session.post("x", { data: "text", middlewares: [breaking] }))),
        /TypeError.*(x-bad|header)/,
      );
      yield* cached.read();
    });
    assert.deepEqual(server.requests, ["GET /cached"]);
  });
});
