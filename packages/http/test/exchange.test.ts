import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CancelledError, type Coroutine, createTask, from, isCancelled, run, sleep, TimeoutError } from "yieldfrom";
import {
  ClientConnectionError,
  ClientError,
  ClientSession,
  type Phase,
  ServerTimeoutError,
  type TimeoutName,
} from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { refusedPort, serve, serveSilence, type TestServer } from "./server.ts";

/** Promises a body of a million bytes, sends ten, and keeps quiet. "/ok" is answered at once. */
function serveHalf() {
  return serve((request, response) => {
    if (request.url === "/ok") response.end("ok");
    else response.writeHead(200, { "content-length": 1_000_000 }).write("0123456789");
  });
}

function* getAndRead(session: ClientSession, url: string): Coroutine<Uint8Array> {
  const response = yield* session.get(url);
  return yield* response.read();
}

/** Cancels a request at a certain moment, on a session with one place; then all it held must be free again. */
async function cancelled(server: TestServer, url: string, moment: () => Coroutine<void>, next: string) {
  await run(function* () {
    using session = new ClientSession({ connector: { limit: 1, limitPerHost: 1 } });
    const task = createTask(getAndRead(session, url));
    yield* moment();
    task.cancel("enough");
    const error = yield* failureOf(task);
    assert.ok(isCancelled(error) && (error as Error).message === "enough", String(error));
    yield* from(server.until(() => server.sockets.size === 0));
    assert.equal(yield* (yield* session.get(next)).text(), "ok");
  });
}

describe("a request that is cancelled frees its connection and its place", () => {
  test("while it connects", async () => {
    // The server is connected to and says nothing, so the TLS handshake never ends.
    await using silent = await serveSilence();
    await using server = await serveHalf();
    const connected = () => from(silent.until(() => silent.sockets.size === 1));
    const url = `https://127.0.0.1:${silent.port}/`;
    await cancelled(
      silent,
      url,
      function* () {
        yield* connected();
        assert.equal(server.connections, 0);
      },
      `${server.origin}/ok`,
    );
  });

  test("before there was anything to connect to", async () => {
    await using server = await serveHalf();
    await cancelled(
      server,
      `${server.origin}/half`,
      function* () {
        yield* sleep(0);
      },
      `${server.origin}/ok`,
    );
  });

  test("while it waits for headers", async () => {
    await using silent = await serveSilence();
    await using server = await serveHalf();
    await cancelled(
      silent,
      silent.origin,
      function* () {
        yield* from(silent.until(() => silent.sockets.size === 1));
        yield* sleep(5);
      },
      `${server.origin}/ok`,
    );
    assert.equal(silent.connections, 1);
  });

  test("in the body", async () => {
    await using server = await serveHalf();
    await cancelled(
      server,
      `${server.origin}/half`,
      function* () {
        yield* from(server.until(() => server.requests.length === 1));
        yield* sleep(5);
      },
      `${server.origin}/ok`,
    );
  });

  test("in the body, read piece by piece", async () => {
    await using server = await serveHalf();
    await run(function* () {
      using session = new ClientSession({ connector: { limit: 1 } });
      const response = yield* session.get(`${server.origin}/half`);
      const first = yield* response.content.readAny();
      assert.equal(first?.byteLength, 10);
      const task = createTask(response.content.readAny());
      yield* sleep(0);
      task.cancel();
      assert.ok(isCancelled(yield* failureOf(task)));
      yield* from(server.until(() => server.sockets.size === 0));
      assert.equal(yield* (yield* session.get(`${server.origin}/ok`)).text(), "ok");
    });
  });

  test("in the same moment in which its headers come", async () => {
    await using server = await serveHalf();
    await run(function* () {
      using session = new ClientSession({ connector: { limit: 1 } });
      const outcomes = new Set<string>();
      for (let i = 0; i < 20; i++) {
        const task = createTask(session.get(`${server.origin}/half`));
        yield* from(server.until(() => server.requests.length > i));
        for (let turns = 0; turns < i; turns++) yield* sleep(0);
        const wasDone = task.done();
        task.cancel();
        try {
          (yield* task).release();
          assert.ok(wasDone);
          outcomes.add("answered");
        } catch (error) {
          assert.ok(isCancelled(error));
          outcomes.add("cancelled");
        }
        yield* from(server.until(() => server.sockets.size === 0));
      }
      assert.ok(outcomes.has("cancelled"));
      assert.equal(yield* (yield* session.get(`${server.origin}/ok`)).text(), "ok");
    });
  });

  test("while its body is sent", async () => {
    await using silent = await serveSilence();
    let closed = false;
    const endless = async function* () {
      try {
        for (;;) {
          yield "chunk";
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        closed = true;
      }
    };
    await run(function* () {
      using session = new ClientSession();
      const task = createTask(session.post(silent.origin, { data: endless() }));
      yield* from(silent.until(() => silent.sockets.size === 1));
      yield* sleep(5);
      task.cancel();
      assert.ok(isCancelled(yield* failureOf(task)));
      yield* from(silent.until(() => silent.sockets.size === 0));
      yield* sleep(1);
      assert.ok(closed);
    });
  });
});

test("a request that is cancelled stops the stream it sends, though the stream has stalled", async () => {
  await using silent = await serveSilence();
  let stopped = 0;
  const stalled: AsyncIterator<string> = {
    next: () => new Promise(() => {}),
    return: async () => {
      stopped++;
      return { done: true, value: undefined };
    },
  };
  await run(function* () {
    using session = new ClientSession();
    const task = createTask(session.post(silent.origin, { data: { [Symbol.asyncIterator]: () => stalled } }));
    yield* from(silent.until(() => silent.sockets.size === 1));
    yield* sleep(5);
    task.cancel();
    assert.ok(isCancelled(yield* failureOf(task)));
  });
  assert.equal(stopped, 1);
});

test("a request that has ended leaves no timer", async () => {
  await using silent = await serveSilence();
  await using server = await serveHalf();
  /** The host's timers while the loop sleeps. */
  const timers = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  };
  await run(function* () {
    const limit = 60_000;
    using session = new ClientSession({
      timeout: { total: limit, connect: limit, sockConnect: limit, sockRead: limit },
    });
    const before = yield* from(timers());
    const response = yield* session.get(`${server.origin}/half`);
    assert.equal(yield* from(timers()), before + 1);
    response.release();
    assert.equal(yield* from(timers()), before);
    assert.equal(yield* (yield* session.get(`${server.origin}/ok`)).text(), "ok");
    assert.equal(yield* from(timers()), before);
    const connecting = createTask(session.get(`https://127.0.0.1:${silent.port}/`));
    yield* from(silent.until(() => silent.sockets.size === 1));
    assert.equal(yield* from(timers()), before + 1);
    connecting.cancel();
    yield* failureOf(connecting);
    assert.equal(yield* from(timers()), before);
  });
});

