import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createTask, Event, from, isCancelled, signal, sleep } from "yieldfrom";
import { bodyStream, ClientSession, FastResponse, sse } from "../../src/index.ts";
import { GET, until, Wire, withServer } from "./helper.ts";

describe("a request whose client goes away", () => {
  test("is cancelled at the yield* where it waits, and may clean up", async () => {
    const events: string[] = [];
    const started = new Event();
    const ended = new Event();
    await withServer(
      function* (request) {
        const own = signal();
        started.set();
        try {
          yield* sleep(60_000);
        } catch (error) {
          events.push(isCancelled(error) ? (error as Error).message : String(error));
          throw error;
        } finally {
          events.push(`aborted: ${request.signal.aborted} ${own.aborted}`);
          yield* sleep(1);
          ended.set();
        }
        return new Response("");
      },
      function* (server) {
        const wire = yield* from(Wire.to(server));
        wire.say(GET);
        yield* started.wait();
        wire.socket.destroy();
        yield* ended.wait();
        yield* until(() => String(server).endsWith("connections=0 requests=0>"));
      },
    );
    assert.deepEqual(events, ["the client went away", "aborted: true true"]);
  });

  test("is cancelled too when it was reset, half closed, or its body had not come", async () => {
    for (const how of ["reset", "half closed", "reading text", "reading the stream", "Promise"]) {
      const started = new Event();
      const ended = new Event();
      let caught: unknown;
      await withServer(
        function* (request) {
          started.set();
          try {
            if (how === "reading text") yield* from(request.text());
            else if (how === "reading the stream") yield* from(new Response(request.body).bytes());
            else if (how === "Promise") yield* from(new Promise(() => {}));
            else yield* sleep(60_000);
          } catch (error) {
            caught = error;
            throw error;
          } finally {
            ended.set();
          }
          return new Response("");
        },
        function* (server) {
          const wire = yield* from(Wire.to(server));
          wire.say("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf");
          yield* started.wait();
          if (how === "reset") wire.socket.resetAndDestroy();
          else if (how === "half closed") wire.socket.end();
          else wire.socket.destroy();
          yield* ended.wait();
          yield* from(wire.ends());
        },
      );
      assert.ok(isCancelled(caught), `${how}: ${caught}`);
    }
  });

  test("has its streams stopped: those of coroutines, and others", async () => {
    for (const kind of ["coroutine", "stream", "async iterable", "events"]) {
      const ended = new Event();
      async function* endless() {
        try {
          for (;;) yield Buffer.alloc(1000);
        } finally {
          ended.set();
        }
      }
      function* writeEndlessly(write: (text: string) => Iterable<never>) {
        try {
          for (;;) yield* write("x".repeat(1000));
        } finally {
          ended.set();
        }
      }
      await withServer(
        () => {
          if (kind === "coroutine") return new Response(bodyStream(writeEndlessly as never));
          if (kind === "events") return sse(writeEndlessly as never);
          if (kind === "async iterable") return new Response(endless() as never);
          const source = { pull: (c: ReadableStreamDefaultController) => c.enqueue(Buffer.alloc(1000)) };
          return new Response(new ReadableStream({ ...source, cancel: () => ended.set() }));
        },
        function* (server) {
          const wire = yield* from(Wire.to(server));
          yield* from(wire.say(GET).hears("\r\n\r\n"));
          wire.socket.destroy();
          yield* ended.wait();
        },
      );
    }
  });

  test("may go on, if its handler wants that", async () => {
    const done = new Event();
    const started = new Event();
    await withServer(
      function* () {
        started.set();
        try {
          yield* sleep(60_000);
        } catch {
          yield* sleep(1);
        }
        done.set();
        return new Response(bodyStream((write) => write("nobody hears")));
      },
      function* (server) {
        const wire = yield* from(Wire.to(server));
        wire.say(GET);
        yield* started.wait();
        wire.socket.destroy();
        yield* done.wait();
        yield* until(() => String(server).endsWith("requests=0>"));
      },
    );
  });

  test("still has its errors reported", async () => {
    const started = new Event();
    await withServer(
      function* () {
        started.set();
        try {
          yield* sleep(60_000);
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: a clean-up that fails
          throw new Error("clean-up failed");
        }
      },
      function* (server, reports) {
        const wire = yield* from(Wire.to(server));
        wire.say(GET);
        yield* started.wait();
        wire.socket.destroy();
        yield* until(() => reports.all.length > 0);
        assert.deepEqual(reports.take(), ["clean-up failed"]);
      },
    );
  });

  test("is answered all the same with `allowHalfOpen`, if it has only closed its own side", async () => {
    await withServer(
      function* () {
        yield* sleep(5);
        return new Response("late");
      },
      function* (server) {
        const wire = yield* from(Wire.to(server, { allowHalfOpen: true }));
        wire.say(GET).socket.end();
        assert.match(yield* from(wire.ends()), /late$/);
      },
      { allowHalfOpen: true },
    );
  });
});

