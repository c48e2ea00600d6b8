/** HTTP/2 streams and connections that servers end before their time: what a caller can tell of it. */
import assert from "node:assert/strict";
import http2 from "node:http2";
import { before, describe, test } from "node:test";
import { connect } from "node:tls";
import { cancelEverywhere } from "@yieldfrom/testing";
import { type Coroutine, createTask, from, gather, isCancelled, run } from "yieldfrom";
import { ClientConnectionError, ClientPayloadError, ClientSession, ServerDisconnectedError } from "../src/index.ts";
import { type Certificate, certificate } from "./certificates.ts";
import { failureOf } from "./failure-of.ts";
import { leavesNothing } from "./leaves-nothing.ts";
import { ERROR, type RawStream, serveRawH2 } from "./raw-h2-server.ts";

leavesNothing();

let own: Certificate;
before(async () => {
  own = await certificate();
});

function sessionFor(): ClientSession {
  return new ClientSession({
    connector: { ssl: { ca: own.cert }, http2: true, limit: 1 },
    timeout: { sockRead: 3000 },
  });
}

function* getAndRead(session: ClientSession, url: string): Coroutine<string> {
  using response = yield* session.get(url);
  return yield* response.text();
}

/** What a GET fails with that is answered so, and how many requests came. The connection is there for the next if it may be. */
async function failing(act: (stream: RawStream) => void, isKept: boolean): Promise<{ error: unknown; asked: number }> {
  let asked = 0;
  let last = false;
  await using server = await serveRawH2(own, (stream) => {
    if (last) stream.respond().data("next", true);
    else {
      asked++;
      act(stream);
    }
  });
  return await run(function* () {
    using session = sessionFor();
    const error = yield* failureOf(getAndRead(session, server.secureOrigin));
    last = true;
    assert.equal(yield* getAndRead(session, server.secureOrigin), "next");
    assert.equal(server.connections === 1, isKept, "the connection");
    return { error, asked };
  });
}

const later = (then: () => void) => void setTimeout(then, 5);

describe("a stream that is reset in the body", () => {
  for (const [name, code] of [
    ["NO_ERROR", ERROR.none],
    ["INTERNAL_ERROR", ERROR.internal],
    ["CANCEL", ERROR.cancel],
    ["ENHANCE_YOUR_CALM", ERROR.calm],
  ] as const) {
    for (const length of [undefined, 100]) {
      for (const when of ["at once", "later"]) {
        test(`by ${name}, ${when}, ${length === undefined ? "without a length" : "short of its length"}`, async () => {
          const { error, asked } = await failing((stream) => {
            stream.respond(length).data("0123456789");
            if (when === "later") later(() => stream.reset(code));
            else stream.reset(code);
          }, true);
          assert.ok(error instanceof ClientPayloadError, String(error));
          assert.deepEqual([error.code, error.phase, asked], ["ERR_CLIENT_PAYLOAD", "reading the body", 1]);
          assert.match(error.message, /the body ended early after \d+ (of 100 )?bytes: /);
          if (length === undefined) assert.match(error.message, new RegExp(`error code NGHTTP2_${name} while`));
        });
      }
    }
  }

  test("while nobody reads it", async () => {
    await using server = await serveRawH2(own, (stream) => {
      stream.respond().data("x".repeat(16_000)).data("x".repeat(16_000));
      later(() => stream.reset(ERROR.cancel));
    });
    await run(function* () {
      using session = sessionFor();
      using response = yield* session.get(server.secureOrigin);
      yield* from(new Promise((resolve) => setTimeout(resolve, 30)));
      assert.ok((yield* failureOf(response.read())) instanceof ClientPayloadError);
    });
  });

  test("after its end is an answer like any other", async () => {
    for (const code of [ERROR.none, ERROR.cancel, ERROR.internal]) {
      await using server = await serveRawH2(own, (stream) => void stream.respond().data("all of it", true).reset(code));
      await run(function* () {
        using session = sessionFor();
        for (let i = 0; i < 3; i++) assert.equal(yield* getAndRead(session, server.secureOrigin), "all of it");
        using response = yield* session.post(server.secureOrigin, { data: "x".repeat(100_000) });
        assert.equal(yield* response.text(), "all of it");
      });
    }
  });
});

describe("a stream that is reset before its headers", () => {
  for (const [name, code, times] of [
    ["NO_ERROR", ERROR.none, 1],
    ["INTERNAL_ERROR", ERROR.internal, 1],
    // The server has done nothing with it, and says so: RFC 9113 section 8.7.
    ["REFUSED_STREAM", ERROR.refused, 2],
    ["CANCEL", ERROR.cancel, 1],
    ["ENHANCE_YOUR_CALM", ERROR.calm, 1],
  ] as const) {
    test(`by ${name}`, async () => {
      const { error, asked } = await failing((stream) => void stream.reset(code), true);
      assert.ok(error instanceof ServerDisconnectedError && error instanceof ClientConnectionError, String(error));
      assert.deepEqual([error.code, error.phase], ["ERR_SERVER_DISCONNECTED", "waiting for headers"]);
      assert.match(error.message, new RegExp(`the server reset the stream: .*NGHTTP2_${name} while`));
      assert.equal(asked, times);
    });
  }

  test("by REFUSED_STREAM once: it is asked again, and nobody notices", async () => {
    let asked = 0;
    await using server = await serveRawH2(own, (stream) => {
      if (asked++ === 0) stream.reset(ERROR.refused);
      else stream.respond().data("ok", true);
    });
    await run(function* () {
      using session = sessionFor();
      assert.equal(yield* getAndRead(session, server.secureOrigin), "ok");
      assert.deepEqual([asked, server.connections], [2, 1]);
    });
  });
});

