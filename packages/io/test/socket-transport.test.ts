import assert from "node:assert/strict";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import {
  ContextVar,
  type Coroutine,
  createTask,
  currentTask,
  Event,
  from,
  getRunningLoop,
  HostEventLoop,
  RuntimeError,
  run,
  sleep,
} from "yieldfrom";
import {
  BufferedProtocol,
  ConnectionResetError,
  createConnection,
  createServer,
  Protocol,
  type Server,
  type Transport,
} from "../src/index.ts";
import { nodeServer, real, reporting, turns } from "./real.ts";

/** Notes everything, and lets tests wait for it. */
class Noting extends Protocol {
  transport!: Transport;
  readonly calls: string[] = [];
  readonly changed = new Event();
  lost: Error | null | undefined;
  keepOpen = false;
  received = "";

  note(call: string): void {
    this.calls.push(call);
    this.changed.set();
    this.changed.clear();
  }

  override connectionMade(transport: Transport): void {
    this.transport = transport;
    this.note("made");
  }

  override dataReceived(data: Buffer): void {
    this.received += data;
    this.note("data");
  }

  override eofReceived(): boolean {
    this.note("eof");
    return this.keepOpen;
  }

  override connectionLost(error: Error | null): void {
    this.lost = error;
    this.note("lost");
  }

  override pauseWriting(): void {
    this.note("pause");
  }

  override resumeWriting(): void {
    this.note("resume");
  }

  /** Waits until `condition` holds, which is looked at after each call. */
  *until(condition: () => boolean): Coroutine<void> {
    while (!condition()) yield* this.changed.wait();
  }

  *untilLost(): Coroutine<void> {
    yield* this.until(() => this.lost !== undefined);
  }
}

/** Both ends of a connection in this process. */
function* pair(body: (client: Noting, server: Noting, listening: Server) => Coroutine<void>): Coroutine<void> {
  const there = new Noting();
  const server = yield* createServer(() => there, "127.0.0.1", 0);
  yield* server.use(function* () {
    const [transport, client] = yield* createConnection(() => new Noting(), "127.0.0.1", server.port);
    try {
      yield* there.until(() => there.calls.length > 0);
      yield* body(client, there, server);
    } finally {
      transport.abort();
      there.transport.abort();
      yield* client.untilLost();
    }
  });
}

describe("setting up", () => {
  test("tells the protocol, then reads, then lets the creator go on", () =>
    real(function* () {
      yield* nodeServer(
        (socket) => void socket.end("early"),
        function* (port) {
          const [transport, protocol] = yield* createConnection(() => new Noting(), "127.0.0.1", port);
          assert.deepEqual(protocol.calls, ["made"]);
          assert.equal(protocol.transport, transport);
          yield* protocol.untilLost();
          assert.deepEqual(protocol.calls, ["made", "data", "eof", "lost"]);
          assert.equal(protocol.lost, null);
          assert.equal(protocol.received, "early");
        },
      );
    }));

  test("calls protocols in no task, in the loop, and in the context of who made the connection", () =>
    real(function* () {
      const variable = new ContextVar("variable", { default: "none" });
      const seen: unknown[] = [];
      class Looking extends Noting {
        override note(call: string): void {
          seen.push([call, currentTask(), getRunningLoop() === loop, variable.get()]);
          super.note(call);
        }
      }
      const loop = getRunningLoop();
      yield* nodeServer(
        (socket) => void socket.end("x"),
        function* (port) {
          variable.set("maker");
          const [, protocol] = yield* createConnection(() => new Looking(), "127.0.0.1", port);
          variable.set("later");
          yield* protocol.untilLost();
        },
      );
      assert.deepEqual(
        seen,
        ["made", "data", "eof", "lost"].map((call) => [call, null, true, "maker"]),
      );
    }));
});

describe("what is known of a connection", () => {
  test("its two ends and its socket", () =>
    real(function* () {
      yield* pair(function* (client, server, { port }) {
        const here = client.transport.getExtraInfo("sockname");
        assert.deepEqual(client.transport.getExtraInfo("peername"), ["127.0.0.1", port]);
        assert.deepEqual(server.transport.getExtraInfo("peername"), here);
        assert.ok(client.transport.getExtraInfo("socket") instanceof Socket);
        assert.equal(client.transport.getExtraInfo("cipher"), undefined);
        assert.equal(client.transport.getExtraInfo("unheard-of", 7), 7);
        assert.equal(client.transport.getLoop(), getRunningLoop());
        assert.match(inspect(client.transport), /^<SocketTransport 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+ reading>$/);
        yield* sleep(0);
      });
    }));
});