describe("an error in the block of `using` frees the response", () => {
  test("whose body was not read", async () => {
    await using server = await serveHalf();
    await run(function* () {
      using session = new ClientSession({ connector: { limit: 1 } });
      const failing = function* (): Coroutine<void> {
        using _response = yield* session.get(`${server.origin}/half`);
        throw new RangeError("body of the block");
      };
      assert.ok((yield* failureOf(failing())) instanceof RangeError);
      yield* from(server.until(() => server.sockets.size === 0));
      assert.equal(yield* (yield* session.get(`${server.origin}/ok`)).text(), "ok");
    });
  });
});

describe("a request that takes too long", () => {
  /** On a busy machine a short limit may run out before the phase that is meant: then a longer one must do. */
  async function tooLong(url: string, limit: TimeoutName, phase: Phase) {
    let ms = 20;
    let error = await timedOut(url, limit, ms);
    while (error.phase !== phase && ms < 1000) {
      ms *= 4;
      error = await timedOut(url, limit, ms);
    }
    assert.deepEqual([error.limit, error.phase, error.method, error.url], [limit, phase, "GET", url]);
    const advice = `\`timeout: { ${limit}: … }\` sets it, null for no limit`;
    assert.equal(error.message, `GET ${url}: the ${limit} timeout of ${ms} ms ran out while ${phase}; ${advice}`);
    assert.deepEqual([error.name, error.code], ["ServerTimeoutError", "ERR_SERVER_TIMEOUT"]);
    assert.ok(error instanceof TimeoutError && error instanceof ClientError && error instanceof ClientConnectionError);
  }

  async function timedOut(url: string, limit: TimeoutName, ms: number): Promise<ServerTimeoutError> {
    return run(function* () {
      using session = new ClientSession({ timeout: { sockConnect: 60_000, [limit]: ms } });
      const start = performance.now();
      const error = yield* failureOf(getAndRead(session, url));
      assert.ok(error instanceof ServerTimeoutError, String(error));
      assert.ok(performance.now() - start >= ms - 1);
      return error;
    });
  }

  test("to connect", async () => {
    await using silent = await serveSilence();
    const url = `https://127.0.0.1:${silent.port}/`;
    await tooLong(url, "sockConnect", "connecting");
    await tooLong(url, "connect", "connecting");
    await tooLong(url, "total", "connecting");
  });

  test("to answer", async () => {
    await using silent = await serveSilence();
    const url = `${silent.origin}/`;
    await tooLong(url, "total", "waiting for headers");
    await tooLong(url, "sockRead", "waiting for headers");
  });

  test("to send its body", async () => {
    await using server = await serveHalf();
    const url = `${server.origin}/half`;
    await tooLong(url, "total", "reading the body");
    await tooLong(url, "sockRead", "reading the body");
  });

  test("to get a place", async () => {
    await using server = await serveHalf();
    for (const name of ["total", "connect"] as const) {
      await run(function* () {
        using session = new ClientSession({ connector: { limit: 1 } });
        const first = yield* session.get(`${server.origin}/half`);
        const error = yield* failureOf(session.get(`${server.origin}/ok`, { timeout: { [name]: 10 } }));
        assert.ok(error instanceof ServerTimeoutError);
        assert.deepEqual([error.limit, error.phase], [name, "waiting for a connection"]);
        assert.ok(error.cause instanceof TimeoutError);
        first.release();
        assert.equal(yield* (yield* session.get(`${server.origin}/ok`)).text(), "ok");
      });
    }
  });

  test("fails a response that nobody reads, and frees its place", async () => {
    await using server = await serveHalf();
    await run(function* () {
      using session = new ClientSession({ connector: { limit: 1 } });
      const response = yield* session.get(`${server.origin}/half`, { timeout: { total: 150 } });
      assert.equal(yield* (yield* session.get(`${server.origin}/ok`)).text(), "ok");
      assert.ok((yield* failureOf(response.read())) instanceof ServerTimeoutError);
    });
  });

  test("is not one whose answer came while this process was too busy to read it", async () => {
    let finish: () => void = () => assert.fail("nothing was asked for");
    await using server = await serve((_, response) => {
      response.writeHead(200, { "content-length": 4 }).write("ab");
      finish = () => response.end("cd");
    });
    await run(function* () {
      using session = new ClientSession();
      const response = yield* session.get(server.origin, { timeout: { sockRead: 100 } });
      assert.equal((yield* response.content.readAny())?.byteLength, 2);
      const rest = createTask(response.read());
      yield* sleep(0);
      finish();
      const until = performance.now() + 150;
      while (performance.now() < until);
      assert.equal((yield* rest).byteLength, 2);
    });
  });

  test("is not one whose timeouts are off, nor one that is done in time", async () => {
    await using server = await serveHalf();
    await run(function* () {
      using session = new ClientSession({ timeout: { total: null, connect: null, sockConnect: null, sockRead: null } });
      assert.equal(yield* (yield* session.get(`${server.origin}/ok`)).text(), "ok");
      const response = yield* session.get(`${server.origin}/ok`, {
        timeout: { total: 250, connect: 250, sockRead: 250 },
      });
      assert.equal(yield* response.text(), "ok");
      const timeout = { connect: 250, sockConnect: 250 };
      using connected = yield* session.get(`${server.origin}/half`, { timeout });
      const other = new ClientSession({ timeout });
      using fresh = yield* other.get(`${server.origin}/half`);
      yield* sleep(260);
      assert.equal((yield* connected.content.readAny())?.byteLength, 10);
      assert.equal((yield* fresh.content.readAny())?.byteLength, 10);
      yield* other.close();
      assert.equal(yield* response.text(), "ok");
      assert.equal(server.connections, 2);
    });
  });
});

