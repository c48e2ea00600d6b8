import assert from "node:assert/strict";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { generate } from "selfsigned";
import { run } from "yieldfrom";
import {
  ClientResponseError,
  ClientSession,
  InvalidUrlError,
  type RequestOptions,
  TooManyRedirects,
} from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { serve, serveSilence } from "./server.ts";

/** "/301?to=/x" redirects to "/x"; everything else answers with what came. */
function serveRedirects() {
  return serve(async (request, response) => {
    const url = new URL(request.url ?? "", "http://a/");
    const to = url.searchParams.get("to");
    if (to !== null) {
      response.writeHead(Number(url.pathname.slice(1)), { location: to }).end("moved");
      return;
    }
    const body = (await request.toArray()).join("");
    response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }));
  });
}

interface Answer {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

async function fetched(method: string, url: string, options: RequestOptions = {}): Promise<Answer> {
  return run(function* () {
    using session = new ClientSession();
    return yield* (yield* session.request(method, url, options)).json<Answer>(null);
  });
}

describe("redirects", () => {
  test("are followed, and remembered", async () => {
    await using server = await serveRedirects();
    await run(function* () {
      using session = new ClientSession();
      const response = yield* session.get(`${server.origin}/302?to=${encodeURIComponent("/307?to=flags%3Fa%3D1")}`);
      assert.deepEqual([response.status, response.url], [200, `${server.origin}/flags?a=1`]);
      assert.deepEqual(
        response.history.map(({ status }) => status),
        [302, 307],
      );
      assert.equal(yield* response.history[0]!.text(), "moved");
      yield* response.read();
    });
    assert.equal(server.connections, 1);
  });

  test("change the method and drop the body, or keep both, by their status", async () => {
    await using server = await serveRedirects();
    const cases: [string, number, string][] = [
      ["POST", 301, "GET"],
      ["POST", 302, "GET"],
      ["POST", 303, "GET"],
      ["PUT", 303, "GET"],
      ["PUT", 301, "PUT"],
      ["PUT", 302, "PUT"],
      ["POST", 307, "POST"],
      ["POST", 308, "POST"],
      ["DELETE", 308, "DELETE"],
    ];
    for (const [method, status, then] of cases) {
      const answer = await fetched(method, `${server.origin}/${status}?to=/x`, { data: "body" });
      assert.equal(answer.method, then, `${method} ${status}`);
      const kept = method === then;
      assert.equal(answer.body, kept ? "body" : "");
      assert.equal(answer.headers["content-type"], kept ? "text/plain; charset=utf-8" : undefined);
    }
  });

  test("keep credentials at the same origin and drop them at another", async () => {
    await using server = await serveRedirects();
    await using other = await serveRedirects();
    const headers = { Authorization: "a", Cookie: "b", "Proxy-Authorization": "c", "X-Mine": "d" };
    const sent = (answer: Answer) => {
      const { authorization, cookie, "proxy-authorization": proxy } = answer.headers;
      return [authorization, cookie, proxy];
    };
    const same = await fetched("GET", `${server.origin}/302?to=/x`, { headers });
    assert.deepEqual([...sent(same), same.headers["x-mine"]], ["a", "b", "c", "d"]);
    const away = await fetched("GET", `${server.origin}/302?to=${other.origin}/x`, { headers });
    assert.deepEqual([...sent(away), away.headers["x-mine"]], [undefined, undefined, undefined, "d"]);
    const back = encodeURIComponent(`${other.origin}/302?to=${server.origin}/x`);
    const there = await fetched("GET", `${server.origin}/302?to=${back}`, { headers });
    assert.deepEqual(sent(there), [undefined, undefined, undefined]);
    const url = new URL(`${server.origin}/302?to=${other.origin}/x`);
    url.username = "ada";
    assert.deepEqual(sent(await fetched("GET", url.href)), [undefined, undefined, undefined]);
  });

  test("tell another origin its own name, and not the Host that was meant for the first", async () => {
    await using server = await serveRedirects();
    await using other = await serveRedirects();
    const headers = { Host: "flags.example" };
    for (const [to, expected] of [
      ["/x", "flags.example"],
      [`${other.origin}/x`, `127.0.0.1:${other.port}`],
    ] as const) {
      const { host } = (await fetched("GET", `${server.origin}/302?to=${to}`, { headers })).headers;
      assert.equal(host, expected);
    }
  });

  test("that go round in circles come to an end", async () => {
    await using server = await serve(
      (request, response) => void response.writeHead(302, { location: request.url }).end(),
    );
    await run(function* () {
      using session = new ClientSession({ baseUrl: `${server.origin}/` });
      for (const [options, most] of [
        [{}, 10],
        [{ maxRedirects: 2 }, 2],
        [{ maxRedirects: 0 }, 0],
      ] as const) {
        const before = server.requests.length;
        const error = yield* failureOf(session.get("round", options));
        assert.ok(error instanceof TooManyRedirects && error instanceof ClientResponseError);
        assert.equal(server.requests.length - before, most + 1);
        const url = `${server.origin}/round`;
        assert.equal(error.message, `GET ${url}: redirected more than ${most} times, now to ${url}`);
        assert.deepEqual([error.status, error.code], [302, "ERR_TOO_MANY_REDIRECTS"]);
      }
    });
  });

  test("do not wait for the body of the answer that redirects", async () => {
    await using server = await serve(({ url }, response) => {
      if (url === "/ok") response.end("ok");
      else
        response.writeHead(302, { "content-length": 1000, location: url === "/out" ? "ftp://a/" : "/ok" }).write("a");
    });
    await run(function* () {
      using session = new ClientSession({ baseUrl: `${server.origin}/`, connector: { limit: 1 } });
      assert.equal(yield* (yield* session.get("in")).text(), "ok");
      assert.ok((yield* failureOf(session.get("out"))) instanceof InvalidUrlError);
      assert.equal(yield* (yield* session.get("ok")).text(), "ok");
    });
  });

  test("count in the total timeout", async () => {
    await using silent = await serveSilence();
    await using server = await serve((_, response) => void response.writeHead(302, { location: silent.origin }).end());
    await run(function* () {
      using session = new ClientSession();
      const error = yield* failureOf(session.get(server.origin, { timeout: { total: 20 } }));
      assert.match(String(error), /ServerTimeoutError: GET http.*the total timeout of 20 ms ran out/);
    });
  });

  test("are left to the caller who wants that, and after a HEAD", async () => {
    await using server = await serveRedirects();
    await run(function* () {
      using session = new ClientSession({ baseUrl: `${server.origin}/` });
      const kept = yield* session.get("302?to=/x", { allowRedirects: false });
      assert.deepEqual([kept.status, kept.headers.get("location"), kept.ok], [302, "/x", true]);
      assert.equal((yield* session.head("302?to=/x")).status, 302);
      assert.equal((yield* session.head("302?to=/x", { allowRedirects: true })).status, 200);
    });
    assert.deepEqual(server.requests.slice(-2), ["HEAD /302?to=/x", "HEAD /x"]);
  });

  test("lead nowhere but to http and https", async () => {
    await using server = await serveRedirects();
    await run(function* () {
      using session = new ClientSession();
      for (const to of ["file:///etc/passwd", "ftp://a/", "data:,a", "javascript:0", "http://"]) {
        const error = yield* failureOf(session.get(`${server.origin}/302?to=${encodeURIComponent(to)}`));
        assert.ok(error instanceof InvalidUrlError, to);
        assert.equal(error.phase, "checking the answer");
      }
    });
  });

  test("do not send a stream twice", async () => {
    await using server = await serveRedirects();
    await run(function* () {
      using session = new ClientSession({ baseUrl: `${server.origin}/` });
      const error = yield* failureOf(session.post("307?to=/x", { data: Readable.from(["a"]) }));
      assert.ok(error instanceof ClientResponseError);
      assert.match(
        error.message,
        /the answer 307 asks to send the body again elsewhere, and a stream can be sent only/,
      );
      const answer = yield* session.post("303?to=/x", { data: Readable.from(["a"]) });
      assert.equal((yield* answer.json<Answer>(null)).method, "GET");
    });
  });

  test("without a Location, and other statuses, are answers like any other", async () => {
    await using server = await serve((request, response) => {
      const status = Number(request.url?.slice(1));
      response.writeHead(status, status === 302 ? {} : { location: "/x" }).end();
    });
    await run(function* () {
      using session = new ClientSession({ baseUrl: `${server.origin}/` });
      for (const status of [302, 300, 304, 201]) {
        assert.equal((yield* session.get(`${status}`)).status, status);
      }
    });
  });

  test("keep the fragment, unless there is a new one", async () => {
    await using server = await serveRedirects();
    await run(function* () {
      using session = new ClientSession({ baseUrl: `${server.origin}/` });
      for (const [from, to, realUrl] of [
        ["302?to=/x#old", "/x", "/x#old"],
        [`302?to=${encodeURIComponent("/x#new")}#old`, "/x", "/x#new"],
        ["302?to=/x", "/x", "/x"],
      ] as const) {
        const response = yield* session.get(from);
        assert.deepEqual([response.url, response.realUrl], [server.origin + to, server.origin + realUrl]);
      }
    });
    assert.ok(server.requests.every((line) => !line.includes("#")));
  });

  test("keep headers that the caller calls secret from another origin", async () => {
    await using server = await serveRedirects();
    await using other = await serveRedirects();
    await run(function* () {
      using session = new ClientSession({ headers: { "X-Api-Key": "k", "X-Open": "o" }, secretHeaders: ["X-API-Key"] });
      for (const [to, key] of [
        ["/x", "k"],
        [`${other.origin}/x`, undefined],
      ] as const) {
        const answer = yield* session.get(`${server.origin}/302?to=${to}`);
        const { headers } = yield* answer.json<Answer>(null);
        assert.deepEqual([headers["x-api-key"], headers["x-open"]], [key, "o"]);
      }
    });
  });

  test("keep all headers of one request from another origin, if that says so, and from there back", async () => {
    await using server = await serveRedirects();
    await using other = await serveRedirects();
    const headers = { "X-Token": "t", "X-Other": "o", Accept: "image/*" };
    const secretHeaders = ["x-token", "X-OTHER"];
    const to = (origin: string, target: string) => `${origin}/302?to=${encodeURIComponent(target)}`;
    await run(function* () {
      using session = new ClientSession({ headers: { "X-Session": "s" }, secretHeaders: ["x-session"] });
      for (const [url, expected] of [
        [`${server.origin}/x`, ["t", "o", "s"]],
        [to(server.origin, "/x"), ["t", "o", "s"]],
        [to(server.origin, `${other.origin}/x`), [undefined, undefined, undefined]],
        [to(server.origin, to(other.origin, `${server.origin}/x`)), [undefined, undefined, undefined]],
        [to(server.origin, `${server.origin.replace("127.0.0.1", "localhost")}/x`), [undefined, undefined, undefined]],
      ] as const) {
        const { headers: got } = yield* (yield* session.get(url, { headers, secretHeaders })).json<Answer>(null);
        assert.deepEqual([got["x-token"], got["x-other"], got["x-session"]], expected, url);
        const { accept } = got;
        assert.equal(accept, "image/*");
      }
      // The next request is not bound by it.
      const answer = yield* (yield* session.get(to(server.origin, `${other.origin}/x`), { headers })).json<Answer>(
        null,
      );
      assert.deepEqual([answer.headers["x-token"], answer.headers["x-session"]], ["t", undefined]);
    });
  });

  test("may be written in UTF-8, as some servers do", async () => {
    await using server = await serve(({ url }, response) => {
      if (url === "/x") response.writeHead(302, { location: Buffer.from("/国?q=ä").toString("latin1") }).end();
      else response.end(url);
    });
    await run(function* () {
      using session = new ClientSession();
      assert.equal(yield* (yield* session.get(`${server.origin}/x`)).text(), "/%E5%9B%BD?q=%C3%A4");
    });
  });

  test("send a body again that can be sent again", async () => {
    await using server = await serveRedirects();
    for (const data of [new Blob(["body"]), "body", Buffer.from("body")]) {
      const answer = await fetched("PUT", `${server.origin}/308?to=/x`, { data, chunked: true });
      assert.deepEqual([answer.body, answer.headers["transfer-encoding"]], ["body", "chunked"]);
    }
  });

  test("do not send over plain http what went over https", async () => {
    await using open = await serveRedirects();
    const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }]);
    const secure = createServer({ cert, key }, (request, response) => {
      const status = Number(request.url?.slice(1));
      response.writeHead(status, { location: `${open.origin}/x`, "set-cookie": "s=1; Secure" }).end();
    });
    await new Promise<void>((resolve) => secure.listen(0, "127.0.0.1", resolve));
    try {
      await run(function* () {
        const baseUrl = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/`;
        using session = new ClientSession({ baseUrl, connector: { ssl: false }, headers: { Authorization: "secret" } });
        const error = yield* failureOf(session.post("307", { data: "body" }));
        assert.ok(error instanceof ClientResponseError);
        assert.match(
          error.message,
          /asks to send the body again elsewhere, and http:.* would get over plain http what/,
        );
        const { headers, method } = yield* (yield* session.post("302", { data: "body" })).json<Answer>(null);
        const { authorization, cookie } = headers;
        assert.deepEqual([method, authorization, cookie], ["GET", undefined, undefined]);
        yield* session.close();
      });
    } finally {
      await new Promise((resolve) => secure.close(resolve));
    }
  });
});