describe("reading", () => {
  test("pauses at once, and goes on", () =>
    real(function* () {
      yield* pair(function* (client, server) {
        client.transport.pauseReading();
        client.transport.pauseReading();
        assert.equal(client.transport.isReading(), false);
        server.transport.write("one");
        yield* turns();
        assert.equal(client.received, "");
        client.transport.resumeReading();
        client.transport.resumeReading();
        assert.equal(client.transport.isReading(), true);
        yield* client.until(() => client.received === "one");
        server.transport.write("two");
        yield* client.until(() => client.received === "onetwo");
      });
    }));

  test("paused by the protocol itself gives nothing more, the end included", () =>
    real(function* () {
      yield* pair(function* (client, server) {
        client.dataReceived = (data) => {
          Noting.prototype.dataReceived.call(client, data);
          client.transport.pauseReading();
        };
        server.transport.write("one");
        yield* client.until(() => client.received === "one");
        server.transport.write("two");
        server.transport.close();
        yield* turns();
        assert.equal(client.received, "one");
        client.transport.resumeReading();
        yield* client.until(() => client.received === "onetwo");
        yield* turns();
        assert.deepEqual(client.calls, ["made", "data", "data"]);
        client.transport.resumeReading();
        yield* client.untilLost();
        assert.deepEqual(client.calls.slice(3), ["eof", "lost"]);
      });
    }));

  test("into buffers of the protocol", () =>
    real(function* () {
      class Into extends BufferedProtocol {
        readonly buffer = new Uint8Array(4);
        received = "";
        readonly hints: number[] = [];

        override getBuffer(hint: number): Uint8Array {
          this.hints.push(hint);
          return this.buffer;
        }

        override bufferUpdated(bytes: number): void {
          this.received += Buffer.from(this.buffer.subarray(0, bytes)).toString();
        }

        override connectionLost(): void {
          lost.set();
        }
      }
      const lost = new Event();
      yield* nodeServer(
        (socket) => void socket.end("0123456789"),
        function* (port) {
          const [, protocol] = yield* createConnection(() => new Into(), "127.0.0.1", port);
          yield* lost.wait();
          assert.equal(protocol.received, "0123456789");
          assert.deepEqual(protocol.hints, [10, 6, 2]);
        },
      );
    }));

  test("into an empty buffer is an error", async () => {
    class Empty extends BufferedProtocol {
      override getBuffer(): Uint8Array {
        return new Uint8Array(0);
      }

      override connectionLost(error: Error | null): void {
        lostBy = error;
        lost.set();
      }
    }
    const lost = new Event();
    let lostBy: unknown;
    const reports = await reporting(function* () {
      yield* nodeServer(
        (socket) => void socket.write("x"),
        function* (port) {
          yield* createConnection(() => new Empty(), "127.0.0.1", port);
          yield* lost.wait();
        },
      );
    });
    assert.deepEqual(
      reports.map(({ message, exception }) => `${message}: ${exception}`),
      [
        "protocol.getBuffer() or bufferUpdated() failed, and the connection is closed now: RuntimeError: getBuffer() gave an empty buffer: nothing can be put there",
      ],
    );
    assert.equal(lostBy, reports[0]?.exception);
  });

  test("another protocol is told from when it is set on", () =>
    real(function* () {
      yield* pair(function* (client, server) {
        const other = new Noting();
        client.transport.setProtocol(other);
        assert.equal(client.transport.getProtocol(), other);
        server.transport.write("x");
        yield* other.until(() => other.received === "x");
        assert.equal(client.received, "");
        client.transport.setProtocol(client);
      });
    }));
});

