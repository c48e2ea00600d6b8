import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { ContextVar, createTask, currentTask, Event, from, gather, isCancelled, sleep } from "yieldfrom";
import { ClientSession, FastResponse, type HttpServer, serve } from "../../src/index.ts";
import { GET, portOf, running, until, Wire, withServer } from "./helper.ts";

function* textOf(session: ClientSession, url: string) {
  using response = yield* session.get(url);
  return yield* response.text();
}

describe("serve", () => {
  test("answers requests, each in a task that is named after it", async () => {
    const names: string[] = [];
    await withServer(
      function* (request) {
        names.push(currentTask()?.getName() ?? "");
        assert.ok(request instanceof Request);
        return new Response(`${request.method} ${request.url} ${request.headers.get("x-a")} ${request.ip}`, {
          status: 201,
          headers: { "x-b": "c" },
        });
      },
      function* (server) {
        using session = new ClientSession();
        using response = yield* session.post(`${server.url}flags?a=b`, { headers: { "x-a": "1" }, data: "x" });
        assert.equal(response.status, 201);
        assert.equal(response.headers.get("x-b"), "c");
        assert.equal(yield* response.text(), `POST ${server.url}flags?a=b 1 127.0.0.1`);
        yield* session.close();
      },
    );
    assert.deepEqual(names, ["POST /flags"]);
  });

  test("takes coroutine functions, plain functions, Promises, and responses that were only prepared", async () => {
    const handlers = [
      function* () {
        yield* sleep(0);
        return new Response("ok");
      },
      () => new Response("ok"),
      async () => new Response("ok"),
      () => new FastResponse("ok"),
      () => Response.json({ a: 1 }),
      () => new FastResponse(new Uint8Array([111, 107])),
      () => createTask(response()),
    ];
    for (const handler of handlers) {
      await withServer(handler, function* (server) {
        using wire = yield* from(Wire.to(server));
        const heard = yield* from(wire.say(GET).hears(/\r\n\r\n.*[k}]$/));
        assert.match(heard, /^HTTP\/1.1 200 OK\r\n/);
        assert.match(heard, /content-length: \d\r\n/i);
      });
    }
  });

  test("runs the handler in a copy of the context of serve()", async () => {
    const user = new ContextVar<string>("user");
    await running(function* () {
      user.set("ann");
      const server = yield* serve(
        function* () {
          const before = user.get();
          user.set("bob");
          yield* sleep(0);
          return new Response(`${before} ${user.get()}`);
        },
        { port: 0 },
      );
      user.set("eve");
      using session = new ClientSession();
      const texts = yield* gather([textOf(session, server.url), textOf(session, server.url)]);
      assert.deepEqual(texts, ["ann bob", "ann bob"]);
      yield* session.close();
      yield* server.shutdown();
    });
  });

  test("serves on a Unix socket, whose file is gone afterwards", async () => {
    const folder = await mkdtemp(join(tmpdir(), "serve-"));
    try {
      const path = join(folder, "socket");
      await withServer(
        () => new Response("over a file"),
        function* (server) {
          assert.equal(server.address, path);
          assert.equal(server.url, "http://localhost/");
          assert.equal(yield* from(getOverUnix(path)), "over a file");
        },
        { path },
      );
      await assert.rejects(stat(path), { code: "ENOENT" });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("takes over a Unix socket that a killed server has left, and no other", async () => {
    const folder = await mkdtemp(join(tmpdir(), "serve-"));
    try {
      const path = join(folder, "socket");
      const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
      const child = spawn(process.execPath, ["-e", script], { stdio: "ignore" });
      await once(child, "exit");
      assert.ok((await stat(path)).isSocket());
      await withServer(
        () => new Response("the new one"),
        function* () {
          assert.equal(yield* from(getOverUnix(path)), "the new one");
          try {
            yield* serve(() => new Response("another"), { path });
            assert.fail("it listens twice");
          } catch (error) {
            assert.equal((error as { code?: string }).code, "EADDRINUSE");
          }
          assert.equal(yield* from(getOverUnix(path)), "the new one");
        },
        { path },
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("leaves nothing when it is cancelled while it looks a name up", async () => {
    await running(function* () {
      const starting = createTask(serve(() => new Response(""), { host: "localhost", port: 0 }));
      yield* sleep(0);
      starting.cancel();
      yield* gather([starting], { returnExceptions: true });
      assert.ok(starting.cancelled());
    });
  });

  test("refuses options that can't be", async () => {
    await running(function* () {
      const handler = () => new Response("");
      const tries: [unknown, RegExp][] = [
        [{ port: -1 }, /Expected `port` to be a whole number from 0 to 65535, got -1/],
        [{ port: 80, path: "x" }, /both `path` and `host` or `port`/],
        [{ ssl: {} }, /Expected `ssl` to hold a certificate/],
        [{ grace: -1 }, /Expected `grace` to be milliseconds of at least 0, got -1/],
        [{ clientMaxSize: Number.NaN }, /Expected `clientMaxSize` to be bytes of at least 0, got NaN/],
      ];
      for (const [options, message] of tries) {
        try {
          yield* serve(handler, options as never);
          assert.fail(`${message}`);
        } catch (error) {
          assert.match((error as Error).message, message);
        }
      }
      try {
        yield* serve("x" as never);
        assert.fail("no function");
      } catch (error) {
        assert.match((error as Error).message, /Expected `handler` of serve\(\) to be a function\*/);
      }
    });
  });

  test("says so when the port is taken", async () => {
    await withServer(
      () => new Response(""),
      function* (server) {
        try {
          yield* serve(() => new Response(""), { port: portOf(server) });
          assert.fail("it listens twice");
        } catch (error) {
          assert.equal((error as { code?: string }).code, "EADDRINUSE");
        }
      },
    );
  });

  test("leaves nothing when it is cancelled while it starts, serves or ends", async () => {
    const points = await cancelEverywhere(function* () {
      const server = yield* serve(() => new Response("ok"), { port: 0 });
      using wire = yield* from(Wire.to(server));
      yield* from(wire.say(GET).hears("ok"));
      yield* server.shutdown();
    });
    assert.ok(points > 5, `${points} points`);
  });

  test("leaves nothing when it is cancelled while it shuts down or serves for ever, with requests under way", async () => {
    for (const how of ["shutdown", "serveForever"]) {
      const points = await cancelEverywhere(function* () {
        const started = new Event();
        const server = yield* serve(
          function* () {
            started.set();
            try {
              yield* sleep(60_000);
            } finally {
              yield* sleep(1);
            }
            return new Response("");
          },
          { port: 0, grace: 1 },
        );
        using wire = yield* from(Wire.to(server));
        wire.say(GET);
        yield* started.wait();
        if (how === "shutdown") yield* server.shutdown();
        else {
          createTask(server.shutdown());
          yield* server.serveForever();
        }
        yield* from(wire.ends());
      });
      assert.ok(points > 5, `${points} points`);
    }
  });

  test("ends with the run, and with it the requests under way", async () => {
    let cleanedUp = false;
    const wires: Wire[] = [];
    await running(function* () {
      const started = new Event();
      const server = yield* serve(
        function* () {
          started.set();
          try {
            yield* sleep(60_000);
          } finally {
            cleanedUp = true;
          }
          return new Response("");
        },
        { port: 0 },
      );
      wires.push(yield* from(Wire.to(server)));
      wires[0]?.say(GET);
      yield* started.wait();
    });
    assert.ok(cleanedUp);
    await wires[0]?.ends();
  });

  test("ends with the run when its body throws", async () => {
    await assert.rejects(
      running(function* () {
        yield* serve(() => new Response(""), { port: 0 });
        throw new Error("body");
      }),
      /body/,
    );
  });
});

describe("HttpServer", () => {
  test("prints what it is", async () => {
    await withServer(
      () => new Response(""),
      function* (server) {
        assert.equal(String(server), `<HttpServer ${server.url} connections=0 requests=0>`);
        assert.ok(server.isServing());
        yield* server.shutdown();
        assert.equal(String(server), "<HttpServer closed connections=0 requests=0>");
        assert.equal(server.address, null);
        assert.ok(!server.isServing());
      },
    );
  });

  test("shutdown() waits for what is under way, and closes idle connections at once", async () => {
    const answer = new Event();
    const started = new Event();
    await withServer(
      function* (request) {
        if (request.url.endsWith("/slow")) {
          started.set();
          yield* answer.wait();
        }
        return new Response("ok");
      },
      function* (server) {
        const port = portOf(server);
        using silent = yield* from(Wire.to(server));
        using idle = yield* from(Wire.to(server));
        yield* from(idle.say(GET).hears("ok"));
        using slow = yield* from(Wire.to(server));
        slow.say("GET /slow HTTP/1.1\r\nhost: a\r\n\r\n");
        yield* started.wait();
        const shutdown = createTask(server.shutdown());
        yield* gather([from(silent.ends()), from(idle.ends())]);
        yield* refused(port);
        assert.ok(!shutdown.done());
        answer.set();
        yield* shutdown;
        const heard = yield* from(slow.ends());
        assert.match(heard, /connection: close/i);
        assert.match(heard, /ok$/);
      },
    );
  });

  test("shutdown() cancels what is still under way after the grace time, and waits for its end", async () => {
    const events: string[] = [];
    const started = new Event();
    await withServer(
      function* () {
        started.set();
        try {
          yield* sleep(60_000);
        } catch (error) {
          events.push(isCancelled(error) ? "cancelled" : String(error));
          throw error;
        } finally {
          yield* sleep(5);
          events.push("cleaned up");
        }
        return new Response("");
      },
      function* (server) {
        using wire = yield* from(Wire.to(server));
        wire.say(GET);
        yield* started.wait();
        yield* server.shutdown({ grace: 1 });
        events.push("shut down");
        assert.match(yield* from(wire.ends()), /^HTTP\/1.1 503 /);
      },
    );
    assert.deepEqual(events, ["cancelled", "cleaned up", "shut down"]);
  });

  test("shutdown() that is cancelled does the rest at once", async () => {
    const started = new Event();
    await withServer(
      function* () {
        started.set();
        yield* sleep(60_000);
        return new Response("");
      },
      function* (server) {
        using wire = yield* from(Wire.to(server));
        wire.say(GET);
        yield* started.wait();
        const shutdown = createTask(server.shutdown({ grace: 60_000 }));
        yield* sleep(0);
        shutdown.cancel();
        yield* gather([shutdown], { returnExceptions: true });
        yield* from(wire.ends());
        assert.equal(String(server), "<HttpServer closed connections=0 requests=0>");
      },
    );
  });

  test("close() leaves what is under way alone; waitClosed() waits for it", async () => {
    const answer = new Event();
    const started = new Event();
    await withServer(
      function* () {
        started.set();
        yield* answer.wait();
        return new Response("ok");
      },
      function* (server) {
        using wire = yield* from(Wire.to(server));
        wire.say(GET);
        yield* started.wait();
        server.close();
        server.close();
        const closed = createTask(server.waitClosed());
        yield* sleep(5);
        assert.ok(!closed.done());
        answer.set();
        yield* closed;
        assert.match(yield* from(wire.ends()), /ok$/);
      },
    );
  });

  test("serveForever() returns after shutdown(), and is graceful when it is cancelled", async () => {
    for (const how of ["shutdown", "cancel", "signal", "async dispose"]) {
      const answer = new Event();
      const started = new Event();
      const controller = new AbortController();
      await running(function* () {
        const server: HttpServer = yield* serve(
          function* () {
            started.set();
            yield* answer.wait();
            return new Response("ok");
          },
          { port: 0, signal: controller.signal },
        );
        const forever = createTask(server.serveForever());
        using wire = yield* from(Wire.to(server));
        wire.say(GET);
        yield* started.wait();
        if (how === "shutdown") createTask(server.shutdown());
        else if (how === "cancel") forever.cancel();
        else if (how === "signal") controller.abort();
        else void server[Symbol.asyncDispose]();
        yield* sleep(5);
        assert.ok(!forever.done());
        answer.set();
        yield* gather([forever], { returnExceptions: true });
        assert.equal(forever.cancelled(), how === "cancel");
        assert.match(yield* from(wire.ends()), /ok$/, how);
      });
    }
  });

  test("Symbol.dispose cuts everything off", async () => {
    await running(function* () {
      const started = new Event();
      using server = yield* serve(
        function* () {
          started.set();
          yield* sleep(60_000);
          return new Response("");
        },
        { port: 0 },
      );
      using wire = yield* from(Wire.to(server));
      wire.say(GET);
      yield* started.wait();
      server[Symbol.dispose]();
      yield* from(wire.ends());
      yield* until(() => String(server).includes("requests=0"));
    });
  });
});

function* response() {
  yield* sleep(0);
  return new Response("ok");
}

function* refused(port: number) {
  try {
    using _wire = yield* from(Wire.to(port));
    assert.fail("it still listens");
  } catch (error) {
    assert.equal((error as { code?: string }).code, "ECONNREFUSED");
  }
}

async function getOverUnix(socketPath: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  httpRequest({ socketPath, agent: false }, async (response) => resolve((await response.toArray()).join("")))
    .on("error", reject)
    .end();
  return promise;
}
