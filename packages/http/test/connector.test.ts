import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, test } from "node:test";
import { type Coroutine, createTask, from, gather, isCancelled, run, sleep } from "yieldfrom";
import { ClientSession } from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { serve, type TestServer } from "./server.ts";

/** Holds every request back until it is let go, and counts how many are under way. */
class HeldServer implements AsyncDisposable {
  readonly server: TestServer;
  readonly held: { url: string; response: ServerResponse }[];
  readonly most: () => number;

  private constructor(server: TestServer, held: HeldServer["held"], most: () => number) {
    this.server = server;
    this.held = held;
    this.most = most;
  }

  static async start(): Promise<HeldServer> {
    const held: HeldServer["held"] = [];
    let most = 0;
    const server = await serve(({ url }, response) => {
      held.push({ url: url ?? "", response });
      most = Math.max(most, held.length);
    });
    return new HeldServer(server, held, () => most);
  }

  /** Waits for that many held requests. */
  *arrived(count: number): Coroutine<string[]> {
    yield* from(this.server.until(() => this.held.length === count));
    return this.held.map(({ url }) => url);
  }

  letGo(): void {
    this.held.shift()?.response.end("ok");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server[Symbol.asyncDispose]();
  }
}

function* fetchText(session: ClientSession, url: string): Coroutine<string> {
  using response = yield* session.get(url);
  return yield* response.text();
}

describe("limits", () => {
  test("no more than `limit` requests are under way, and the others follow in their order", async () => {
    await using held = await HeldServer.start();
    await run(function* () {
      using session = new ClientSession({ connector: { limit: 2 } });
      const tasks = [0, 1, 2, 3, 4].map((i) => createTask(fetchText(session, `${held.server.origin}/${i}`)));
      assert.deepEqual((yield* held.arrived(2)).sort(), ["/0", "/1"]);
      const order: string[] = [];
      for (let left = 5; left > 0; left--) {
        yield* held.arrived(Math.min(left, 2));
        yield* sleep(2);
        order.push(held.held[0]!.url);
        held.letGo();
      }
      assert.deepEqual(yield* gather(tasks), Array(5).fill("ok"));
      assert.deepEqual(order.slice(2), ["/2", "/3", "/4"]);
    });
    assert.equal(held.most(), 2);
    assert.equal(held.server.connections, 2);
  });

  test("no more than `limitPerHost` go to one host, whose waiters hold up no other host", async () => {
    await using a = await HeldServer.start();
    await using b = await HeldServer.start();
    await run(function* () {
      using session = new ClientSession({ connector: { limit: 2, limitPerHost: 1 } });
      const tasks = ["/1", "/2", "/3"].map((path) => createTask(fetchText(session, a.server.origin + path)));
      tasks.push(createTask(fetchText(session, `${b.server.origin}/4`)));
      assert.deepEqual(yield* a.arrived(1), ["/1"]);
      assert.deepEqual(yield* b.arrived(1), ["/4"]);
      b.letGo();
      yield* tasks[3]!;
      for (const path of ["/1", "/2", "/3"]) {
        assert.deepEqual(yield* a.arrived(1), [path]);
        a.letGo();
      }
      yield* gather(tasks);
    });
    assert.equal(a.most(), 1);
  });

  test("0 is no limit", async () => {
    await using held = await HeldServer.start();
    await run(function* () {
      using session = new ClientSession({ connector: { limit: 0 } });
      const tasks = Array.from({ length: 120 }, () => createTask(fetchText(session, held.server.origin)));
      yield* held.arrived(120);
      while (held.held.length > 0) held.letGo();
      yield* gather(tasks);
    });
  });

  test("a response holds its place until its body has come to the end", async () => {
    const part = Buffer.alloc(600_000);
    await using server = await serve((request, response) => {
      if (request.url === "/ok") response.end("ok");
      else response.writeHead(200, { "content-length": 4 * part.length }).end(Buffer.concat([part, part, part, part]));
    });
    await run(function* () {
      using session = new ClientSession({ connector: { limit: 1 } });
      const response = yield* session.get(`${server.origin}/large`);
      const next = createTask(fetchText(session, `${server.origin}/ok`));
      yield* sleep(20);
      assert.deepEqual(server.requests, ["GET /large"]);
      assert.equal((yield* response.read()).byteLength, 4 * part.length);
      assert.equal(yield* next, "ok");
      assert.equal(server.connections, 1);
    });
  });

  test("a body that has come whole holds none, though nobody has read it", async () => {
    await using server = await serve((_, response) => void response.end("ok"));
    await run(function* () {
      using session = new ClientSession({ connector: { limit: 1 } });
      const unread = yield* session.get(server.origin);
      assert.equal(yield* fetchText(session, server.origin), "ok");
      assert.equal(yield* unread.text(), "ok");
    });
  });

  test("whoever is cancelled while waiting for a place takes none along", async () => {
    await using held = await HeldServer.start();
    await run(function* () {
      using session = new ClientSession({ connector: { limit: 1, limitPerHost: 1 } });
      const urls = ["/0", "/1", "/2", "/3"].map((path) => held.server.origin + path);
      const tasks = urls.map((url) => createTask(fetchText(session, url)));
      yield* held.arrived(1);
      tasks[1]!.cancel();
      assert.ok(isCancelled(yield* failureOf(tasks[1]!)));
      held.letGo();
      // The place is given to /2 at the moment when the response to /0 ends; cancelled then, it goes on to /3.
      yield* tasks[0]!;
      tasks[2]!.cancel();
      assert.ok(isCancelled(yield* failureOf(tasks[2]!)));
      yield* from(held.server.until(() => held.server.requests.includes("GET /3")));
      yield* held.arrived(1);
      held.letGo();
      assert.equal(yield* tasks[3]!, "ok");
      assert.ok(!held.server.requests.includes("GET /1"));
    });
  });

  test("one that waits for a place of the whole gives the host's back when it is cancelled", async () => {
    await using a = await HeldServer.start();
    await using b = await HeldServer.start();
    await run(function* () {
      using session = new ClientSession({ connector: { limit: 1, limitPerHost: 1 } });
      const first = createTask(fetchText(session, a.server.origin));
      yield* a.arrived(1);
      const waiting = createTask(fetchText(session, b.server.origin));
      const last = createTask(fetchText(session, b.server.origin));
      yield* sleep(0);
      waiting.cancel();
      assert.ok(isCancelled(yield* failureOf(waiting)));
      a.letGo();
      yield* first;
      yield* b.arrived(1);
      b.letGo();
      assert.equal(yield* last, "ok");
    });
  });
});