describe("a protocol that throws", () => {
  for (const method of ["connectionMade", "dataReceived", "eofReceived"] as const) {
    test(`in ${method} loses its connection, and is reported`, async () => {
      const error = new Error("oops");
      let protocol!: Noting;
      let transport!: Transport;
      const reports = await reporting(function* () {
        yield* nodeServer(
          (socket) => void socket.end("x"),
          function* (port) {
            const failing = Object.assign(new Noting(), {
              [method]() {
                throw error;
              },
            });
            [transport, protocol] = yield* createConnection(() => failing, "127.0.0.1", port);
            yield* protocol.untilLost();
          },
        );
      });
      assert.equal(protocol.lost, error);
      assert.deepEqual(
        reports.map(({ message, exception, transport, protocol }) => [message, exception, transport, protocol]),
        [[`protocol.${method}() failed, and the connection is closed now`, error, transport, protocol]],
      );
    });
  }

  test("in connectionLost is reported, and nothing is left", async () => {
    const reports = await reporting(function* () {
      yield* nodeServer(
        () => {},
        function* (port) {
          class Failing extends Noting {
            override connectionLost(error: Error | null): void {
              super.connectionLost(error);
              throw new Error("oops");
            }
          }
          const [transport, protocol] = yield* createConnection(() => new Failing(), "127.0.0.1", port);
          transport.close();
          yield* protocol.untilLost();
        },
      );
    });
    assert.deepEqual(
      reports.map(({ message, exception }) => `${message}: ${exception}`),
      ["Exception in callback (anonymous): Error: oops"],
    );
  });
});

describe("writing", () => {
  test("sends bytes and strings, in order, one by one or many", () =>
    real(function* () {
      yield* pair(function* (client, server) {
        client.transport.write("ä");
        client.transport.write("");
        client.transport.writeLines([Buffer.from("b"), "c", new Uint8Array([100]), ""]);
        yield* server.until(() => server.received === "äbcd");
        assert.throws(() => client.transport.write(7 as never), {
          name: "TypeError",
          message: "Expected `data` to be a Uint8Array or a string, got number",
        });
      });
    }));

  test("tells when too much waits, and when little enough does, and loses nothing", () =>
    real(function* () {
      yield* pair(function* (client, server) {
        server.transport.pauseReading();
        const chunk = Buffer.alloc(100_000, "x");
        let written = 0;
        while (!client.calls.includes("pause")) {
          client.transport.write(chunk);
          written += chunk.length;
        }
        assert.ok(client.transport.getWriteBufferSize() > 65_536);
        assert.ok(client.transport.getWriteBufferSize() <= 65_536 + chunk.length);
        client.transport.write("end");
        assert.equal(client.calls.filter((call) => call === "pause").length, 1);
        let received = 0;
        server.dataReceived = (data) => {
          received += data.length;
          server.note("data");
        };
        server.transport.resumeReading();
        yield* client.until(() => client.calls.includes("resume"));
        assert.ok(client.transport.getWriteBufferSize() <= 16_384);
        yield* server.until(() => received === written + 3);
        assert.equal(client.transport.getWriteBufferSize(), 0);
      });
    }));

  test("limits of its own, lowered below what waits, pause at once", () =>
    real(function* () {
      yield* pair(function* (client, server) {
        server.transport.pauseReading();
        client.transport.setWriteBufferLimits({ high: 10_000_000 });
        while (client.transport.getWriteBufferSize() === 0) client.transport.write(Buffer.alloc(100_000));
        assert.deepEqual(client.calls, ["made"]);
        client.transport.setWriteBufferLimits({ high: 0 });
        assert.deepEqual(client.calls, ["made", "pause"]);
        server.dataReceived = () => {};
        server.transport.resumeReading();
        yield* client.until(() => client.calls.includes("resume"));
        assert.deepEqual(client.transport.getWriteBufferLimits(), { low: 0, high: 0 });
      });
    }));

  test("writeEof ends our half once all is sent, and the other half goes on", () =>
    real(function* () {
      yield* pair(function* (client, server) {
        server.keepOpen = true;
        assert.equal(client.transport.canWriteEof(), true);
        client.transport.write(Buffer.alloc(1_000_000, "x"));
        client.transport.writeEof();
        client.transport.writeEof();
        assert.throws(() => client.transport.write("more"), RuntimeError);
        yield* server.until(() => server.calls.includes("eof"));
        assert.equal(server.received.length, 1_000_000);
        server.transport.write("answer");
        yield* client.until(() => client.received === "answer");
        server.transport.close();
        yield* client.untilLost();
      });
    }));
});

