/** Handlers that others have written, and responses that are only prepared. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Hono } from "hono";
import { from, sleep } from "yieldfrom";
import { bodyStream, ClientSession, FastResponse } from "../../src/index.ts";
import { GET, Wire, withServer } from "./helper.ts";

describe("serve", () => {
  test("takes the handler of a Hono app", async () => {
    const app = new Hono()
      .get("/hello/:name", (c) => c.json({ hello: c.req.param("name"), q: c.req.query("q") }))
      .post("/echo", async (c) => c.text(await c.req.text(), 201))
      .post("/form", async (c) => c.text(String((await c.req.formData()).get("a"))))
      .get(
        "/stream",
        () =>
          new Response(
            bodyStream(function* (write) {
              yield* write("a");
              yield* sleep(1);
              yield* write("b");
            }),
          ),
      );
    app.use("/header", async (c, next) => {
      await next();
      c.header("x-added", "1");
    });
    app.get("/header", (c) => c.text("with a header"));
    await withServer(app.fetch, function* (server) {
      using session = new ClientSession({ baseUrl: server.url });
      const textOf = function* (method: string, path: string, data?: string | URLSearchParams) {
        using response = yield* session.request(method, path, data === undefined ? {} : { data });
        return `${response.status} ${yield* response.text()}${response.headers.get("x-added") ?? ""}`;
      };
      assert.equal(yield* textOf("GET", "hello/ann?q=1"), '200 {"hello":"ann","q":"1"}');
      assert.equal(yield* textOf("POST", "echo", "text"), "201 text");
      assert.equal(yield* textOf("POST", "form", new URLSearchParams({ a: "b" })), "200 b");
      assert.equal(yield* textOf("GET", "stream"), "200 ab");
      assert.equal(yield* textOf("GET", "header"), "200 with a header1");
      assert.equal((yield* textOf("GET", "nowhere")).slice(0, 3), "404");
      yield* session.close();
    });
  });

  test("takes a switch of URLPatterns", async () => {
    const { URLPattern } = globalThis as unknown as {
      URLPattern: new (init: object) => { exec(url: string): { pathname: { groups: { id: string } } } | null };
    };
    const user = new URLPattern({ pathname: "/users/:id" });
    await withServer(
      function* (request) {
        const match = user.exec(request.url);
        if (match !== null) return new Response(`user ${match.pathname.groups.id}`);
        return new Response("no such page", { status: 404 });
      },
      function* (server) {
        using session = new ClientSession({ baseUrl: server.url });
        assert.equal(yield* (yield* session.get("users/7?x")).text(), "user 7");
        assert.equal((yield* session.get("pages/7")).status, 404);
        yield* session.close();
      },
    );
  });
});

describe("FastResponse", () => {
  test("is sent as a Response is, and is one", async () => {
    const makers: [string, () => Response][] = [
      ["text", () => new FastResponse("ok")],
      ["bytes", () => new FastResponse(new TextEncoder().encode("ok"))],
      ["a view", () => new FastResponse(new DataView(new TextEncoder().encode("ok").buffer))],
      ["a buffer", () => new FastResponse(new TextEncoder().encode("ok").buffer)],
      ["a blob", () => new FastResponse(new Blob(["ok"]))],
      ["a stream", () => new FastResponse(new Blob(["ok"]).stream())],
      ["a coroutine", () => new FastResponse(bodyStream((write) => write("ok")))],
      ["a form's fields", () => new FastResponse(new URLSearchParams({ ok: "" }))],
      ["one looked into", () => touched(new FastResponse("ok"))],
    ];
    for (const [what, make] of makers) {
      assert.ok(make instanceof Function && new FastResponse("") instanceof Response);
      await withServer(make, function* (server) {
        using wire = yield* from(Wire.to(server));
        yield* from(wire.say(GET).hears(/ok(=|\r\n0\r\n\r\n)?$/));
        assert.match(wire.heard, /^HTTP\/1.1 200 OK\r\n/, what);
      });
    }
  });

  test("without a body, and for HEAD", async () => {
    await withServer(
      (request) => (request.method === "HEAD" ? new FastResponse("four") : new FastResponse(null, { status: 204 })),
      function* (server) {
        using wire = yield* from(Wire.to(server));
        assert.match(yield* from(wire.say(GET).hears("\r\n\r\n")), /^HTTP\/1.1 204 No Content\r\n/);
        wire.heard = "";
        wire.say("HEAD / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        assert.match(yield* from(wire.ends()), /content-length: 4\r\n.*\r\n\r\n$/s);
      },
    );
  });
});

function touched(response: Response): Response {
  assert.ok(response.body instanceof ReadableStream);
  response.headers.set("x-a", "b");
  return response;
}