test("two hundred requests, cancelled at any moment, leave every place free and no connection but idle ones", async () => {
  await using held = await HeldServer.start();
  await using server = await serve((request, response) => {
    const body = "x".repeat(Number(request.url?.slice(1)));
    response.write(body.slice(0, 1));
    setImmediate(() => response.end(body.slice(1)));
  });
  await run(function* () {
    using session = new ClientSession({ connector: { limit: 3, limitPerHost: 3 } });
    let seed = 1;
    const random = (below: number) => {
      seed = (seed * 48271) % 2147483647;
      return seed % below;
    };
    const outcomes = { done: 0, cancelled: 0 };
    const worker = function* (): Coroutine<void> {
      for (let i = 0; i < 40; i++) {
        const task = createTask(fetchText(session, `${server.origin}/${random(2) === 0 ? 10 : 1_000_000}`));
        if (random(3) > 0) {
          for (let pauses = random(6); pauses > 0; pauses--) yield* sleep(random(2));
          task.cancel();
        }
        const [outcome] = yield* gather([task], { returnExceptions: true });
        if (isCancelled(outcome)) outcomes.cancelled++;
        else if (typeof outcome === "string") outcomes.done++;
        else throw outcome;
      }
    };
    yield* gather([worker(), worker(), worker(), worker(), worker()]);
    assert.ok(outcomes.done > 0 && outcomes.cancelled > 0, JSON.stringify(outcomes));
    yield* from(server.until(() => server.sockets.size <= 3));
    const last = [1, 2, 3].map(() => createTask(fetchText(session, held.server.origin)));
    yield* held.arrived(3);
    while (held.held.length > 0) held.letGo();
    assert.deepEqual(yield* gather(last), ["ok", "ok", "ok"]);
  });
});

describe("connections", () => {
  test("are used again one after the other, also by the next line", async () => {
    await using server = await serve((_, response) => void response.end("ok"));
    await run(function* () {
      using session = new ClientSession();
      for (let i = 0; i < 5; i++) assert.equal(yield* fetchText(session, server.origin), "ok");
    });
    assert.deepEqual([server.connections, server.requests.length], [1, 5]);
  });

  test("are not when the server says so", async () => {
    await using server = await serve((_, response) => void response.setHeader("connection", "close").end("ok"));
    await run(function* () {
      using session = new ClientSession();
      for (let i = 0; i < 3; i++) assert.equal(yield* fetchText(session, server.origin), "ok");
    });
    assert.equal(server.connections, 3);
  });

  test("that the server closes while they are idle are forgotten", async () => {
    await using server = await serve((_, response) => void response.end("ok"));
    await run(function* () {
      using session = new ClientSession();
      yield* gather([fetchText(session, server.origin), fetchText(session, server.origin)]);
      assert.equal(`${session}`, "<ClientSession hosts=1 connections=2 idle=2>");
      for (const socket of server.sockets) socket.end();
      yield* from(server.until(() => server.sockets.size === 0));
      yield* sleep(2);
      assert.equal(`${session}`, "<ClientSession hosts=0 connections=0 idle=0>");
      assert.equal(yield* fetchText(session, server.origin), "ok");
    });
    assert.equal(server.connections, 3);
  });

  test("are closed by a response that is released unread", async () => {
    await using server = await serve((_, response) => {
      response.writeHead(200, { "content-length": 100 }).write("half");
    });
    await run(function* () {
      using session = new ClientSession();
      const response = yield* session.get(server.origin);
      response.release();
      response.release();
      yield* from(server.until(() => server.sockets.size === 0));
      const error = yield* failureOf(response.read());
      assert.match(String(error), /ClientConnectionError: GET .*: the response was released before its body was read/);
    });
  });
});
