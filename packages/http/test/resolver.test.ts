import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { createTask, type Future, gather, getRunningLoop, isCancelled, run, sleep } from "yieldfrom";
import {
  ClientConnectorDNSError,
  ClientSession,
  type ResolvedAddress,
  type Resolver,
  TCPConnector,
} from "../src/index.ts";
import type { Waiting } from "../src/places.ts";
import { AddressBook } from "../src/resolver.ts";
import { closedWhole } from "./closed-whole.ts";
import { failureOf } from "./failure-of.ts";
import { leavesNothing } from "./leaves-nothing.ts";
import { refusedPort, serve } from "./server.ts";

leavesNothing();

const LOOPBACK: ResolvedAddress = { address: "127.0.0.1", family: 4 };

/** A resolver that answers when it is told to, and counts. */
class Held {
  asked = 0;
  cancelled = 0;
  private _answers: Future<readonly ResolvedAddress[]>[] = [];

  readonly resolver: Resolver = (host, port, family) => this._resolve(host, port, family);

  private *_resolve(_host: string, _port: number, _family: number) {
    this.asked++;
    const answer = getRunningLoop().createFuture<readonly ResolvedAddress[]>();
    this._answers.push(answer);
    try {
      return yield* answer;
    } catch (error) {
      if (isCancelled(error)) this.cancelled++;
      throw error;
    }
  }

  answer(addresses: readonly ResolvedAddress[] | Error): void {
    for (const answer of this._answers) {
      if (answer.done()) continue;
      if (addresses instanceof Error) answer.setException(addresses);
      else answer.setResult(addresses);
    }
    this._answers = [];
  }
}

/** A second server at the same port of another address of this machine. */
function listenAlso(port: number, host: string): Promise<Server> {
  const server = createServer((request, response) => void response.end(request.socket.localAddress));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve(server));
  });
}

function* fetchText(session: ClientSession, url: string) {
  using response = yield* session.get(url);
  return yield* response.text();
}

describe("the resolver", () => {
  for (const [what, resolver] of [
    ["a function", () => [LOOPBACK]],
    ["an async function", async () => [LOOPBACK]],
    [
      "a coroutine function",
      function* () {
        yield* sleep(1);
        return [LOOPBACK];
      },
    ],
  ] as [string, Resolver][]) {
    test(`may be ${what}`, async () => {
      await using server = await serve((_, response) => void response.end("ok"));
      await run(function* () {
        using session = new ClientSession({ connector: { resolver } });
        assert.equal(yield* fetchText(session, `http://some.example:${server.port}/`), "ok");
      });
    });
  }

  test("is told host, port and family, and not asked for addresses", async () => {
    await using server = await serve((request, response) => void response.end(request.headers.host));
    const calls: unknown[][] = [];
    const resolver: Resolver = (...args) => {
      calls.push(args);
      return [LOOPBACK];
    };
    await run(function* () {
      using session = new ClientSession({ connector: { resolver, family: 4 } });
      const url = `http://some.example:${server.port}/`;
      assert.equal(yield* fetchText(session, url), `some.example:${server.port}`);
      yield* fetchText(session, `${server.origin}/`);
      assert.deepEqual(calls, [["some.example", server.port, 4]]);
    });
  });

  test("by default is the system's", async () => {
    await using server = await serve((_, response) => void response.end("ok"));
    await run(function* () {
      using session = new ClientSession({ connector: { family: 4 } });
      assert.equal(yield* fetchText(session, `http://localhost:${server.port}/`), "ok");
    });
  });

  test("fails: a ClientConnectorDNSError, whatever it threw, and the next request asks again", async () => {
    await using server = await serve((_, response) => void response.end("ok"));
    let asked = 0;
    const cause = Object.assign(new Error("getaddrinfo ENOTFOUND no.example"), { code: "ENOTFOUND" });
    const resolver: Resolver = () => {
      if (asked++ === 0) throw cause;
      return asked === 2 ? [] : [LOOPBACK];
    };
    await run(function* () {
      using session = new ClientSession({ connector: { resolver } });
      const url = `http://no.example:${server.port}/`;
      const error = yield* failureOf(session.get(url));
      assert.ok(error instanceof ClientConnectorDNSError, String(error));
      assert.equal(
        error.message,
        `GET ${url}: the name no.example could not be resolved: getaddrinfo ENOTFOUND no.example while connecting`,
      );
      assert.deepEqual([error.code, error.cause], ["ERR_CLIENT_CONNECTOR_DNS", cause]);
      const none = yield* failureOf(session.get(url));
      assert.match(String(none), /the name no.example could not be resolved: it has no address/);
      assert.equal(yield* fetchText(session, url), "ok");
      assert.equal(asked, 3);
    });
  });

  test("of the system fails for a name that nobody has", async () => {
    await run(function* () {
      using session = new ClientSession();
      const error = yield* failureOf(session.get("http://nobody.invalid/"));
      assert.ok(error instanceof ClientConnectorDNSError, String(error));
      assert.match(error.message, /the name nobody.invalid could not be resolved: getaddrinfo E/);
    });
  });
});

