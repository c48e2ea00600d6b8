import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { from, gather, run } from "yieldfrom";
import { ClientSession, ServerDisconnectedError } from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { serveTcp } from "./server.ts";

const ANSWER = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/**
 * Answers the first request of each connection, and does `then` at the second. So a client that keeps its connection
 * finds it closed the moment it uses it again.
 */
function serveOnce(then: (socket: Socket) => void) {
  return serveTcp((socket) => {
    let requests = 0;
    socket.on("data", () => {
      requests++;
      if (requests === 1) socket.write(ANSWER);
      else then(socket);
    });
  });
}

describe("a kept connection that turns out to be closed", () => {
  for (const [how, then] of [
    ["closed", (socket: Socket) => void socket.end()],
    ["reset", (socket: Socket) => void socket.resetAndDestroy()],
  ] as const) {
    test(`${how}: what may be repeated is, once, on a new one`, async () => {
      await using server = await serveOnce(then);
      await run(function* () {
        using session = new ClientSession();
        assert.equal(yield* (yield* session.get(server.origin)).text(), "ok");
        assert.equal(yield* (yield* session.get(server.origin)).text(), "ok");
        assert.equal(server.connections, 2);
        assert.equal(yield* (yield* session.put(server.origin, { data: "x" })).text(), "ok");
        assert.equal(server.connections, 3);
      });
    });

    test(`${how}: what may not is not`, async () => {
      await using server = await serveOnce(then);
      await run(function* () {
        using session = new ClientSession();
        yield* (yield* session.get(server.origin)).read();
        const error = yield* failureOf(session.post(server.origin, { data: "x" }));
        assert.ok(error instanceof ServerDisconnectedError, String(error));
        assert.equal(error.phase, "waiting for headers");
      });
      assert.equal(server.connections, 1);
    });
  }

  test("a new connection that is closed at once is an error, not a reason to try again", async () => {
    await using server = await serveTcp((socket) => void socket.on("data", () => socket.destroy()));
    await run(function* () {
      using session = new ClientSession();
      assert.ok((yield* failureOf(session.get(server.origin))) instanceof ServerDisconnectedError);
    });
    assert.equal(server.connections, 1);
  });

  test("one that is connected again for the next request is a new one", async () => {
    let count = 0;
    await using server = await serveTcp((socket) => {
      const isFirst = count++ === 0;
      socket.on("data", () => {
        if (isFirst) socket.end(ANSWER.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"));
        else socket.destroy();
      });
    });
    await run(function* () {
      using session = new ClientSession();
      assert.equal(yield* (yield* session.get(server.origin)).text(), "ok");
      assert.ok((yield* failureOf(session.get(server.origin))) instanceof ServerDisconnectedError);
    });
    assert.equal(server.connections, 2);
  });

  test("all that were kept are passed over by the repeated request", async () => {
    let requests = 0;
    await using server = await serveOnce((socket) => void socket.end());
    const count = () => requests++;
    await run(function* () {
      using session = new ClientSession();
      const get = function* () {
        return yield* (yield* session.get(server.origin)).text();
      };
      yield* gather([get(), get(), get()]);
      for (const socket of server.sockets) socket.on("data", count);
      assert.equal(yield* get(), "ok");
    });
    assert.deepEqual([server.connections, requests], [4, 1]);
  });

  test("anything may be repeated that was not even begun", async () => {
    await using server = await serveOnce(() => assert.fail("nothing should come over the old connection"));
    await run(function* () {
      using session = new ClientSession();
      yield* (yield* session.get(server.origin)).read();
      // From an immediate on, the client looks at its sockets before it sends anything.
      yield* from(new Promise((resolve) => setImmediate(resolve)));
      for (const socket of server.sockets) socket.resetAndDestroy();
      assert.equal(yield* (yield* session.post(server.origin, { data: Readable.from(["x"]) })).text(), "ok");
    });
    assert.equal(server.connections, 2);
  });

  test("half an answer is no reason to try again", async () => {
    await using server = await serveOnce((socket) => {
      socket.end("HTTP/1.1 200 OK\r\ncontent-le");
    });
    await run(function* () {
      using session = new ClientSession();
      yield* (yield* session.get(server.origin)).read();
      assert.ok((yield* failureOf(session.get(server.origin))) instanceof ServerDisconnectedError);
    });
    assert.equal(server.connections, 1);
  });
});
