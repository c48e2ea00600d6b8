/** What clients do that they should not. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, test } from "node:test";
import { createTask, Event, from, sleep } from "yieldfrom";
import { certificate } from "../certificates.ts";
import { GET, until, Wire, withServer } from "./helper.ts";

const ok = () => new Response("ok");

describe("malformed requests", () => {
  const cases: Record<string, [string, RegExp]> = {
    garbage: ["\x00\x01\x02 nonsense\r\n\r\n", /^HTTP\/1.1 400 Bad Request\r\n/],
    "a TLS hello": ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", /^HTTP\/1.1 400 Bad Request\r\n/],
    "no Host": ["GET / HTTP/1.1\r\n\r\n", /^HTTP\/1.1 400 Bad Request\r\n/],
    "two lengths": [
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
      /^HTTP\/1.1 400 Bad Request\r\n/,
    ],
    "a length and chunks": [
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
      /^HTTP\/1.1 400 Bad Request\r\n/,
    ],
    "a space before the colon": ["GET / HTTP/1.1\r\nhost : a\r\n\r\n", /^HTTP\/1.1 400 Bad Request\r\n/],
    "large headers": [
      `GET / HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(20_000)}\r\n\r\n`,
      /^HTTP\/1.1 431 Request Header Fields Too Large\r\n/,
    ],
    "a target that is none": ["GET nonsense HTTP/1.1\r\nhost: a\r\n\r\n", /^HTTP\/1.1 400 Bad Request\r\n/],
  };
  for (const [what, [text, answer]] of Object.entries(cases)) {
    test(`${what}: refused, and no handler is called`, async () => {
      let handled = 0;
      await withServer(
        () => {
          handled++;
          return ok();
        },
        function* (server) {
          using wire = yield* from(Wire.to(server));
          assert.match(yield* from(wire.say(text).ends()), answer);
        },
      );
      assert.equal(handled, 0);
    });
  }

  test("bad chunks in the midst of a body: the handler's reading fails, and the connection ends", async () => {
    await withServer(
      function* (request) {
        return new Response(yield* from(request.text()));
      },
      function* (server) {
        using wire = yield* from(Wire.to(server));
        wire.say("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\nnonsense\r\n");
        yield* from(wire.ends());
        yield* until(() => String(server).endsWith("requests=0>"));
      },
    );
  });

  test("targets that mean something: absolute ones, dots, a Host that is none", async () => {
    await withServer(
      (request) => new Response(request.url),
      function* (server) {
        const tries = [
          ["http://other/x?y", "a", "http://other/x?y"],
          ["/a/../b", "a", "http://a/b"],
          ["//evil/x", "a", "http://a//evil/x"],
          ["/", "a b", "http://_invalid_/"],
          ["/%00<>", "a", "http://a/%00%3C%3E"],
        ];
        for (const [target, host, url] of tries) {
          using wire = yield* from(Wire.to(server));
          yield* from(wire.say(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\n\r\n`).hears(`\r\n\r\n${url}`));
        }
      },
    );
  });
});

describe("slow clients", () => {
  test("headers that never end: 408 after `headersTimeout`", async () => {
    await withServer(
      ok,
      function* (server) {
        using wire = yield* from(Wire.to(server));
        assert.match(
          yield* from(wire.say("GET / HTTP/1.1\r\nhost: a\r\nx").ends()),
          /^HTTP\/1.1 408 Request Timeout\r\n/,
        );
      },
      { headersTimeout: 50 },
    );
  });

  test("a body that never ends: cut off after `requestTimeout`, and the handler cancelled", async () => {
    const started = new Event();
    const ended = new Event();
    await withServer(
      function* (request) {
        started.set();
        try {
          return new Response(yield* from(request.text()));
        } finally {
          ended.set();
        }
      },
      function* (server) {
        using wire = yield* from(Wire.to(server));
        wire.say("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nx");
        yield* started.wait();
        yield* from(wire.ends());
        yield* ended.wait();
      },
      { requestTimeout: 100 },
    );
  });

  test("idle connections are closed after `keepAliveTimeout`", async () => {
    await withServer(
      ok,
      function* (server) {
        using wire = yield* from(Wire.to(server));
        yield* from(wire.say(GET).hears("ok"));
        yield* from(wire.ends());
      },
      { keepAliveTimeout: 10 },
    );
  });
});

describe("connections", () => {
  test("whose TLS handshake never ends do not keep the server from ending", async () => {
    const { key, cert } = await certificate();
    await withServer(
      ok,
      function* (server) {
        using silent = yield* from(Wire.to(server));
        using slow = yield* from(Wire.to(server));
        slow.say("\x16\x03\x01\x02\x00\x01");
        const accepted = Reflect.get(server, "_sockets") as Set<Socket>;
        yield* until(() => [...accepted].map(({ bytesRead }) => bytesRead).join() === "0,6");
        const ending = createTask(server.shutdown({ grace: 60_000 }));
        yield* from(silent.ends());
        assert.equal(slow.closed, false);
        ending.cancel();
        yield* from(slow.ends());
      },
      { ssl: { key, cert } },
    );
  });

  test("carry several requests at once, answered in their order", async () => {
    const order: string[] = [];
    await withServer(
      function* (request) {
        const { pathname } = new URL(request.url);
        if (pathname === "/1") yield* sleep(20);
        order.push(pathname);
        return new Response(`<${pathname}>`);
      },
      function* (server) {
        using wire = yield* from(Wire.to(server));
        wire.say(["/1", "/2", "/3"].map((path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`).join(""));
        const heard = yield* from(wire.hears("</3>"));
        assert.deepEqual(heard.match(/<.*?>/g), ["</1>", "</2>", "</3>"]);
      },
    );
    assert.deepEqual(order, ["/2", "/3", "/1"]);
  });

  test("that ask for very much at once are read no faster than they are answered", async () => {
    const go = new Event();
    let begun = 0;
    await withServer(
      function* () {
        begun++;
        yield* go.wait();
        return new Response("<>");
      },
      function* (server) {
        using wire = yield* from(Wire.to(server));
        wire.say(GET.repeat(10_000));
        yield* until(() => begun > 0);
        let before = 0;
        while (begun > before) {
          before = begun;
          yield* sleep(20);
        }
        assert.ok(begun < 8000, `${begun} requests of one connection were under way`);
        go.set();
        let count = 0;
        yield* until(() => {
          const whole = wire.heard.lastIndexOf("<>") + 2;
          if (whole < 2) return false; // Half a body may be there.
          count += wire.heard.split("<>").length - 1;
          wire.heard = wire.heard.slice(whole);
          return count === 10_000;
        });
      },
    );
  });

  test("of HTTP/1.0 end with the response, which has no chunks", async () => {
    await withServer(
      () =>
        new Response(
          new ReadableStream({
            async start(controller) {
              await new Promise((resolve) => setTimeout(resolve, 5));
              controller.enqueue(Buffer.from("streamed"));
              controller.close();
            },
          }),
        ),
      function* (server) {
        using wire = yield* from(Wire.to(server));
        assert.match(yield* from(wire.say("GET / HTTP/1.0\r\n\r\n").ends()), /\r\n\r\nstreamed$/);
      },
    );
  });

  test("are no more than `maxConnections`", async () => {
    await withServer(
      ok,
      function* (server) {
        using first = yield* from(Wire.to(server));
        yield* from(first.say(GET).hears("ok"));
        using second = yield* from(Wire.to(server));
        assert.equal(yield* from(second.say(GET).ends()), "");
      },
      { maxConnections: 1 },
    );
  });

  test("that are reset before they say anything do no harm", async () => {
    await withServer(ok, function* (server) {
      for (let i = 0; i < 20; i++) (yield* from(Wire.to(server))).socket.resetAndDestroy();
      using wire = yield* from(Wire.to(server));
      yield* from(wire.say(GET).hears("ok"));
      yield* until(() => String(server).includes("connections=1 "));
    });
  });
});