describe("a handler that fails", () => {
  const cases: [string, () => unknown, RegExp][] = [
    [
      "throws",
      function* () {
        throw new Error("secret");
      },
      /^secret$/,
    ],
    [
      "throws before it is a coroutine",
      () => {
        throw new Error("secret");
      },
      /^secret$/,
    ],
    ["rejects", () => Promise.reject(new Error("secret")), /^secret$/],
    ["returns nothing", function* () {}, /gave no Response to GET \/, but undefined: end it with `return new Response/],
    ["returns a string", () => "hello", /but hello: write `return new Response\(text\)`/],
    [
      "returns an object",
      function* () {
        return { a: 1 };
      },
      /but a Object: end it with/,
    ],
    ["returns a body read before", () => usedResponse(), /the body of this Response was read already/],
    [
      "streams objects",
      () => new Response(bodyStream((write) => write({} as string))),
      /Expected a body's chunks to be/,
    ],
    [
      "streams an error",
      () =>
        new Response(
          bodyStream(function* () {
            throw new Error("secret");
          }),
        ),
      /^secret$/,
    ],
    [
      "pulls an error",
      () =>
        new Response(
          new ReadableStream({
            pull() {
              throw new Error("secret");
            },
          }),
        ),
      /^secret$/,
    ],
    ["promises another length", () => new Response("ab", { headers: { "content-length": "3" } }), /Content-Length/i],
  ];
  for (const [what, handler, message] of cases) {
    test(`${what}: the client gets 500 and not a word, the exception handler all`, async () => {
      await withServer(handler as never, function* (server, reports) {
        using wire = yield* from(Wire.to(server));
        wire.say(GET);
        yield* until(() => reports.all.length > 0);
        assert.equal(reports.all[0]?.message, "exception in the handler of GET /");
        assert.match(String(reports.take()), message);
        if (what === "promises another length") yield* from(wire.ends());
        else {
          const heard = yield* from(wire.hears("500 Internal Server Error\n"));
          assert.match(heard, /^HTTP\/1.1 500 Internal Server Error\r\n/);
          assert.doesNotMatch(heard, /secret|Response/);
          // The connection is as good as before.
          wire.heard = "";
          wire.say(GET);
          yield* from(wire.hears("500 Internal Server Error\n"));
          yield* until(() => reports.all.length > 0);
          reports.take();
        }
      });
    });
  }

  test("whose Response can't be sent is answered, too", async () => {
    await withServer(
      () => new FastResponse("", { statusText: "no\r\nx-evil: 1" }),
      function* (server, reports) {
        using wire = yield* from(Wire.to(server));
        const heard = yield* from(wire.say(GET).hears("500 Internal Server Error\n"));
        assert.match(heard, /^HTTP\/1.1 500 Internal Server Error\r\n/);
        assert.doesNotMatch(heard, /evil/);
        assert.deepEqual(reports.take(), ["Invalid character in statusMessage"]);
      },
    );
  });

  test("tells the client with `debug`", async () => {
    await withServer(
      function* theHandler() {
        throw new Error("not so secret");
      },
      function* (server, reports) {
        using wire = yield* from(Wire.to(server));
        const heard = yield* from(wire.say(GET).hears(/theHandler.*\n$/s));
        assert.match(heard, /Error: not so secret/);
        reports.take();
      },
      { debug: true },
    );
  });

  test("cuts the connection when the response has begun already", async () => {
    const broken = [
      bodyStream(function* (write) {
        yield* write("begun");
        yield* sleep(10);
        throw new Error("broken");
      }),
    ];
    await withServer(
      () => new Response(broken.pop()),
      function* (server, reports) {
        using wire = yield* from(Wire.to(server));
        const heard = yield* from(wire.say(GET).ends());
        assert.match(heard, /begun\r\n$/);
        assert.deepEqual(reports.take(), ["broken"]);
      },
    );
  });

  test("that is cancelled from inside is answered too", async () => {
    await withServer(
      function* () {
        const task = createTask(sleep(60_000));
        task.cancel();
        yield* task;
        return new Response("");
      },
      function* (server) {
        using wire = yield* from(Wire.to(server));
        yield* from(wire.say(GET).hears("500 Internal Server Error\n"));
      },
    );
  });
});

describe("responses", () => {
  test("to HEAD, and 204 and 304, have no body, and streams are not begun", async () => {
    let begun = 0;
    let cancelled = 0;
    await withServer(
      (request) => {
        const { pathname } = new URL(request.url);
        if (pathname === "/text") return new Response("text");
        if (pathname === "/204") return new Response(null, { status: 204 });
        if (pathname === "/304") return new Response(null, { status: 304, headers: { etag: '"a"' } });
        if (pathname === "/length") return new Response("text", { headers: { "content-length": "4" } });
        if (pathname === "/coroutine") {
          return new Response(
            bodyStream(function* (write) {
              begun++;
              yield* write("x");
            }),
          );
        }
        return new Response(new ReadableStream({ cancel: () => void cancelled++ }));
      },
      function* (server) {
        using session = new ClientSession();
        for (const path of ["text", "204", "304", "length", "coroutine", "stream"]) {
          using response = yield* session.head(server.url + path);
          assert.equal(yield* response.text(), "");
          if (path === "length") assert.equal(response.headers.get("content-length"), "4");
        }
        using response = yield* session.get(`${server.url}204`);
        assert.equal(response.headers.get("content-length"), null);
        yield* session.close();
      },
    );
    assert.deepEqual([begun, cancelled], [0, 1]);
  });

  test("of a FastResponse have no body either where there can be none", async () => {
    await withServer(
      (request) => new FastResponse("a body", { status: Number(new URL(request.url).pathname.slice(1)) }),
      function* (server) {
        for (const status of [204, 205, 304]) {
          using wire = yield* from(Wire.to(server));
          wire.say(`GET /${status} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
          const heard = yield* from(wire.ends());
          assert.match(heard, /\r\n\r\n$/);
          assert.doesNotMatch(heard, /content-length: [1-9]/i);
        }
      },
    );
  });

  test("say in one way how long they are, whatever the handler says", async () => {
    const headers = { "Transfer-Encoding": "chunked, identity" };
    const answers: Record<string, () => Response> = {
      "/both": () => new Response("body", { headers: { ...headers, "content-length": "4" } }),
      "/fast": () => new FastResponse("body", { headers: { ...headers, "content-length": "4" } }),
      "/coding": () => new Response("body", { headers }),
      "/stream": () => new Response(new Blob(["body"]).stream(), { headers: { "transfer-encoding": "gzip" } }),
    };
    await withServer(
      (request) => answers[new URL(request.url).pathname]!(),
      function* (server) {
        for (const path of Object.keys(answers)) {
          using wire = yield* from(Wire.to(server));
          wire.say(`GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
          const heard = yield* from(wire.ends());
          assert.match(heard, /\r\n(content-length: 4\r\n(.+\r\n)*\r\nbody|transfer-encoding: chunked\r\n)/i);
          assert.equal(heard.match(/content-length|transfer-encoding/gi)?.length, 1, heard);
        }
      },
    );
  });

  test("keep their status text and each of their cookies", async () => {
    await withServer(
      () => {
        const response = new Response("", { status: 299, statusText: "Fine Enough" });
        response.headers.append("set-cookie", "a=1");
        response.headers.append("set-cookie", "b=2");
        return response;
      },
      function* (server) {
        using wire = yield* from(Wire.to(server));
        const heard = yield* from(wire.say(GET).hears("\r\n\r\n"));
        assert.match(heard, /^HTTP\/1.1 299 Fine Enough\r\n/);
        assert.match(heard, /set-cookie: a=1\r\nset-cookie: b=2\r\n/);
      },
    );
  });
});

function usedResponse(): Response {
  const response = new Response("text");
  void response.text();
  return response;
}