describe("addresses", () => {
  test("are looked up once for many who ask at a time, and each of them may be cancelled", async () => {
    await using server = await serve((_, response) => void response.end("ok"));
    const held = new Held();
    await run(function* () {
      using session = new ClientSession({ connector: { resolver: held.resolver } });
      const url = `http://some.example:${server.port}/`;
      const tasks = [0, 1, 2, 3].map(() => createTask(fetchText(session, url)));
      yield* sleep(5);
      assert.equal(held.asked, 1);
      // The first began the look-up; it goes on without it.
      tasks[0]?.cancel();
      tasks[2]?.cancel();
      yield* sleep(0);
      held.answer([LOOPBACK]);
      const outcomes = yield* gather(tasks, { returnExceptions: true });
      assert.deepEqual(
        outcomes.map((outcome) => (isCancelled(outcome) ? "cancelled" : outcome)),
        ["cancelled", "ok", "cancelled", "ok"],
      );
      assert.deepEqual([held.asked, held.cancelled], [1, 0]);
    });
  });

  test("whose look-up nobody waits for any more are not looked up on", async () => {
    const held = new Held();
    await run(function* () {
      using session = new ClientSession({ connector: { resolver: held.resolver } });
      const tasks = [0, 1].map(() => createTask(session.get("http://some.example/")));
      yield* sleep(5);
      for (const task of tasks) task.cancel();
      yield* gather(tasks, { returnExceptions: true });
      yield* sleep(0);
      assert.deepEqual([held.asked, held.cancelled], [1, 1]);
      // Nor is one that failed shared with who comes later.
      const later = createTask(session.get("http://some.example/"));
      yield* sleep(5);
      assert.equal(held.asked, 2);
      yield* session.close();
      assert.match(String(yield* failureOf(later)), /the session was closed while connecting/);
      yield* sleep(0);
      assert.equal(held.cancelled, 2);
    });
  });

  test("that can't be found are an error for everyone who asked", async () => {
    const held = new Held();
    await run(function* () {
      using session = new ClientSession({ connector: { resolver: held.resolver } });
      const tasks = [0, 1, 2].map(() => createTask(session.get("http://some.example/")));
      yield* sleep(5);
      held.answer(new Error("no such host"));
      for (const outcome of yield* gather(tasks, { returnExceptions: true })) {
        assert.ok(outcome instanceof ClientConnectorDNSError);
      }
      assert.equal(held.asked, 1);
    });
  });

  for (const [options, asked] of [
    [{}, 1],
    [{ ttlDnsCache: null }, 1],
    [{ ttlDnsCache: 0 }, 3],
    [{ useDnsCache: false }, 3],
  ] as const) {
    test(`with ${JSON.stringify(options)} are looked up ${asked} times for three connections`, async () => {
      await using server = await serve((_, response) => void response.end("ok"));
      let count = 0;
      const resolver: Resolver = () => {
        count++;
        return [LOOPBACK];
      };
      await run(function* () {
        using session = new ClientSession({ connector: { resolver, forceClose: true, ...options } });
        for (let i = 0; i < 3; i++) yield* fetchText(session, `http://some.example:${server.port}/`);
        assert.equal(count, asked);
      });
    });
  }

  test("are forgotten after `ttlDnsCache`, and by clearDnsCache()", async () => {
    await using server = await serve((_, response) => void response.end("ok"));
    let count = 0;
    const resolver: Resolver = () => {
      count++;
      return [LOOPBACK];
    };
    await run(function* () {
      const connector = new TCPConnector({ resolver, forceClose: true, ttlDnsCache: 5 });
      using session = new ClientSession({ connector });
      const url = `http://some.example:${server.port}/`;
      yield* fetchText(session, url);
      yield* sleep(10);
      yield* fetchText(session, url);
      assert.equal(count, 2);
      const lasting = new TCPConnector({ resolver, forceClose: true });
      using other = new ClientSession({ connector: lasting });
      yield* fetchText(other, url);
      lasting.clearDnsCache("some.example", server.port + 1);
      yield* fetchText(other, url);
      assert.equal(count, 3);
      lasting.clearDnsCache("some.example", server.port);
      yield* fetchText(other, url);
      lasting.clearDnsCache();
      yield* fetchText(other, url);
      assert.equal(count, 5);
      assert.throws(() => lasting.clearDnsCache("some.example"), /both host and port, or none/);
    });
  });

  test("are tried one after the other until one answers", async () => {
    await using server = await serve((_, response) => void response.end("ok"));
    // Nobody listens at the other addresses of this machine.
    const resolver: Resolver = () => [
      { address: "127.0.0.2", family: 4 },
      { address: "::1", family: 6 },
      { address: "127.0.0.3", family: 4 },
      LOOPBACK,
    ];
    await run(function* () {
      for (const happyEyeballsDelay of [250, null, 0]) {
        using session = new ClientSession({ connector: { resolver, happyEyeballsDelay } });
        assert.equal(yield* fetchText(session, `http://some.example:${server.port}/`), "ok");
      }
    });
  });

  test("that all refuse are one error, with each one's own in it", async () => {
    const port = await refusedPort();
    const resolver: Resolver = () => [LOOPBACK, { address: "127.0.0.2", family: 4 }];
    await run(function* () {
      using session = new ClientSession({ connector: { resolver } });
      const error = (yield* failureOf(session.get(`http://some.example:${port}/`))) as Error;
      assert.match(error.message, /no connection could be made: connect ECONNREFUSED 127.0.0.1/);
      assert.ok(error.cause instanceof AggregateError);
      assert.deepEqual(
        error.cause.errors.map(({ address }) => address),
        ["127.0.0.1", "127.0.0.2"],
      );
    });
  });

  test("take turns in being the first", async () => {
    const seen: string[] = [];
    await using server = await serve((request, response) => void response.end(request.socket.localAddress));
    const other = await listenAlso(server.port, "127.0.0.2");
    try {
      const resolver: Resolver = () => [LOOPBACK, { address: "127.0.0.2", family: 4 }];
      await run(function* () {
        using session = new ClientSession({ connector: { resolver, forceClose: true } });
        for (let i = 0; i < 4; i++) seen.push(yield* fetchText(session, `http://some.example:${server.port}/`));
      });
      assert.deepEqual(seen, ["127.0.0.1", "127.0.0.2", "127.0.0.1", "127.0.0.2"]);
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });
});

test("a cancellation at any point of a look-up and its connection leaves nothing", async () => {
  await using server = await serve((_, response) => void response.end("ok"));
  const resolver: Resolver = function* () {
    yield* sleep(1);
    return [{ address: "127.0.0.2", family: 4 as const }, LOOPBACK];
  };
  const points = await cancelEverywhere(function* () {
    const session = new ClientSession({ connector: { resolver, limit: 2 } });
    const url = `http://some.example:${server.port}/`;
    try {
      assert.equal(yield* fetchText(session, url), "ok");
    } finally {
      yield* closedWhole(session, 2, url);
    }
  });
  assert.ok(points >= 6, String(points));
});

test("addresses of a thousand hosts are kept, the ones that were looked up last", async () => {
  const asked: string[] = [];
  const resolver: Resolver = (host) => {
    asked.push(host);
    return [LOOPBACK];
  };
  await run(function* () {
    const book = new AddressBook({ resolver, family: 0, useDnsCache: true, ttlDnsCache: null });
    const loop = getRunningLoop();
    const waiting: Waiting = {
      *wait(future) {
        return yield* future;
      },
    };
    const resolve = (host: string) => book.resolve(loop, host, 80, waiting, null);
    for (let i = 0; i < 1001; i++) yield* resolve(`host-${i}`);
    yield* resolve("host-1");
    assert.equal(asked.length, 1001);
    yield* resolve("host-0");
    yield* resolve("host-1");
    assert.deepEqual(asked.slice(1001), ["host-0", "host-1"]);
  });
});
