import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, test } from "node:test";
import { BREAK, forEach, from, sleep } from "yieldfrom";
import { GET, until, Wire, withServer } from "./helper.ts";

const post = (size: number, more = "") => `POST / HTTP/1.1\r\nhost: a\r\n${more}content-length: ${size}\r\n\r\n`;

describe("the body of a request", () => {
  test("is read whole, in every way that a Request has", async () => {
    const readers: Record<string, (request: Request) => Promise<unknown>> = {
      text: (request) => request.text(),
      json: (request) => request.json(),
      arrayBuffer: async (request) => Buffer.from(await request.arrayBuffer()).toString(),
      bytes: async (request) => Buffer.from(await request.bytes()).toString(),
      blob: async (request) => (await request.blob()).text(),
      clone: async (request) => `${await request.clone().text()}${(await request.text()).length}`,
      stream: (request) => new Response(request.body).text(),
      formData: async (request) => (await request.formData()).get("a"),
      "another Request": async (request) => new Request(request.clone(), { headers: { b: "c" } }).text(),
    };
    await withServer(
      function* (request) {
        const how = decodeURIComponent(new URL(request.url).pathname.slice(1));
        assert.equal(request.bodyUsed, false);
        const read = yield* from(readers[how]!(request));
        return new Response(`${how}: ${typeof read === "object" ? JSON.stringify(read) : read}`);
      },
      function* (server) {
        for (const how of Object.keys(readers)) {
          const body = how === "formData" ? "a=form" : '{"a":1}';
          const type = how === "formData" ? "application/x-www-form-urlencoded" : "application/json";
          using wire = yield* from(Wire.to(server));
          wire.say(
            `POST /${encodeURIComponent(how)} HTTP/1.1\r\nhost: a\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n`,
          );
          wire.say(body);
          const expected = how === "formData" ? "form" : how === "clone" ? `${body}7` : body;
          yield* from(wire.hears(`${how}: ${expected}`));
        }
      },
    );
  });

  test("is read once", async () => {
    await withServer(
      function* (request) {
        yield* from(request.text());
        assert.equal(request.bodyUsed, true);
        assert.equal(request.body?.locked, true);
        const outcomes = yield* from(
          Promise.allSettled([request.text(), request.json(), request.bytes(), (async () => request.clone())()]),
        );
        return new Response(outcomes.map(({ status }) => status).join());
      },
      function* (server) {
        using wire = yield* from(Wire.to(server));
        wire.say(`${post(2)}ab`);
        yield* from(wire.hears("rejected,rejected,rejected,rejected"));
      },
    );
  });

  test("is empty where there is none", async () => {
    await withServer(
      function* (request) {
        return new Response(`${request.body} ${JSON.stringify(yield* from(request.text()))}`);
      },
      function* (server) {
        using wire = yield* from(Wire.to(server));
        yield* from(wire.say(GET).hears('null ""'));
      },
    );
  });

  test("is taken piece by piece, at the handler's pace", async () => {
    const total = 60 * 2 ** 20;
    let read = 0;
    let go = false;
    await withServer(
      function* (request) {
        yield* forEach(request.body as ReadableStream<Uint8Array>, function* (chunk) {
          read += chunk.byteLength;
          yield* until(() => go);
        });
        return new Response(`read ${read}`);
      },
      function* (server) {
        using wire = yield* from(Wire.to(server));
        wire.say(post(total)).say(new Uint8Array(total));
        yield* until(() => read > 0);
        let before = 0;
        while (wire.socket.bytesWritten - wire.socket.writableLength > before) {
          before = wire.socket.bytesWritten - wire.socket.writableLength;
          yield* sleep(20);
        }
        assert.ok(wire.socket.writableLength > total / 2, "the client was not made to wait");
        go = true;
        yield* from(wire.hears(`read ${total}`));
      },
      { clientMaxSize: null },
    );
  });

  test("may come a byte at a time", async () => {
    await withServer(
      function* (request) {
        return new Response(yield* from(request.text()));
      },
      function* (server) {
        using wire = yield* from(Wire.to(server));
        const text = Array.from({ length: 3000 }, (_, i) => i % 10).join("");
        wire.say("POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n");
        wire.say(`${text.replaceAll(/./g, "1\r\n$&\r\n")}0\r\n\r\n`);
        const heard = yield* from(wire.ends());
        assert.equal(heard.split("\r\n\r\n")[1], text);
      },
    );
  });

  test("may be left half-way, and the connection serves the next request", async () => {
    await withServer(
      function* (request) {
        if (request.body !== null) yield* forEach(request.body, () => BREAK);
        return new Response("enough");
      },
      function* (server) {
        using wire = yield* from(Wire.to(server));
        wire.say(post(300_000)).say(new Uint8Array(300_000));
        yield* from(wire.hears("enough"));
        wire.heard = "";
        yield* from(wire.say(GET).hears("enough"));
      },
    );
  });

  test("that nobody reads is dropped; much of it with the connection", async () => {
    await withServer(
      () => new Response("no, thanks"),
      function* (server) {
        using wire = yield* from(Wire.to(server));
        wire.say(post(300_000)).say(new Uint8Array(300_000));
        yield* from(wire.hears("no, thanks"));
        wire.heard = "";
        yield* from(wire.say(GET).hears("no, thanks"));
        using other = yield* from(Wire.to(server));
        other.say(post(500_000_000)).say(new Uint8Array(40_000_000));
        yield* from(other.hears("no, thanks"));
        yield* from(other.ends());
      },
      { clientMaxSize: null },
    );
  });

  test("that is dropped leaves nothing on its connection", async () => {
    await withServer(
      () => new Response("no, thanks"),
      function* (server) {
        using wire = yield* from(Wire.to(server));
        const listeners: number[] = [];
        for (let i = 0; i < 12; i++) {
          wire.heard = "";
          yield* from(wire.say(post(5)).hears("no, thanks"));
          wire.heard = "";
          yield* from(wire.say("12345").say(GET).hears("no, thanks"));
          const [socket] = Reflect.get(server, "_sockets") as Set<Socket>;
          yield* until(() => listeners.length === 0 || socket!.listenerCount("close") <= listeners[0]!);
          listeners.push(socket!.listenerCount("close"));
        }
      },
    );
  });

  test("larger than `clientMaxSize` is answered with 413, before it is read or when it turns out", async () => {
    let handled = 0;
    await withServer(
      function* (request) {
        handled++;
        if (request.url.endsWith("/stream")) yield* from(new Response(request.body).bytes());
        else yield* from(request.text());
        return new Response("read");
      },
      function* (server) {
        using wire = yield* from(Wire.to(server));
        wire.say(post(11)).say("x".repeat(11));
        assert.match(yield* from(wire.hears("413 Content Too Large\n")), /^HTTP\/1.1 413 /);
        assert.equal(handled, 0);
        wire.heard = "";
        wire.say(post(10)).say("x".repeat(10));
        yield* from(wire.hears("read"));
        for (const path of ["text", "stream"]) {
          wire.heard = "";
          wire.say(`POST /${path} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nb\r\n${"x".repeat(11)}\r\n`);
          yield* from(wire.hears("413 Content Too Large\n"));
          wire.say("0\r\n\r\n");
        }
        wire.heard = "";
        yield* from(wire.say(GET).hears("read"));
      },
      { clientMaxSize: 10 },
    );
    assert.equal(handled, 4);
  });

  test("tells of the limit in what the handler sees", async () => {
    await withServer(
      function* (request) {
        try {
          yield* from(request.text());
        } catch (error) {
          return new Response(`${(error as Error).message}`);
        }
        return new Response("read");
      },
      function* (server) {
        using wire = yield* from(Wire.to(server));
        wire.say("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n");
        yield* from(wire.hears("POST /: its body is larger than 1 bytes; `clientMaxSize` of serve() sets that"));
      },
      { clientMaxSize: 1 },
    );
  });

  test("is asked for with 100 Continue when it is read, and not before", async () => {
    await withServer(
      function* (request) {
        if (request.url.endsWith("/no")) return new Response("no", { status: 403 });
        yield* sleep(5);
        return new Response(`got ${yield* from(request.text())}`);
      },
      function* (server) {
        for (const [path, size] of [
          ["/no", 2],
          ["/much", 2_000_000],
        ] as const) {
          using wire = yield* from(Wire.to(server));
          wire.say(`POST ${path} HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: ${size}\r\n\r\n`);
          assert.match(yield* from(wire.ends()), path === "/no" ? /^HTTP\/1.1 403 / : /^HTTP\/1.1 413 /);
        }
        using wire = yield* from(Wire.to(server));
        wire.say(post(2, "expect: 100-continue\r\n"));
        yield* from(wire.hears(/^HTTP\/1.1 100 Continue\r\n\r\n$/));
        wire.say("ab");
        yield* from(wire.hears(/200 OK\r\n.*got ab$/s));
      },
    );
  });
});