describe("a connection that says goodbye", () => {
  test("in a body: ClientPayloadError", async () => {
    for (const code of [ERROR.none, ERROR.internal]) {
      const { error } = await failing((stream) => {
        stream.respond().data("0123456789").goaway(code, stream.id);
        later(() => stream.socket.destroy());
      }, false);
      assert.ok(error instanceof ClientPayloadError, String(error));
      assert.match(error.message, /the body ended early after 10 bytes: /);
    }
  });

  test("before it has looked at the request: it is sent again, whatever it is, and in the end ServerDisconnectedError", async () => {
    for (const code of [ERROR.none, ERROR.internal]) {
      const { error, asked } = await failing((stream) => {
        stream.goaway(code, 0);
        later(() => stream.socket.destroy());
      }, false);
      assert.ok(error instanceof ServerDisconnectedError, String(error));
      assert.deepEqual([error.code, asked], ["ERR_SERVER_DISCONNECTED", 11]);
    }
  });

  test("before it has looked at a request with a body: that is sent again if it can be", async () => {
    let asked = 0;
    await using server = await serveRawH2(own, (stream) => {
      if (asked++ === 0) {
        stream.goaway(ERROR.none, 0);
        later(() => stream.socket.destroy());
      } else {
        stream.respond().data("taken", true);
      }
    });
    await run(function* () {
      for (const data of ["text", Buffer.from("bytes"), undefined, { form: "1" }]) {
        asked = 0;
        using session = sessionFor();
        const options = data === undefined ? {} : { data };
        using response = yield* session.post(server.secureOrigin, options);
        assert.deepEqual([yield* response.text(), asked], ["taken", 2]);
      }
      asked = 0;
      using session = sessionFor();
      const stream = async function* () {
        yield "once";
      };
      const error = yield* failureOf(session.post(server.secureOrigin, { data: stream() }));
      assert.ok(error instanceof ServerDisconnectedError, String(error));
      assert.equal(asked, 1);
    });
  });

  test("after the first of many at once: they come over further connections", async () => {
    await using server = await serveRawH2(own, (stream) => {
      // As nginx does it with `keepalive_requests`.
      if (stream.id === 5) stream.goaway(ERROR.none, 5);
      if (stream.id > 5) return;
      stream.respond().data("ok", true);
      if (stream.id === 5) later(() => stream.socket.end());
    });
    await run(function* () {
      using session = sessionFor();
      const texts = yield* gather(Array.from({ length: 20 }, () => getAndRead(session, server.secureOrigin)));
      assert.deepEqual(texts, Array(20).fill("ok"));
      assert.equal(server.connections, 7);
    });
  });

  test("after what is under way, gives that its answer", async () => {
    await using server = await serveRawH2(own, (stream) => {
      stream.goaway(ERROR.none, stream.id);
      later(() => stream.respond().data("the last", true));
    });
    await run(function* () {
      using session = sessionFor();
      for (let i = 1; i <= 3; i++) {
        assert.equal(yield* getAndRead(session, server.secureOrigin), "the last");
        assert.equal(server.connections, i);
      }
    });
  });
});

test("a request that we cancel is not taken for one that was reset", async () => {
  await using server = await serveRawH2(own, (stream) => void stream.respond().data("some"));
  await run(function* () {
    using session = sessionFor();
    const response = yield* session.get(server.secureOrigin);
    const task = createTask(response.read());
    yield* from(new Promise((resolve) => setTimeout(resolve, 10)));
    task.cancel();
    assert.ok(isCancelled(yield* failureOf(task)));
  });
});

test("a cancellation at any point of a request that is reset leaves nothing", async () => {
  await using server = await serveRawH2(own, (stream) => {
    stream.respond().data("some");
    later(() => stream.reset(ERROR.cancel));
  });
  await cancelEverywhere(function* () {
    const session = sessionFor();
    try {
      yield* getAndRead(session, server.secureOrigin);
      assert.fail("what was reset is no answer");
    } catch (error) {
      if (!(error instanceof ClientPayloadError)) throw error;
    } finally {
      yield* session.close();
    }
  });
});

test("other people's HTTP/2 is left alone", async () => {
  await using server = await serveRawH2(own, (stream) => void stream.respond().data("some").reset(ERROR.cancel));
  await run(function* () {
    using session = sessionFor();
    yield* failureOf(getAndRead(session, server.secureOrigin));
  });
  const socket = connect({ host: "127.0.0.1", port: server.port, ca: own.cert, servername: "", ALPNProtocols: ["h2"] });
  await new Promise((resolve) => socket.once("secureConnect", resolve));
  const client = http2.connect(server.secureOrigin, { createConnection: () => socket });
  const stream = client.request({ ":path": "/" });
  const seen: string[] = [];
  for (const event of ["error", "end"]) stream.on(event, () => seen.push(event));
  stream.resume();
  await new Promise((resolve) => stream.once("close", resolve));
  assert.deepEqual(seen, ["end"]);
  client.destroy();
});
