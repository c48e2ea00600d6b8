/** Bodies on their way up: streams, coroutines, chunks, backpressure, and who cleans up. */
import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createTask, Event, from, isCancelled, RuntimeError, run, sleep } from "yieldfrom";
import { type BodyWriter, ClientConnectorError, ClientSession, ServerDisconnectedError } from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { refusedPort, serve, serveSilence } from "./server.ts";

const MIB = 1024 * 1024;

/** Answers with what came, and how. */
function serveEcho() {
  return serve(async (request, response) => {
    const { "content-length": length, "transfer-encoding": coding, "content-type": type } = request.headers;
    const chunks: Buffer[] = await request.toArray().catch(() => []); // The client may go away.
    const body = Buffer.concat(chunks).toString();
    response.end(JSON.stringify([body, length ?? coding ?? null, type ?? null]));
  });
}

/** Takes one request, whose body it does not read before `go` is called. */
async function serveSlowly() {
  let go = () => {};
  let size = 0;
  const server = await serve((request, response) => {
    request.pause();
    go = () => {
      request.on("data", (chunk: Buffer) => {
        size += chunk.length;
      });
      request.on("end", () => response.end(`${size}`)).resume();
    };
  });
  return { server, go: () => go(), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Turns of the host, in which all goes as far as it can. */
function* settled() {
  for (let turns = 0; turns < 30; turns++) yield* from(new Promise((resolve) => setImmediate(resolve)));
}

describe("a stream as body", () => {
  test("of Node's, of the web's, of a generator", async () => {
    await using server = await serveEcho();
    const octets = "application/octet-stream";
    await run(function* () {
      using session = new ClientSession();
      for (const data of [
        Readable.from(["a", Buffer.from("b")]),
        new Blob(["ab"]).stream(),
        (async function* () {
          yield "a";
          yield new Uint8Array([98]);
        })(),
      ]) {
        const response = yield* session.post(server.origin, { data });
        assert.deepEqual(yield* response.json(null), ["ab", "chunked", octets]);
      }
      const sized = { data: Readable.from(["ab"]), headers: { "Content-Length": "2" } };
      assert.deepEqual(yield* (yield* session.post(server.origin, sized)).json(null), ["ab", "2", octets]);
      for (const data of ["ab", Buffer.from("ab"), new Blob(["ab"])]) {
        const response = yield* session.post(server.origin, { data, chunked: true });
        assert.deepEqual((yield* response.json<unknown[]>(null)).slice(0, 2), ["ab", "chunked"]);
      }
      const both = session.post(server.origin, { data: "ab", chunked: true, headers: { "Content-Length": "2" } });
      assert.match(String(yield* failureOf(both)), /Expected `chunked` or a Content-Length, got both/);
      const response = yield* session.post(server.origin, { data: "ab", skipAutoHeaders: ["Content-Type"] });
      assert.deepEqual(yield* response.json(null), ["ab", "2", null]);
    });
  });

  test("waits for a server that is slow", async () => {
    await using slow = await serveSlowly();
    let given = 0;
    const data = (async function* () {
      const chunk = Buffer.alloc(64 * 1024);
      for (let i = 0; i < 64 * 16; i++) {
        given += chunk.length;
        yield chunk;
      }
    })();
    await run(function* () {
      using session = new ClientSession();
      const task = createTask(session.post(slow.server.origin, { data }));
      yield* from(slow.server.until(() => slow.server.requests.length === 1));
      yield* settled();
      assert.ok(given < 32 * MIB, `${given} bytes were made for a server that took none`);
      slow.go();
      assert.equal(yield* (yield* task).text(), `${64 * MIB}`);
    });
  });

  test("is closed when its request fails before it was begun", async () => {
    const port = await refusedPort();
    await run(function* () {
      using session = new ClientSession();
      const data = createReadStream(fileURLToPath(import.meta.url));
      const closed = new Promise((resolve) => data.once("close", resolve));
      assert.ok(
        (yield* failureOf(session.post(`http://127.0.0.1:${port}/`, { data }))) instanceof ClientConnectorError,
      );
      yield* from(closed);
      assert.ok(data.destroyed);
    });
  });

  test("that has stalled is closed when its request is cancelled, alone or in a form", async () => {
    await using silent = await serveSilence();
    const stalled = [
      () => {
        const stream = new Readable({ read() {} });
        stream.push("begun");
        return { stream, isClosed: () => stream.destroyed };
      },
      () => {
        let cancelled = false;
        const stream = new ReadableStream<string>({
          start: (controller) => controller.enqueue("begun"),
          cancel: () => {
            cancelled = true;
          },
        });
        return { stream, isClosed: () => cancelled };
      },
    ];
    await run(function* () {
      using session = new ClientSession();
      for (const make of stalled) {
        for (const inForm of [false, true]) {
          const { stream, isClosed } = make();
          const later = make();
          const data = inForm ? { first: stream, second: later.stream } : stream;
          const task = createTask(session.post(silent.origin, { data }));
          yield* from(silent.until(() => silent.sockets.size === 1));
          yield* settled();
          assert.ok(!isClosed());
          task.cancel();
          assert.ok(isCancelled(yield* failureOf(task)));
          yield* settled();
          assert.ok(isClosed());
          if (inForm) assert.ok(later.isClosed());
          yield* from(silent.until(() => silent.sockets.size === 0));
        }
      }
    });
  });

  test("is left as it is by an answer that comes early, and the connection is not used again", async () => {
    await using server = await serve((_, response) => void response.writeHead(413).end("too much"));
    let closed = false;
    const data = (async function* () {
      try {
        for (;;) yield Buffer.alloc(100_000);
      } finally {
        closed = true;
      }
    })();
    await run(function* () {
      using session = new ClientSession();
      try {
        const response = yield* session.post(server.origin, { data });
        assert.deepEqual([response.status, yield* response.text()], [413, "too much"]);
      } catch (error) {
        // The server closed it while it was written to: which of both is seen first is the network's choice.
        assert.ok(error instanceof ServerDisconnectedError, String(error));
      }
      yield* from(server.until(() => server.sockets.size === 0));
      yield* settled();
      assert.ok(closed);
    });
  });
});

describe("a body that a coroutine writes", () => {
  test("is sent as it is written, and may wait", async () => {
    await using server = await serveEcho();
    await run(function* () {
      using session = new ClientSession();
      const response = yield* session.post(server.origin, {
        data: function* (body) {
          for (const word of ["one ", "two ", "three"]) {
            yield* sleep(1);
            yield* body.write(word);
          }
          yield* body.write(Buffer.from("!"));
        },
      });
      assert.deepEqual(yield* response.json(null), ["one two three!", "chunked", "application/octet-stream"]);
      const empty = yield* session.post(server.origin, { data: function* () {} });
      assert.equal((yield* empty.json<unknown[]>(null))[0], "");
    });
    assert.equal(server.connections, 1);
  });

  test("waits for a server that is slow", async () => {
    await using slow = await serveSlowly();
    let written = 0;
    await run(function* () {
      using session = new ClientSession();
      const chunk = Buffer.alloc(64 * 1024);
      const data = function* (body: BodyWriter) {
        for (let i = 0; i < 64 * 16; i++) {
          yield* body.write(chunk);
          written += chunk.length;
        }
      };
      const task = createTask(session.post(slow.server.origin, { data }));
      yield* from(slow.server.until(() => slow.server.requests.length === 1));
      yield* settled();
      assert.ok(written < 32 * MIB, `${written} bytes`);
      slow.go();
      assert.equal(yield* (yield* task).text(), `${64 * MIB}`);
    });
  });

  test("whose coroutine throws fails the request by that error, at once or later", async () => {
    await using server = await serveEcho();
    const broken = new Error("out of ink");
    await run(function* () {
      using session = new ClientSession();
      for (const words of [0, 1, 3]) {
        const data = function* (body: BodyWriter) {
          for (let i = 0; i < words; i++) yield* body.write("word");
          throw broken;
        };
        assert.equal(yield* failureOf(session.post(server.origin, { data })), broken);
      }
      const odd = session.post(server.origin, {
        data: function* (body) {
          yield* body.write(1 as unknown as string);
        },
      });
      assert.match(String(yield* failureOf(odd)), /body.write\(\) to be given a string or a Uint8Array, got number/);
    });
  });

  test("is cancelled with its request, and may clean up", async () => {
    await using silent = await serveSilence();
    await run(function* () {
      using session = new ClientSession();
      const seen: unknown[] = [];
      const begun = new Event();
      const ended = new Event();
      const data = function* (body: BodyWriter) {
        try {
          for (;;) {
            yield* body.write("word");
            begun.set();
            yield* sleep(1);
          }
        } catch (error) {
          seen.push(isCancelled(error));
          yield* sleep(1);
          seen.push("clean");
          seen.push((yield* failureOf(body.write("more"))) instanceof RuntimeError);
          ended.set();
          throw error;
        }
      };
      const task = createTask(session.post(silent.origin, { data }));
      yield* begun.wait();
      task.cancel();
      assert.ok(isCancelled(yield* failureOf(task)));
      yield* ended.wait();
      assert.deepEqual(seen, [true, "clean", true]);
    });
  });

  test("that is cancelled by somebody else fails the request", async () => {
    await using server = await serveEcho();
    await run(function* () {
      using session = new ClientSession();
      const data = function* (body: BodyWriter) {
        yield* body.write("word");
        const forever = createTask(sleep(60_000));
        forever.cancel();
        yield* forever;
      };
      assert.match(
        String(yield* failureOf(session.post(server.origin, { data }))),
        /task that writes the body was cancelled/,
      );
    });
  });
});
