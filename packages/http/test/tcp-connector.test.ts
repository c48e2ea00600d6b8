import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { type Coroutine, createTask, from, gather, RuntimeError, run, sleep } from "yieldfrom";
import { ClientConnectionError, ClientSession, request, TCPConnector } from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { leavesNothing } from "./leaves-nothing.ts";
import { serve } from "./server.ts";

leavesNothing();

function serveAddresses() {
  return serve((request, response) => {
    response.end(`${request.socket.remoteAddress} ${request.socket.remotePort} ${request.headers.connection}`);
  });
}

function* fetchText(session: ClientSession, url: string): Coroutine<string> {
  using response = yield* session.get(url);
  return yield* response.text();
}

describe("TCPConnector", () => {
  test("connects from `localAddr`, an address or address and port", async () => {
    await using server = await serveAddresses();
    await run(function* () {
      using session = new ClientSession({ connector: { localAddr: "127.0.0.2" } });
      assert.match(yield* fetchText(session, server.origin), /^127.0.0.2 /);
      const [, port = ""] = (yield* fetchText(session, server.origin)).split(" ");
      yield* session.close();
      using other = new ClientSession({ connector: { localAddr: ["127.0.0.3", Number(port)] } });
      assert.match(yield* fetchText(other, server.origin), new RegExp(`^127.0.0.3 ${port} `));
    });
  });

  test("with an address of another machine says so", async () => {
    await run(function* () {
      using session = new ClientSession({ connector: { localAddr: "192.0.2.1" } });
      const error = yield* failureOf(session.get("http://127.0.0.1:9/"));
      assert.match(String(error), /no connection could be made: bind EADDRNOTAVAIL 192.0.2.1/);
    });
  });

  test("with `forceClose` or no `keepaliveTimeout` keeps no connection, and tells the server", async () => {
    await using server = await serveAddresses();
    await run(function* () {
      for (const options of [{ forceClose: true }, { keepaliveTimeout: 0 }]) {
        using session = new ClientSession({ connector: options });
        for (let i = 0; i < 2; i++) assert.match(yield* fetchText(session, server.origin), / close$/);
        yield* from(server.until(() => server.sockets.size === 0));
      }
      assert.equal(server.connections, 4);
    });
  });

  test("closes a connection that was not used for `keepaliveTimeout`", async () => {
    await using server = await serveAddresses();
    await run(function* () {
      using session = new ClientSession({ connector: { keepaliveTimeout: 30 } });
      assert.match(yield* fetchText(session, server.origin), / keep-alive$/);
      assert.equal(server.sockets.size, 1);
      // The client's timer is what the test waits for; as an idle connection's it keeps no process alive.
      while (server.sockets.size > 0) yield* sleep(5);
      assert.equal(`${session}`, "<ClientSession hosts=0 connections=0 idle=0>");
    });
  });

  test("refuses options that can't be", () => {
    for (const [options, message] of [
      [{ limit: -1 }, /Expected `connector.limit` to be a whole number of at least 0/],
      [{ limitPerHost: 1.5 }, /Expected `connector.limitPerHost`/],
      [{ keepaliveTimeout: -1 }, /Expected `connector.keepaliveTimeout` to be a number of milliseconds/],
      [{ keepaliveTimeout: Number.NaN }, /Expected `connector.keepaliveTimeout`/],
      [{ ttlDnsCache: -5 }, /Expected `connector.ttlDnsCache` .* or null, got -5/],
      [{ happyEyeballsDelay: Number.POSITIVE_INFINITY }, /Expected `connector.happyEyeballsDelay`/],
      [{ family: 5 as 4 }, /Expected `connector.family` to be 4, 6 or 0 for both, got 5/],
      [{ localAddr: "localhost" }, /Expected `connector.localAddr` to be an IP address of this machine/],
    ] as const) {
      assert.throws(() => new TCPConnector(options), { name: "RangeError", message });
    }
  });

  test("shows what it keeps", async () => {
    await using server = await serveAddresses();
    await run(function* () {
      const connector = new TCPConnector({ limit: 7, limitPerHost: 3 });
      using session = new ClientSession({ connector });
      yield* fetchText(session, server.origin);
      assert.equal(`${connector}`, "hosts=1 connections=1 idle=1");
      assert.deepEqual(
        [connector.limit, connector.limitPerHost, connector.forceClose, connector.closed],
        [7, 3, false, false],
      );
    });
  });
});

