/** Servers that do what no server should: each ends in the right error, in time, and leaves nothing. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, test } from "node:test";
import { type Coroutine, createTask, from, gather, run, sleep } from "yieldfrom";
import {
  ClientConnectionError,
  ClientPayloadError,
  ClientSession,
  ServerDisconnectedError,
  ServerTimeoutError,
} from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { leavesNothing } from "./leaves-nothing.ts";
import { serve, serveTcp, type TestServer } from "./server.ts";

leavesNothing();

const HEAD = "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n";

function* getAndRead(session: ClientSession, url: string, options = {}): Coroutine<Uint8Array> {
  using response = yield* session.get(url, options);
  return yield* response.read();
}

/** Sends a byte every few milliseconds, `most` of them, or until the client has enough. */
function serveTrickle(head: string, most: number): Promise<TestServer> {
  return serveTcp((socket) => {
    socket.once("data", () => {
      socket.write(head);
      let sent = 0;
      const timer = setInterval(() => {
        socket.write("x");
        if (++sent === most) clearInterval(timer);
      }, 4);
      socket.once("close", () => clearInterval(timer));
    });
  });
}

describe("a server that sends little by little", () => {
  for (const [where, head, phase] of [
    ["in the body", HEAD, "reading the body"],
    ["in the headers", "HTTP/1.1 200 OK\r\nx-endless: ", "waiting for headers"],
  ] as const) {
    test(`${where}, is stopped by \`total\`, not by \`sockRead\``, async () => {
      await using server = await serveTrickle(head, Number.POSITIVE_INFINITY);
      await run(function* () {
        using session = new ClientSession({ timeout: { sockRead: 30_000 } });
        let seen: string | undefined;
        // On a busy machine a short limit may run out before the phase that is meant: then a longer one must do.
        for (let total = 60; seen !== phase && total < 4000; total *= 4) {
          const error = yield* failureOf(getAndRead(session, `${server.origin}/`, { timeout: { total } }));
          assert.ok(error instanceof ServerTimeoutError, String(error));
          assert.deepEqual([error.limit, error.url], ["total", `${server.origin}/`]);
          seen = error.phase;
        }
        assert.equal(seen, phase);
      });
    });
  }

  test("may take its time when 0 or null says so, for one request too", async () => {
    await using server = await serveTrickle("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 20\r\n\r\n", 20);
    await run(function* () {
      using session = new ClientSession({ timeout: { total: 10 } });
      for (const none of [0, null]) {
        const timeout = { total: none, sockRead: none, sockConnect: none, connect: none };
        assert.equal((yield* getAndRead(session, server.origin, { timeout })).byteLength, 20);
      }
      const error = yield* failureOf(getAndRead(session, server.origin));
      assert.ok(error instanceof ServerTimeoutError && error.limit === "total");
    });
  });
});

describe("a server that closes its half of the connection", () => {
  test("after the whole answer: it is an answer, and the next request has a new connection", async () => {
    await using server = await serveTcp((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"));
    });
    await run(function* () {
      using session = new ClientSession();
      for (let i = 0; i < 3; i++) assert.equal((yield* getAndRead(session, server.origin)).byteLength, 2);
      assert.equal(server.connections, 3);
    });
  });

  test("where its closing ends a body without a length, is one too", async () => {
    await using server = await serveTcp((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\n\r\nall of it"));
    });
    await run(function* () {
      using session = new ClientSession();
      assert.equal((yield* getAndRead(session, server.origin)).byteLength, 9);
    });
  });

  test("before it has answered, and reads on: an error at once, not a wait", async () => {
    await using server = await serveTcp((socket) => {
      socket.resume();
      socket.end();
    });
    await run(function* () {
      using session = new ClientSession();
      const data = async function* () {
        for (;;) {
          yield "more";
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      };
      const error = yield* failureOf(session.post(server.origin, { data: data() }));
      assert.ok(error instanceof ServerDisconnectedError, String(error));
    });
  });
});

describe("a reset", () => {
  const resets: readonly [
    string,
    (socket: Socket) => void,
    typeof ServerDisconnectedError | typeof ClientPayloadError,
  ][] = [
    ["as soon as it is connected", (socket) => void socket.resetAndDestroy(), ServerDisconnectedError],
    [
      "after the request",
      (socket) => void socket.once("data", () => socket.resetAndDestroy()),
      ServerDisconnectedError,
    ],
    [
      "in the headers",
      (socket) => {
        socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\nx: ", () => socket.resetAndDestroy()));
      },
      ServerDisconnectedError,
    ],
    [
      "in the body",
      (socket) => {
        socket.once("data", () => socket.write(`${HEAD}some`, () => setImmediate(() => socket.resetAndDestroy())));
      },
      ClientPayloadError,
    ],
  ];
  for (const [when, harm, kind] of resets) {
    test(`${when}: an error, and the place is free again`, async () => {
      await using server = await serveTcp(harm);
      await using good = await serve((_, response) => void response.end("ok"));
      await run(function* () {
        using session = new ClientSession({ connector: { limit: 1 } });
        for (let i = 0; i < 3; i++) {
          const error = yield* failureOf(getAndRead(session, server.origin));
          // A reset may overtake what was sent before it, and even the news of the connection.
          assert.ok(error instanceof kind || error instanceof ClientConnectionError, String(error));
          assert.equal((yield* getAndRead(session, good.origin)).byteLength, 2);
        }
      });
    });
  }

  test("of all of fifty connections at once", async () => {
    await using server = await serve(() => {});
    await run(function* () {
      using session = new ClientSession({ connector: { limit: 50 } });
      const tasks = Array.from({ length: 50 }, () => createTask(getAndRead(session, server.origin)));
      yield* from(server.until(() => server.requests.length === 50));
      for (const socket of server.sockets) socket.resetAndDestroy();
      for (const outcome of yield* gather(tasks, { returnExceptions: true })) {
        assert.ok(outcome instanceof ServerDisconnectedError, String(outcome));
      }
      yield* sleep(1);
      assert.equal(`${session}`, "<ClientSession hosts=0 connections=0 idle=0>");
    });
  });
});