describe("closing the session", () => {
  test("ends what is under way, and what waits for a place", async () => {
    await using silent = await serveSilence();
    await using server = await serveHalf();
    await run(function* () {
      const session = new ClientSession({ connector: { limit: 2 } });
      const reading = createTask(getAndRead(session, `${server.origin}/half`));
      const connecting = createTask(session.get(`https://127.0.0.1:${silent.port}/`));
      const waiting = [1, 2, 3].map((i) => createTask(session.get(`${server.origin}/${i}`)));
      yield* from(server.until(() => server.requests.length === 1));
      yield* from(silent.until(() => silent.connections === 1));
      yield* sleep(5);
      yield* session.close();
      assert.equal(server.requests.length, 1);
      const messages: string[] = [];
      for (const task of [reading, connecting, ...waiting]) {
        const error = yield* failureOf(task);
        assert.ok(error instanceof ClientConnectionError, String(error));
        messages.push(error.message.replace(/https?:..[\d.:]+/, ""));
      }
      assert.deepEqual(messages, [
        "GET /half: the session was closed while reading the body",
        "GET /: the session was closed while connecting",
        "GET /1: the session was closed while waiting for a connection",
        "GET /2: the session was closed while waiting for a connection",
        "GET /3: the session was closed while waiting for a connection",
      ]);
    });
  });

  test("waits for its sockets; a task that is cancelled meanwhile leaves none either", async () => {
    await using server = await serveHalf();
    const port = await refusedPort();
    await run(function* () {
      const session = new ClientSession();
      yield* (yield* session.get(`${server.origin}/ok`)).read();
      yield* failureOf(session.get(`http://127.0.0.1:${port}/`));
      const task = createTask(session.close());
      yield* sleep(0);
      task.cancel();
      assert.ok((yield* failureOf(task)) instanceof CancelledError);
      yield* session.close();
    });
  });
});