describe("a connector that is shared", () => {
  test("gives its connections and its limit to all its sessions, and outlives them", async () => {
    await using server = await serveAddresses();
    await run(function* () {
      const connector = new TCPConnector({ limit: 1 });
      const options = { connector, connectorOwner: false };
      const sessions = [new ClientSession(options), new ClientSession(options)] as const;
      yield* gather(sessions.map((session) => fetchText(session, server.origin)));
      yield* sessions[0].close();
      yield* fetchText(sessions[1], server.origin);
      yield* sessions[1].close();
      assert.equal(server.connections, 1);
      assert.equal(connector.closed, false);
      yield* from(connector.close());
      assert.equal(server.sockets.size <= 1, true);
      using late = new ClientSession(options);
      const error = yield* failureOf(late.get(server.origin));
      assert.ok(error instanceof ClientConnectionError);
      assert.match(error.message, /the connector is closed while waiting for a connection/);
    });
  });

  test("ends what is under way in all of them when it is closed", async () => {
    await using server = await serve(() => {});
    await run(function* () {
      const connector = new TCPConnector({ limit: 2 });
      const sessions = [1, 2, 3].map(() => new ClientSession({ connector, connectorOwner: false }));
      const tasks = sessions.map((session) => createTask(session.get(server.origin)));
      yield* from(server.until(() => server.requests.length === 2));
      yield* from(connector.close());
      const messages: string[] = [];
      for (const task of tasks) messages.push(String(yield* failureOf(task)).replace(/.*: /, ""));
      assert.deepEqual(messages, [
        "the connector was closed while waiting for headers",
        "the connector was closed while waiting for headers",
        "the connector was closed while waiting for a connection",
      ]);
    });
  });

  test("is closed with its owner", async () => {
    await run(function* () {
      const connector = new TCPConnector();
      const session = new ClientSession({ connector });
      yield* session.close();
      assert.equal(connector.closed, true);
      yield* from(connector[Symbol.asyncDispose]());
      connector[Symbol.dispose]();
    });
  });

  test("is not closed by a single request through it", async () => {
    await using server = await serveAddresses();
    await run(function* () {
      using connector = new TCPConnector();
      for (let i = 0; i < 2; i++) {
        using response = yield* request("GET", server.origin, { connector });
        yield* response.read();
      }
      assert.equal(server.connections, 1);
    });
  });

  test("belongs to one run", async () => {
    await using server = await serveAddresses();
    using connector = new TCPConnector();
    const once = () =>
      run(function* () {
        using session = new ClientSession({ connector, connectorOwner: false });
        yield* fetchText(session, server.origin);
      });
    await once();
    await assert.rejects(once(), (error) => error instanceof RuntimeError && /another run\(\)/.test(error.message));
  });
});

test("one host with many waiters does not hold up another", async () => {
  const held: (() => void)[] = [];
  let isHolding = true;
  await using a = await serve((_, response) => {
    if (isHolding) held.push(() => response.end("a"));
    else response.end("a");
  });
  await using b = await serve((_, response) => void response.end("b"));
  await run(function* () {
    using session = new ClientSession({ connector: { limit: 1 } });
    const many = Array.from({ length: 20 }, () => createTask(fetchText(session, a.origin)));
    yield* from(a.until(() => held.length === 1));
    const other = createTask(fetchText(session, b.origin));
    yield* sleep(0);
    held.shift()?.();
    // The next of the many had its turn already; after that it is the other's.
    yield* from(a.until(() => held.length === 1));
    isHolding = false;
    held.shift()?.();
    assert.equal(yield* other, "b");
    assert.ok(many.filter((task) => task.done()).length <= 3);
    yield* gather(many);
  });
});

test("a cancellation at any point of requests that wait for places leaves all of these", async () => {
  await using server = await serveAddresses();
  const points = await cancelEverywhere(function* () {
    const session = new ClientSession({ connector: { limit: 1, limitPerHost: 1 } });
    try {
      yield* gather([1, 2, 3].map(() => fetchText(session, server.origin)));
    } finally {
      try {
        // Whatever was cancelled, the one place is there.
        yield* fetchText(session, server.origin);
      } finally {
        yield* session.close();
      }
    }
  });
  assert.ok(points >= 3, String(points));
});
