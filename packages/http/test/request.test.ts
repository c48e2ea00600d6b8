import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Coroutine, from, run } from "yieldfrom";
import { BasicAuth, ClientConnectorError, ClientSession, CookieJar, request, TCPConnector } from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { refusedPort, serve } from "./server.ts";

describe("request()", () => {
  test("needs no session, and leaves no connection", async () => {
    await using server = await serve(({ method, url, headers }, response) => {
      response.end(`${method} ${url} ${headers.authorization?.slice(0, 5)}`);
    });
    await run(function* () {
      const auth = new BasicAuth("a", "b");
      const response = yield* request("get", `${server.origin}/x`, { params: { a: 1 }, auth });
      assert.equal(yield* response.text(), "GET /x?a=1 Basic");
      yield* from(server.until(() => server.sockets.size === 0));
    });
  });

  test("closes its session when the response is released, read to its end, left by an error, or never came", async () => {
    await using server = await serve(({ url }, response) => {
      if (url === "/go") response.writeHead(302, { location: "/half" }).end();
      else response.writeHead(200, { "content-length": 100 }).write("half");
    });
    await run(function* () {
      const gone = () => from(server.until(() => server.sockets.size === 0));
      (yield* request("GET", `${server.origin}/go`)).release();
      yield* gone();
      const failing = function* (): Coroutine<void> {
        using _response = yield* request("GET", server.origin);
        throw new RangeError("body of the block");
      };
      assert.ok((yield* failureOf(failing())) instanceof RangeError);
      yield* gone();
      const refused = request("GET", `http://127.0.0.1:${yield* from(refusedPort())}/`);
      assert.ok((yield* failureOf(refused)) instanceof ClientConnectorError);
    });
  });

  test("leaves a connector and a jar that it is given to their owner", async () => {
    await using server = await serve((_, response) => void response.writeHead(200, { "set-cookie": "a=1" }).end("ok"));
    await run(function* () {
      const connector = new TCPConnector();
      const cookieJar = new CookieJar();
      const url = `http://localhost:${server.port}/`;
      for (let i = 0; i < 2; i++) {
        assert.equal(yield* (yield* request("GET", url, { connector, cookieJar })).text(), "ok");
      }
      assert.equal(cookieJar.size, 1);
      using session = new ClientSession({ connector });
      assert.equal(yield* (yield* session.get(url)).text(), "ok");
    });
    assert.equal(server.connections, 1);
  });
});
