import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { type Coroutine, createTask, from, HostEventLoop, RuntimeError, run, sleep, type Task } from "yieldfrom";
import {
  AbstractServer,
  createServer,
  createUnixServer,
  OSError,
  openConnection,
  openUnixConnection,
  Protocol,
  Server,
  type StreamReader,
  type StreamWriter,
  startServer,
  startUnixServer,
  type Transport,
} from "../src/index.ts";
import { failureOf, text } from "./helpers.ts";
import { real, reporting, turns } from "./real.ts";

function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  for (;;) {
    const data = yield* reader.read(65_536);
    if (data.length === 0) break;
    writer.write(data);
    yield* writer.drain();
  }
  writer.close();
}

/** Sends a line and waits for it to come back. */
function* roundTrip([reader, writer]: [StreamReader, StreamWriter], line = "hi\n"): Coroutine<void> {
  writer.write(line);
  assert.equal(yield* text(reader.readLine()), line);
}

/** A folder that is gone after the body. */
function* inFolder(body: (folder: string) => Coroutine<void>): Coroutine<void> {
  const folder = mkdtempSync(join(tmpdir(), "yieldfrom-"));
  try {
    yield* body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("a server", () => {
  test("serves many at a time, and says what it is", () =>
    real(function* () {
      const server = yield* startServer(echo, "127.0.0.1", 0);
      assert.ok(server instanceof Server && server instanceof AbstractServer);
      const { port } = server;
      assert.deepEqual(
        server.sockets.map((socket) => socket.getsockname()),
        [["127.0.0.1", port]],
      );
      assert.equal(server.isServing(), true);
      assert.equal(inspect(server), `<Server 127.0.0.1:${port} serving, 0 connections>`);
      const clients = [];
      for (let i = 0; i < 5; i++) clients.push(yield* openConnection("127.0.0.1", port));
      for (const client of clients) yield* roundTrip(client);
      assert.equal(`${server}`, `<Server 127.0.0.1:${port} serving, 5 connections>`);
      for (const [, writer] of clients) writer.close();
      server.close();
      server.close();
      yield* server.waitClosed();
      yield* server.waitClosed();
      assert.deepEqual([server.isServing(), server.sockets], [false, []]);
      assert.equal(`${server}`, "<Server closed, 0 connections>");
      assert.throws(() => server.port, /^RuntimeError: <Server closed, 0 connections> has no port: it is closed$/);
    }));

  test("listens on several hosts", () =>
    real(function* () {
      const server = yield* startServer(echo, ["127.0.0.1", "127.0.0.2", "127.0.0.1"], 0);
      assert.equal(server.sockets.length, 2);
      for (const socket of server.sockets) {
        const [host, port] = socket.getsockname() as [string, number];
        const client = yield* openConnection(host, port);
        yield* roundTrip(client);
        client[1].close();
      }
      server.close();
      yield* server.waitClosed();
    }));

  test("on all addresses of this machine", () =>
    real(function* () {
      for (const host of [null, ""]) {
        const server = yield* startServer(echo, host, 0);
        yield* server.use(function* () {
          const client = yield* openConnection("127.0.0.1", server.port);
          yield* roundTrip(client);
          client[1].close();
        });
      }
      assert.match(
        `${yield* failureOf(startServer(echo, [], 0))}`,
        /^TypeError: Expected `host` to be at least one host/,
      );
    }));

  test("says why it can't listen, and leaves no socket open", () =>
    real(function* () {
      const first = yield* startServer(echo, "127.0.0.1", 0);
      yield* first.use(function* () {
        const { port } = first;
        const error = yield* failureOf(startServer(echo, ["127.0.0.2", "127.0.0.1"], port));
        assert.ok(error instanceof OSError);
        assert.deepEqual([error.code, error.port], ["EADDRINUSE", port]);
        assert.equal(error.message, `listen on 127.0.0.1:${port}: the address is already in use (EADDRINUSE)`);
        const foreign = yield* failureOf(startServer(echo, "192.0.2.1", 0));
        assert.match(`${foreign}`, /^OSError: listen on 192\.0\.2\.1:0: the address is not one of this machine/);
      });
      assert.match(
        `${yield* failureOf(startServer(7 as never, "127.0.0.1", 0))}`,
        /takes a function \(reader, writer\)/,
      );
    }));

  test("shares a port with another one by reusePort", { skip: process.platform !== "linux" && "only Linux" }, () =>
    real(function* () {
      const first = yield* startServer(echo, "127.0.0.1", 0, { reusePort: true });
      yield* first.use(function* () {
        const second = yield* startServer(echo, "127.0.0.1", first.port, { reusePort: true });
        assert.equal(second.port, first.port);
        second.close();
        yield* second.waitClosed();
      });
    }),
  );

  test("started later lets those wait who came before", () =>
    real(function* () {
      const server = yield* startServer(echo, "127.0.0.1", 0, { startServing: false, keepAlive: true, backlog: 5 });
      assert.equal(server.isServing(), false);
      const client = yield* openConnection("127.0.0.1", server.port);
      client[1].write("hi\n");
      yield* turns();
      assert.match(`${server}`, /not serving yet, 0 connections/);
      yield* server.startServing();
      yield* server.startServing();
      assert.equal(server.isServing(), true);
      assert.equal(yield* text(client[0].readLine()), "hi\n");
      client[1].close();
      server.close();
      yield* server.waitClosed();
      assert.match(
        `${yield* failureOf(server.startServing())}`,
        /^RuntimeError: <Server closed, 0 connections> is closed/,
      );
    }));

  test("lets a hundred wait for it to start, and turns away who comes after them", () =>
    real(function* () {
      const server = yield* startServer(echo, "127.0.0.1", 0, { startServing: false });
      const clients: [StreamReader, StreamWriter][] = [];
      while (clients.length < 101) clients.push(yield* openConnection("127.0.0.1", server.port));
      const last = clients[100]!;
      assert.equal((yield* last[0].read()).length, 0);
      yield* server.startServing();
      for (const [reader, writer] of clients) {
        if (reader !== last[0]) {
          writer.write("hi\n");
          assert.equal(yield* text(reader.readLine()), "hi\n");
        }
        writer.close();
      }
      server.close();
      yield* server.waitClosed();
    }));

  test("closed before it was started turns away those who waited", () =>
    real(function* () {
      const server = yield* startServer(echo, "127.0.0.1", 0, { startServing: false });
      const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
      yield* turns();
      server.close();
      yield* server.waitClosed();
      assert.equal(yield* text(reader.read()), "");
      writer.close();
    }));

  test("whose factory throws reports that, and goes on", async () => {
    const reports = await reporting(function* () {
      let calls = 0;
      const server = yield* createServer(
        () => {
          if (++calls === 1) throw new Error("no protocol");
          return new Protocol();
        },
        "127.0.0.1",
        0,
      );
      yield* server.use(function* () {
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        assert.equal((yield* reader.read()).length, 0);
        writer.close();
        const [, second] = yield* openConnection("127.0.0.1", server.port);
        while (calls < 2) yield* turns();
        second.close();
      });
    });
    assert.equal(reports.length, 1);
    assert.match(reports[0]!.message, /^<Server .*>: no protocol could be made for a connection, which is closed now$/);
    assert.equal(`${reports[0]!.exception}`, "Error: no protocol");
  });
});

describe("an async function", () => {
  test("serves too; the loop waits for its Promise", () =>
    real(function* () {
      const server = yield* startServer(
        async (reader, writer) => {
          for await (const line of reader) writer.write(`${line}`.toUpperCase());
          writer.close();
        },
        "127.0.0.1",
        0,
      );
      yield* server.use(function* () {
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        writer.write("one\ntwo\n");
        writer.writeEof();
        assert.equal(yield* text(reader.read()), "ONE\nTWO\n");
        writer.close();
      });
    }));

  test("that rejects is reported, and its connection closed", async () => {
    const reports = await reporting(function* () {
      const server = yield* startServer(
        async () => {
          throw new Error("oops");
        },
        "127.0.0.1",
        0,
      );
      yield* server.use(function* () {
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        assert.equal(yield* text(reader.read()), "");
        writer.close();
      });
    });
    assert.deepEqual(
      reports.map(({ exception }) => `${exception}`),
      ["Error: oops"],
    );
  });
});

describe("the end of a server", () => {
  test("waitClosed waits for the close, and for the last connection", () =>
    real(function* () {
      const server = yield* startServer(echo, "127.0.0.1", 0);
      const client = yield* openConnection("127.0.0.1", server.port);
      yield* roundTrip(client);
      const waiting = createTask(server.waitClosed());
      yield* turns();
      assert.equal(waiting.done(), false);
      server.close();
      yield* roundTrip(client); // It goes on.
      assert.equal(waiting.done(), false);
      const refused = yield* failureOf(openConnection("127.0.0.1", portOf(client[1])));
      assert.equal((refused as OSError).code, "ECONNREFUSED");
      client[1].close();
      yield* waiting;
    }));

  function portOf(writer: StreamWriter): number {
    return (writer.getExtraInfo("peername") as [string, number])[1];
  }

  for (const method of ["closeClients", "abortClients"] as const) {
    test(`${method} ends its connections`, () =>
      real(function* () {
        const server = yield* startServer(echo, "127.0.0.1", 0);
        const clients = [
          yield* openConnection("127.0.0.1", server.port),
          yield* openConnection("127.0.0.1", server.port),
        ];
        for (const client of clients) yield* roundTrip(client);
        server.close();
        server[method]();
        yield* server.waitClosed();
        for (const [reader, writer] of clients) {
          assert.equal(yield* text(reader.read()), "");
          writer.close();
        }
      }));
  }

  test("serveForever ends by a cancellation, which closes the server and waits for its connections", () =>
    real(function* () {
      const server = yield* startServer(echo, "127.0.0.1", 0, { startServing: false });
      const serving = createTask(server.serveForever());
      yield* turns();
      assert.equal(server.isServing(), true);
      const other = yield* failureOf(server.serveForever());
      assert.ok(other instanceof RuntimeError);
      assert.match(other.message, /is served for ever by another task already$/);
      const client = yield* openConnection("127.0.0.1", server.port);
      yield* roundTrip(client);
      serving.cancel();
      yield* turns();
      assert.deepEqual([server.isServing(), serving.done()], [false, false]);
      yield* roundTrip(client);
      client[1].close();
      yield* failureOf(serving);
      assert.equal(serving.cancelled(), true);
      assert.match(`${yield* failureOf(server.serveForever())}`, /^RuntimeError: serveForever\(\) of <Server closed/);
    }));

  test("close cancels serveForever", () =>
    real(function* () {
      const server = yield* startServer(echo, "127.0.0.1", 0);
      const serving = createTask(server.serveForever());
      yield* turns();
      server.close();
      yield* failureOf(serving);
      assert.equal(serving.cancelled(), true);
    }));

  test("use closes it whatever the body does", () =>
    real(function* () {
      for (const fails of [false, true]) {
        const server = yield* startServer(echo, "127.0.0.1", 0);
        const using = server.use(function* (same) {
          assert.equal(same, server);
          yield* sleep(1);
          if (fails) throw new Error("body");
          return "value";
        });
        if (fails) assert.equal(`${yield* failureOf(using)}`, "Error: body");
        else assert.equal(yield* using, "value");
        assert.equal(server.isServing(), false);
      }
      const server = yield* startServer(echo, "127.0.0.1", 0);
      const task: Task<void> = createTask(
        server.use(function* () {
          yield* sleep(100_000);
        }),
      );
      yield* sleep(1);
      task.cancel();
      yield* failureOf(task);
      assert.deepEqual([task.cancelled(), server.isServing()], [true, false]);
    }));

  test("await using closes it in an async function", () =>
    real(function* () {
      const server = yield* startServer(echo, "127.0.0.1", 0);
      yield* from(
        (async () => {
          await using same = server;
          assert.equal(same.isServing(), true);
        })(),
      );
      assert.equal(server.isServing(), false);
    }));

  test("a loop that is closed closes its servers, and says which were forgotten", async () => {
    const loop = new HostEventLoop();
    const messages: string[] = [];
    loop.setExceptionHandler((_, { message }) => messages.push(message));
    let name = "";
    await run(
      function* () {
        name = `${yield* startServer(echo, "127.0.0.1", 0)}`;
      },
      { loop },
    );
    assert.deepEqual(messages, [
      `${name} was never closed, and its loop is closed now; write close() in a finally, or \`yield* server.use(…)\``,
    ]);
  });

  test("cancelled by the end of a run, its clients' tasks close their connections silently", () =>
    real(function* () {
      const loop = new HostEventLoop();
      const messages: string[] = [];
      loop.setExceptionHandler((_, { message }) => messages.push(message));
      let closed = false;
      yield* from(
        run(
          function* () {
            const server = yield* startServer(
              function* (reader: StreamReader) {
                try {
                  yield* reader.read();
                } finally {
                  closed = true;
                }
              },
              "127.0.0.1",
              0,
            );
            const [, writer] = yield* openConnection("127.0.0.1", server.port);
            yield* turns();
            server.close();
            writer.close();
          },
          { loop },
        ),
      );
      assert.deepEqual([messages, closed], [[], true]);
    }));
});

describe("a server of Unix sockets", () => {
  test("removes its file at the end", () =>
    real(function* () {
      yield* inFolder(function* (folder) {
        const path = join(folder, "socket");
        const server = yield* startUnixServer(echo, path);
        assert.throws(() => server.port, /has no port: it listens on a Unix socket$/);
        assert.equal(`${server}`, `<Server ${path} serving, 0 connections>`);
        const client = yield* openUnixConnection(path);
        yield* roundTrip(client);
        client[1].close();
        server.close();
        assert.equal(existsSync(path), false);
        yield* server.waitClosed();
      });
    }));

  test("or leaves it, by cleanupSocket: false, to the next who removes it", () =>
    real(function* () {
      yield* inFolder(function* (folder) {
        const path = join(folder, "socket");
        const first = yield* createUnixServer(() => new Protocol(), path, { cleanupSocket: false });
        first.close();
        yield* first.waitClosed();
        assert.equal(existsSync(path), true);
        const second = yield* startUnixServer(echo, path);
        const client = yield* openUnixConnection(path);
        yield* roundTrip(client);
        client[1].close();
        second.close();
        yield* second.waitClosed();
        assert.equal(existsSync(path), false);
      });
    }));

  test("leaves a file that another has put in its place, and one that is gone already", () =>
    real(function* () {
      yield* inFolder(function* (folder) {
        const path = join(folder, "socket");
        const server = yield* startUnixServer(echo, path);
        renameSync(path, `${path}.old`);
        writeFileSync(path, "another's");
        server.close();
        yield* server.waitClosed();
        assert.equal(readFileSync(path, "utf8"), "another's");
        const taken = yield* failureOf(startUnixServer(echo, path));
        assert.equal(
          (taken as Error).message,
          `listen on ${JSON.stringify(path)}: the address is already in use (EADDRINUSE)`,
        );
        assert.equal(readFileSync(path, "utf8"), "another's");
        rmSync(path);
        const other = yield* startUnixServer(echo, path);
        rmSync(path);
        other.close();
        yield* other.waitClosed();
      });
    }));

  test("says why it can't listen", () =>
    real(function* () {
      yield* inFolder(function* (folder) {
        const error = yield* failureOf(startUnixServer(echo, join(folder, "missing", "socket")));
        assert.ok(error instanceof OSError, `${error}`);
      });
    }));
});

describe("the protocols of a server", () => {
  test("are made one for each connection", () =>
    real(function* () {
      const made: Protocol[] = [];
      class Greeting extends Protocol {
        override connectionMade(transport: Transport): void {
          made.push(this);
          transport.write(`hello ${made.length}`);
          transport.close();
        }
      }
      const server = yield* createServer(() => new Greeting(), "127.0.0.1", 0);
      yield* server.use(function* () {
        for (const expected of ["hello 1", "hello 2"]) {
          const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
          assert.equal(yield* text(reader.read()), expected);
          writer.close();
        }
      });
      assert.equal(new Set(made).size, 2);
    }));
});