describe("the end", () => {
  test("close sends what waits, then tells, once", () =>
    real(function* () {
      yield* pair(function* (client, server) {
        server.transport.pauseReading();
        const chunk = Buffer.alloc(100_000, "x");
        let written = 0;
        for (; client.transport.getWriteBufferSize() === 0; written += chunk.length) client.transport.write(chunk);
        client.transport.close();
        client.transport.close();
        assert.equal(client.transport.isClosing(), true);
        assert.equal(client.transport.isReading(), false);
        yield* turns();
        assert.equal(client.lost, undefined);
        server.transport.resumeReading();
        yield* client.untilLost();
        yield* server.untilLost();
        assert.equal(server.received.length, written);
        assert.deepEqual([client.lost, server.lost], [null, null]);
        client.transport.abort();
        yield* turns();
        assert.equal(client.calls.filter((call) => call === "lost").length, 1);
      });
    }));

  test("close with nothing to send tells in the next iteration, and never from within", () =>
    real(function* () {
      yield* pair(function* (client) {
        client.transport[Symbol.dispose]();
        assert.equal(client.lost, undefined);
        yield* sleep(0);
        assert.equal(client.lost, null);
      });
    }));

  test("abort drops what waits", () =>
    real(function* () {
      yield* pair(function* (client, server) {
        server.transport.pauseReading();
        client.transport.write(Buffer.alloc(10_000_000));
        client.transport.abort();
        assert.equal(client.transport.isClosing(), true);
        yield* sleep(0);
        assert.equal(client.lost, null);
        server.dataReceived = () => {};
        server.transport.resumeReading();
        yield* server.untilLost();
      });
    }));

  test("the other end's reset is a ConnectionResetError, which nobody else is told of", () =>
    real(function* () {
      yield* nodeServer(
        (socket) => void socket.on("data", () => void socket.resetAndDestroy()),
        function* (port) {
          const [transport, protocol] = yield* createConnection(() => new Noting(), "127.0.0.1", port);
          transport.write("x");
          yield* protocol.untilLost();
          const { lost } = protocol;
          assert.ok(lost instanceof ConnectionResetError);
          assert.equal(lost.code, "ECONNRESET");
          assert.match(lost.message, /^the connection is lost: the other end cut the connection off \(ECONNRESET\)$/);
          assert.equal(lost.address, `127.0.0.1:${port}`);
        },
      );
    }));

  test("writes to a lost connection are dropped, and told of when they don't stop", async () => {
    const reports = await reporting(function* () {
      yield* pair(function* (client) {
        client.transport.abort();
        for (let i = 0; i < 20; i++) client.transport.write("x");
        yield* sleep(0);
      });
    });
    assert.equal(reports.length, 1);
    assert.match(reports[0]!.message, /^write\(\) on <SocketTransport .* closed> again and again: it is lost/);
  });

  test("writeLines counts there as one write, as many pieces as it has", async () => {
    for (const [calls, told] of [
      [4, 0],
      [5, 1],
    ] as const) {
      const reports = await reporting(function* () {
        yield* pair(function* (client) {
          client.transport.abort();
          for (let i = 0; i < calls; i++) client.transport.writeLines(["x", "y", "z"]);
          yield* sleep(0);
        });
      });
      assert.equal(reports.length, told);
    }
  });

  test("a socket that someone else destroys is a connection that is lost", () =>
    real(function* () {
      yield* pair(function* (client) {
        client.transport.getExtraInfo("socket")?.destroy();
        yield* client.untilLost();
        assert.equal(client.lost, null);
      });
    }));

  test("a loop that is closed closes its connections, and says which were forgotten", async () => {
    const reports = await reporting(function* () {
      yield* nodeServer(
        () => {},
        function* (port) {
          const loop = new HostEventLoop();
          const inner: string[] = [];
          loop.setExceptionHandler((_, { message }) => inner.push(message));
          const lost: string[] = [];
          yield* from(
            run(
              function* () {
                const [forgotten] = yield* createConnection(() => new Noting(), "127.0.0.1", port);
                const [closing] = yield* createConnection(() => new Noting(), "127.0.0.1", port);
                createTask(sleep(1000));
                lost.push(`${forgotten}`);
                closing.close();
              },
              { loop },
            ),
          );
          assert.deepEqual(
            inner,
            lost.map(
              (name) =>
                `${name} was never closed, and its loop is closed now; write close() in a finally, or \`using\``,
            ),
          );
        },
      );
    });
    assert.deepEqual(reports, []);
  });
});
