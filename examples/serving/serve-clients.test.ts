import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { ConnectionResetError, OSError, openConnection } from "@yieldfrom/io";
import { cancelEverywhere, leftovers } from "@yieldfrom/testing";
import { type Coroutine, createTask, Event, getRunningLoop, isCancelled, run, sleep, wait } from "yieldfrom";
import { type ServeClient, serveClients } from "./serve-clients.ts";

const ANY = { host: "127.0.0.1", port: 0 };

/** A line that was printed, and the way to wait for one. */
class Printed {
  readonly lines: string[] = [];
  private readonly _more = new Event();

  constructor(t: TestContext) {
    t.mock.method(console, "log", (line: string) => {
      this.lines.push(line);
      this._more.set();
    });
  }

  *hear(what: RegExp): Coroutine<RegExpExecArray> {
    for (;;) {
      for (const line of this.lines) {
        const found = what.exec(line);
        if (found !== null) return found;
      }
      this._more.clear();
      yield* this._more.wait();
    }
  }
}

/** Serves while the body runs, which is given the port and a way to stop it before; nothing is left afterwards. */
async function serving(
  t: TestContext,
  serveClient: ServeClient,
  body: (port: number, stop: () => Coroutine<void>) => Coroutine<void>,
) {
  const printed = new Printed(t);
  const reported: unknown[] = [];
  await run(function* () {
    getRunningLoop().setExceptionHandler((_, context) => reported.push(context.exception ?? context.message));
    const server = createTask(serveClients(ANY, serveClient));
    const [, port] = yield* printed.hear(/^Serving on 127\.0\.0\.1:(\d+)/);
    const stop = function* () {
      server.cancel();
      yield* wait([server]);
      assert.ok(server.cancelled());
    };
    yield* body(Number(port), stop);
    yield* stop();
  });
  assert.deepEqual(await leftovers(), []);
  const lines = printed.lines.slice(1).map((line) => line.replace(/^127\.0\.0\.1:\d+ /, ""));
  return { lines, reported };
}

test("a client's connection is closed when its coroutine has ended", async (t) => {
  const { lines, reported } = await serving(
    t,
    function* (reader, writer, log) {
      log(String(yield* reader.readLine()).trim());
      writer.write("good-bye");
    },
    function* (port) {
      const [reader, writer] = yield* openConnection("127.0.0.1", port);
      writer.write("hello\n");
      assert.equal(String(yield* reader.read()), "good-bye");
      writer.close();
    },
  );
  assert.deepEqual([lines, reported], [["connected", "hello", "closed"], []]);
});

test("a coroutine that fails takes no other with it, and is reported unless the client is to blame", async (t) => {
  const { lines, reported } = await serving(
    t,
    function* (reader, writer) {
      const line = String(yield* reader.readLine()).trim();
      if (line === "defect") throw new TypeError("a defect");
      if (line === "lost") throw new ConnectionResetError("the client is lost");
      writer.write(line);
    },
    function* (port) {
      for (const [said, heard] of [
        ["defect", ""],
        ["lost", ""],
        ["x".repeat(100_000), ""],
        ["fine", "fine"],
      ] as const) {
        const [reader, writer] = yield* openConnection("127.0.0.1", port);
        writer.write(`${said}\n`);
        assert.equal(String(yield* reader.read()), heard);
        writer.close();
      }
    },
  );
  assert.deepEqual(reported.map(String), ["TypeError: a defect"]);
  assert.deepEqual(lines.filter((line) => !/^(connected|closed)$/.test(line)).length, 2);
  assert.ok(lines.includes("the client is lost"));
});

test("when the server is cancelled, so are the clients' coroutines, which may say something; then it ends", async (t) => {
  const met = new Event();
  await serving(
    t,
    function* (reader, writer) {
      met.set();
      try {
        yield* reader.readLine();
      } catch (error) {
        if (isCancelled(error)) writer.write("the server ends");
        throw error;
      }
    },
    function* (port, stop) {
      const [reader, writer] = yield* openConnection("127.0.0.1", port);
      yield* met.wait();
      yield* stop();
      assert.equal(String(yield* reader.read()), "the server ends");
      writer.close();
    },
  );
});

test("a client that does not read what was sent to it last is left after a while", async (t) => {
  const met = new Event();
  await serving(
    t,
    function* (_, writer) {
      writer.write(Buffer.alloc(50_000_000));
      met.set();
      yield* writer.drain();
    },
    function* (port, stop) {
      const [reader, writer] = yield* openConnection("127.0.0.1", port, { limit: 1 });
      yield* met.wait();
      yield* stop();
      try {
        const { length } = yield* reader.read();
        assert.ok(length < 50_000_000);
      } catch (error) {
        assert.ok(error instanceof ConnectionResetError);
      }
      writer.close();
    },
  );
});

test("where it can't listen it says so", async (t) => {
  await serving(
    t,
    function* () {},
    function* (port) {
      try {
        yield* serveClients({ host: "127.0.0.1", port }, function* () {});
        assert.fail("it listens twice");
      } catch (error) {
        assert.ok(error instanceof OSError);
        assert.equal(error.code, "EADDRINUSE");
      }
    },
  );
});

test("cancelled at any point, it leaves nothing open", async (t) => {
  const points = await cancelEverywhere(function* () {
    const printed = new Printed(t);
    const server = createTask(
      serveClients(ANY, function* (reader, writer) {
        writer.write(yield* reader.readLine());
        yield* writer.drain();
      }),
    );
    try {
      const [, port] = yield* printed.hear(/^Serving on 127\.0\.0\.1:(\d+)/);
      const [reader, writer] = yield* openConnection("127.0.0.1", Number(port));
      try {
        writer.write("hello\n");
        assert.equal(String(yield* reader.read()), "hello\n");
      } finally {
        writer.close();
      }
    } finally {
      server.cancel();
      yield* wait([server]);
    }
  });
  assert.ok(points > 3, `${points} points`);
});

test("a client that comes when the server is just being cancelled does not hold it up", async (t) => {
  // The connection arrives after a number of iterations that is the system's to say: each is tried.
  for (let iterations = 0; iterations < 40; iterations++) {
    const clients = new Set<Socket>();
    await serving(
      t,
      function* (reader) {
        yield* reader.readLine();
      },
      function* (port, stop) {
        clients.add(connect(port, "127.0.0.1").on("error", () => {}));
        for (let i = 0; i < iterations; i++) yield* sleep(0);
        yield* stop();
        for (const client of clients) client.destroy();
      },
    );
  }
});
