import assert from "node:assert/strict";
import {
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { before, describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { type Coroutine, createTask, from, gather, isCancelled, run, sleep } from "yieldfrom";
import {
  ClientConnectionError,
  ClientSession,
  ServerDisconnectedError,
  ServerTimeoutError,
  type TCPConnectorOptions,
} from "../src/index.ts";
import { type Certificate, certificate } from "./certificates.ts";
import { Changing } from "./changing.ts";
import { closedWhole } from "./closed-whole.ts";
import { failureOf } from "./failure-of.ts";
import { leavesNothing } from "./leaves-nothing.ts";

leavesNothing();

let own: Certificate;
before(async () => {
  own = await certificate();
});

interface Held {
  readonly path: string;
  readonly stream: ServerHttp2Stream;
}

/** An HTTP/2 server which also speaks HTTP/1.1, and tells how it is used. */
class H2Server extends Changing implements AsyncDisposable {
  readonly origin: string;
  sessions = 0;
  streams = 0;
  mostStreams = 0;
  readonly open = new Set<ServerHttp2Session>();
  readonly held: Held[] = [];
  private readonly _server: Http2SecureServer;

  constructor(server: Http2SecureServer) {
    super();
    this._server = server;
    this.origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("sessionError", () => {});
    server.on("session", (session) => {
      this.sessions++;
      this.open.add(session);
      session.on("error", () => {});
      session.on("close", () => {
        this.open.delete(session);
        this.changed();
      });
    });
    server.on("request", (request, response) => {
      if (request.httpVersionMajor < 2) response.end(`HTTP/${request.httpVersion}`);
    });
    server.on("stream", (any, headers) => {
      const stream = any as ServerHttp2Stream;
      this.streams++;
      this.mostStreams = Math.max(this.mostStreams, this.streams);
      stream.on("error", () => {});
      stream.on("close", () => {
        this.streams--;
        this.changed();
      });
      this._answer(stream, String(headers[":path"]), String(headers[":method"]));
      this.changed();
    });
  }

  protected override get state(): string {
    return `${this.streams} streams`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.until(() => this.open.size === 0);
    } finally {
      for (const session of this.open) session.destroy();
      await new Promise((resolve) => this._server.close(resolve));
    }
  }

  private _answer(stream: ServerHttp2Stream, path: string, method: string): void {
    if (path === "/held") this.held.push({ path, stream });
    else if (path === "/silent") return;
    else if (path === "/half") {
      stream.respond({ ":status": 200, "content-length": "100" });
      stream.write("0123456789");
    } else if (path === "/reset") stream.close(2);
    else if (path === "/bye") stream.session?.destroy();
    else if (path === "/echo") {
      stream.respond({ ":status": 200 });
      stream.pipe(stream);
    } else if (path === "/large") {
      stream.respond({ ":status": 200 });
      stream.end(Buffer.alloc(2_000_000, "x"));
    } else {
      stream.respond({ ":status": 200, "x-method": method, "set-cookie": ["a=1", "b=2"] });
      stream.end(`HTTP/2 ${path}`);
    }
  }
}

async function serveH2(settings = {}): Promise<H2Server> {
  const server = createSecureServer({
    ...own,
    allowHTTP1: true,
    settings,
    // As many cancellations and as much in flight as the tests like; by default it takes them for an attack.
    maxSessionMemory: 1000,
    streamResetBurst: 10_000,
    streamResetRate: 10_000,
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return new H2Server(server);
}

function sessionFor(options: TCPConnectorOptions = {}): ClientSession {
  return new ClientSession({ connector: { ssl: { ca: own.cert }, http2: true, ...options } });
}

function* fetchText(session: ClientSession, url: string): Coroutine<string> {
  using response = yield* session.get(url);
  return yield* response.text();
}

describe("HTTP/2", () => {
  test("is spoken if both sides want it, with all that a response has", async () => {
    await using server = await serveH2();
    await run(function* () {
      using session = sessionFor();
      using response = yield* session.get(`${server.origin}/a?b`);
      assert.equal(yield* response.text(), "HTTP/2 /a?b");
      assert.deepEqual([response.status, response.headers.get("x-method")], [200, "GET"]);
      assert.deepEqual(response.headers.getSetCookie(), ["a=1", "b=2"]);
      using echoed = yield* session.post(`${server.origin}/echo`, { data: "hello" });
      assert.equal(yield* echoed.text(), "hello");
      const stream = (async function* () {
        yield "one ";
        yield "two";
      })();
      using streamed = yield* session.post(`${server.origin}/echo`, { data: stream });
      assert.equal(yield* streamed.text(), "one two");
      assert.equal((yield* (yield* session.get(`${server.origin}/large`)).read()).byteLength, 2_000_000);
      assert.equal(server.sessions, 1);
    });
  });

  test("is not spoken if the client does not offer it", async () => {
    await using server = await serveH2();
    await run(function* () {
      using session = sessionFor({ http2: false });
      assert.equal(yield* fetchText(session, `${server.origin}/`), "HTTP/1.1");
    });
  });

  test("gives way to HTTP/1.1 with a server that knows no other, each request on its own connection", async () => {
    const { createServer } = await import("node:https");
    const { TestServer } = await import("./server.ts");
    const plain = createServer({ ...own, keepAliveTimeout: 60_000 }, (request, response) => {
      setImmediate(() => response.end(`HTTP/${request.httpVersion}`));
    });
    await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
    await using server = new TestServer(plain);
    await run(function* () {
      using session = sessionFor();
      const url = `https://127.0.0.1:${server.port}/`;
      const texts = yield* gather([1, 2, 3].map(() => fetchText(session, url)));
      assert.deepEqual(texts, Array(3).fill("HTTP/1.1"));
      assert.equal(server.connections, 3);
    });
  });

  test("is for requests that go out together on one connection, which is one of `limit`", async () => {
    await using server = await serveH2();
    await run(function* () {
      using session = sessionFor({ limit: 1, limitPerHost: 1 });
      const tasks = Array.from({ length: 50 }, () => createTask(fetchText(session, `${server.origin}/held`)));
      yield* from(server.until(() => server.held.length === 50));
      for (const { stream } of server.held) {
        stream.respond({ ":status": 200 });
        stream.end("ok");
      }
      assert.deepEqual(yield* gather(tasks), Array(50).fill("ok"));
      assert.deepEqual([server.sessions, server.mostStreams], [1, 50]);
      assert.equal(`${session}`, "<ClientSession hosts=1 connections=1 idle=1>");
    });
  });

  test("has no more than a hundred streams at a time on one connection; then there is a second", async () => {
    await using server = await serveH2();
    await run(function* () {
      using session = sessionFor({ limit: 2 });
      const tasks = Array.from({ length: 250 }, () => createTask(fetchText(session, `${server.origin}/held`)));
      yield* from(server.until(() => server.held.length === 200));
      assert.deepEqual([server.sessions, server.mostStreams], [2, 200]);
      for (let i = 0; i < 250; i++) {
        yield* from(server.until(() => server.held.length > i));
        const { stream } = server.held[i] as Held;
        stream.respond({ ":status": 200 });
        stream.end("ok");
      }
      assert.deepEqual(yield* gather(tasks), Array(250).fill("ok"));
      assert.deepEqual([server.sessions, server.mostStreams], [2, 200]);
    });
  });

  test("keeps to the server's own limit of streams", async () => {
    await using server = await serveH2({ maxConcurrentStreams: 3 });
    await run(function* () {
      using session = sessionFor();
      yield* fetchText(session, `${server.origin}/`);
      const tasks = Array.from({ length: 10 }, () => createTask(fetchText(session, `${server.origin}/held`)));
      for (let i = 0; i < 10; i++) {
        yield* from(server.until(() => server.held.length > i));
        const { stream } = server.held[i] as Held;
        stream.respond({ ":status": 200 });
        stream.end("ok");
      }
      assert.deepEqual(yield* gather(tasks), Array(10).fill("ok"));
      assert.deepEqual([server.sessions, server.mostStreams], [1, 3]);
    });
  });

  test("connections that are not used hold no place", async () => {
    await using a = await serveH2();
    await using b = await serveH2();
    await run(function* () {
      using session = sessionFor({ limit: 1 });
      for (let i = 0; i < 3; i++) {
        assert.equal(yield* fetchText(session, `${a.origin}/a`), "HTTP/2 /a");
        assert.equal(yield* fetchText(session, `${b.origin}/b`), "HTTP/2 /b");
      }
      assert.deepEqual([a.sessions, b.sessions], [1, 1]);
    });
  });
});

describe("one stream among others", () => {
  /** Does something to one stream while another waits on the same connection, which must be none the worse for it. */
  async function besides(path: string, harm: (session: ClientSession, url: string) => Coroutine<void>) {
    await using server = await serveH2();
    await run(function* () {
      using session = sessionFor({ limit: 1 });
      const other = createTask(fetchText(session, `${server.origin}/held`));
      yield* from(server.until(() => server.held.length === 1));
      yield* harm(session, server.origin + path);
      yield* from(server.until(() => server.streams === 1));
      const { stream } = server.held[0] as Held;
      stream.respond({ ":status": 200 });
      stream.end("ok");
      assert.equal(yield* other, "ok");
      assert.equal(yield* fetchText(session, `${server.origin}/next`), "HTTP/2 /next");
      assert.equal(server.sessions, 1);
    });
  }

  test("is cancelled while it waits for headers", () =>
    besides("/silent", function* (session, url) {
      const task = createTask(session.get(url));
      yield* sleep(5);
      task.cancel();
      assert.ok(isCancelled(yield* failureOf(task)));
    }));

  test("is cancelled in its body", () =>
    besides("/half", function* (session, url) {
      const response = yield* session.get(url);
      const task = createTask(response.read());
      yield* sleep(5);
      task.cancel();
      assert.ok(isCancelled(yield* failureOf(task)));
    }));

  test("is released unread", () =>
    besides("/half", function* (session, url) {
      using _response = yield* session.get(url);
    }));

  test("is cancelled before it was sent", () =>
    besides("/silent", function* (session, url) {
      const task = createTask(session.get(url));
      yield* sleep(0);
      task.cancel();
      assert.ok(isCancelled(yield* failureOf(task)));
    }));

  test("runs into its timeout", () =>
    besides("/silent", function* (session, url) {
      const error = yield* failureOf(session.get(url, { timeout: { sockRead: 20 } }));
      assert.ok(error instanceof ServerTimeoutError && error.limit === "sockRead", String(error));
    }));

  test("is reset by the server", () =>
    besides("/reset", function* (session, url) {
      const error = yield* failureOf(session.get(url));
      assert.ok(error instanceof ServerDisconnectedError, String(error));
      assert.match(error.message, /the server reset the stream: .*INTERNAL_ERROR while waiting for headers/);
    }));

  test("fails in the block of its `using`", () =>
    besides("/half", function* (session, url) {
      const failing = function* (): Coroutine<void> {
        using _response = yield* session.get(url);
        throw new RangeError("body of the block");
      };
      assert.ok((yield* failureOf(failing())) instanceof RangeError);
    }));
});

describe("an HTTP/2 connection", () => {
  test("that the server breaks off is an error for all on it, and the next request gets another", async () => {
    await using server = await serveH2();
    await run(function* () {
      using session = sessionFor({ limit: 1 });
      const other = createTask(session.post(`${server.origin}/held`, { data: "x" }));
      yield* from(server.until(() => server.held.length === 1));
      const error = yield* failureOf(session.post(`${server.origin}/bye`, { data: "x" }));
      assert.ok(error instanceof ServerDisconnectedError, String(error));
      assert.ok((yield* failureOf(other)) instanceof ServerDisconnectedError);
      assert.equal(yield* fetchText(session, `${server.origin}/next`), "HTTP/2 /next");
      assert.equal(server.sessions, 2);
    });
  });

  test("that was closed while it was idle is replaced", async () => {
    await using server = await serveH2();
    await run(function* () {
      using session = sessionFor({ limit: 1 });
      for (let i = 0; i < 3; i++) {
        assert.equal(yield* fetchText(session, `${server.origin}/a`), "HTTP/2 /a");
        for (const open of server.open) open.close();
        yield* from(server.until(() => server.open.size === 0));
      }
      yield* sleep(2);
      assert.equal(`${session}`, "<ClientSession hosts=0 connections=0 idle=0>");
    });
  });

  test("ends with its session", async () => {
    await using server = await serveH2();
    await run(function* () {
      const session = sessionFor();
      const tasks = ["/held", "/half"].map((path) => createTask(fetchText(session, server.origin + path)));
      yield* from(server.until(() => server.streams === 2));
      yield* session.close();
      for (const task of tasks) {
        const error = yield* failureOf(task);
        assert.ok(
          error instanceof ClientConnectionError && /the session was closed/.test(error.message),
          String(error),
        );
      }
    });
  });
});

test("a cancellation at any point of two HTTP/2 exchanges leaves nothing", async () => {
  await using server = await serveH2();
  const points = await cancelEverywhere(function* () {
    const session = sessionFor({ limit: 1 });
    try {
      yield* gather([fetchText(session, `${server.origin}/a`), fetchText(session, `${server.origin}/b`)]);
      yield* fetchText(session, `${server.origin}/c`);
    } finally {
      yield* closedWhole(session, 5, `${server.origin}/d`);
    }
  });
  assert.ok(points >= 6, String(points));
});

test("two hundred requests, cancelled at any moment, leave the connection whole", async () => {
  await using server = await serveH2();
  await run(function* () {
    using session = sessionFor({ limit: 1 });
    let seed = 11;
    const random = (below: number) => {
      seed = (seed * 48271) % 2147483647;
      return seed % below;
    };
    const worker = function* (): Coroutine<void> {
      for (let i = 0; i < 40; i++) {
        const path = ["/a", "/large", "/half", "/silent"][random(4)] ?? "";
        const task = createTask(fetchText(session, server.origin + path));
        for (let pauses = random(6); pauses > 0; pauses--) yield* sleep(random(3));
        if (path === "/half" || path === "/silent" || random(3) > 0) task.cancel();
        const [outcome] = yield* gather([task], { returnExceptions: true });
        if (outcome instanceof Error && !isCancelled(outcome)) throw outcome;
      }
    };
    yield* gather(Array.from({ length: 5 }, worker));
    yield* from(server.until(() => server.streams === 0));
    assert.equal(`${session}`, "<ClientSession hosts=1 connections=1 idle=1>");
    assert.equal(yield* fetchText(session, `${server.origin}/last`), "HTTP/2 /last");
  });
});
