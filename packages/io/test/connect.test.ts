import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { createTask, ExceptionGroup, from, once, RuntimeError, sleep } from "yieldfrom";
import {
  ConnectionRefusedError,
  connectAcceptedSocket,
  createConnection,
  createServer,
  createUnixConnection,
  createUnixServer,
  FileNotFoundError,
  formatAddress,
  GaiError,
  getAddrInfo,
  getNameInfo,
  OSError,
  openConnection,
  openUnixConnection,
  Protocol,
  startServer,
  startUnixServer,
  type Transport,
} from "../src/index.ts";
import { failureOf, text, virtual } from "./helpers.ts";
import { nodeServer, real, refusedPort } from "./real.ts";

const greet = (_: unknown, writer: { write(data: string): void; close(): void }) => {
  writer.write("hello");
  writer.close();
};

describe("createConnection", () => {
  test("refused, says by whom and what that means", () =>
    real(function* () {
      const port = yield* refusedPort();
      const error = yield* failureOf(openConnection("127.0.0.1", port));
      assert.ok(error instanceof ConnectionRefusedError && error instanceof OSError);
      assert.equal(error.message, `connect to 127.0.0.1:${port}: nobody listens there (ECONNREFUSED)`);
      const { code, syscall, address, errno } = error;
      assert.deepEqual([code, syscall, address, error.port], ["ECONNREFUSED", "connect", "127.0.0.1", port]);
      assert.ok(typeof errno === "number" && errno < 0);
      assert.equal((error.cause as NodeJS.ErrnoException).code, "ECONNREFUSED");
    }));

  test("to a name that nobody has", () =>
    real(function* () {
      const error = yield* failureOf(openConnection("no-such-host.invalid", 80));
      assert.ok(error instanceof GaiError);
      assert.match(error.message, /^the host "no-such-host\.invalid" has no address: /);
    }));

  test("tries all addresses, and tells of each", () =>
    real(function* () {
      const port = yield* refusedPort();
      // A second address of loopback that nobody listens on, by a name that has both: there is none everywhere.
      const error = yield* failureOf(openConnection("localhost", port));
      assert.ok(error instanceof ConnectionRefusedError, `${error}`);
      assert.match(error.message, new RegExp(`^connect to localhost:${port}`));
      const group = yield* failureOf(openConnection("127.0.0.1", port, { allErrors: true }));
      assert.ok(group instanceof ExceptionGroup);
      assert.match(group.message, new RegExp(`^connect to 127.0.0.1:${port} failed`));
      assert.ok(group.errors.every((each) => each instanceof ConnectionRefusedError));
    }));

  test("by happy eyeballs", () =>
    real(function* () {
      const server = yield* startServer(greet, "127.0.0.1", 0);
      yield* server.use(function* () {
        const [reader, writer] = yield* openConnection("localhost", server.port, { happyEyeballsDelay: 100 });
        assert.equal(yield* text(reader.read()), "hello");
        writer.close();
        const family = { family: 4, interleave: 2 } as const;
        const [other, second] = yield* openConnection("localhost", server.port, family);
        assert.equal(yield* text(other.read()), "hello");
        second.close();
      });
      const refused = yield* failureOf(
        openConnection("localhost", yield* refusedPort(), { happyEyeballsDelay: 100, allErrors: true }),
      );
      assert.ok(refused instanceof ExceptionGroup);
    }));

  test("from an address and a port", () =>
    real(function* () {
      const server = yield* startServer(greet, "127.0.0.1", 0);
      yield* server.use(function* () {
        const free = yield* refusedPort();
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port, { localAddr: ["127.0.0.1", free] });
        assert.deepEqual(writer.getExtraInfo("sockname"), ["127.0.0.1", free]);
        yield* reader.read();
        writer.close();
        const error = yield* failureOf(openConnection("127.0.0.1", server.port, { localAddr: ["::1", 0] }));
        assert.ok(error instanceof OSError);
        assert.match(error.message, /`localAddr` is no address of the same family$/);
        const foreign = yield* failureOf(openConnection("127.0.0.1", server.port, { localAddr: ["192.0.2.1", 0] }));
        assert.match(
          `${foreign}`,
          /^OSError: connect to .*: the address is not one of this machine \(EADDRNOTAVAIL\)$/,
        );
      });
    }));

  test("over a socket that is connected already", () =>
    real(function* () {
      yield* nodeServer(
        (socket) => void socket.end("hello"),
        function* (port) {
          const sock = connect(port, "127.0.0.1");
          yield* once(sock, "connect");
          const [reader, writer] = yield* openConnection(null, null, { sock });
          assert.equal(yield* text(reader.read()), "hello");
          writer.close();
          yield* writer.waitClosed();
        },
      );
    }));

  test("refuses options that contradict each other", () =>
    real(function* () {
      const sock = new Socket();
      const make = () => new Protocol();
      const wrong: [ReturnType<typeof createConnection>, RegExp][] = [
        [
          createConnection(make, null, null),
          /^TypeError: createConnection\(\) needs a host and a port, or the option `sock`$/,
        ],
        [createConnection(make, "127.0.0.1", 1, { sock }), /^TypeError: .* was given host and port, and `sock`/],
        [createConnection(make, "127.0.0.1", 1, { serverHostname: "x" }), /^TypeError: `serverHostname` without `ssl`/],
        [
          createConnection(make, "127.0.0.1", 1, { sslHandshakeTimeout: 1 }),
          /^TypeError: `sslHandshakeTimeout` without/,
        ],
        [createConnection(make, "127.0.0.1", 1, { ssl: true, sslShutdownTimeout: 0 }), /^RangeError: .* got 0$/],
        [createConnection(make, null, null, { sock, ssl: true }), /^TypeError: `ssl` without a host needs/],
        [createUnixConnection(make, null), /^TypeError: createUnixConnection\(\) needs a path, or the option `sock`/],
        [createUnixConnection(make, "x", { sock }), /^TypeError: .*, and not both$/],
      ];
      for (const [connection, message] of wrong) assert.match(`${yield* failureOf(connection)}`, message);
      const limit = yield* failureOf(openConnection("127.0.0.1", 1, { limit: 0 }));
      assert.match(`${limit}`, /^RangeError: Expected `limit`/);
    }));

  test("a factory that throws leaves no socket behind", () =>
    real(function* () {
      yield* nodeServer(
        () => {},
        function* (port) {
          const error = new Error("no protocol");
          const factory = () => {
            throw error;
          };
          assert.equal(yield* failureOf(createConnection(factory, "127.0.0.1", port)), error);
        },
      );
    }));

  test("cancelled while it connects, closes its socket", () =>
    real(function* () {
      // An address that is not answered for, or a machine without a route to it: cancelled before either is known.
      const connecting = createTask(openConnection("192.0.2.1", 9));
      yield* sleep(0);
      yield* sleep(0);
      connecting.cancel();
      yield* sleep(0);
      yield* sleep(0);
      assert.equal(connecting.cancelled(), true);
    }));

  test("on a VirtualEventLoop says that there is no network", () =>
    virtual(function* () {
      const calls = [
        openConnection("127.0.0.1", 1),
        openUnixConnection("x"),
        startServer(greet, "127.0.0.1", 0),
        startUnixServer(greet, "x"),
        createConnection(() => new Protocol(), "127.0.0.1", 1),
        createServer(() => new Protocol(), "127.0.0.1", 1),
        createUnixServer(() => new Protocol(), "x"),
        connectAcceptedSocket(() => new Protocol(), new Socket()),
        getAddrInfo("localhost", 1),
        getNameInfo(["127.0.0.1", 1]),
      ];
      for (const call of calls) {
        const error = yield* failureOf(call);
        assert.ok(error instanceof RuntimeError);
        assert.match(
          error.message,
          /^\w+\(\) on a VirtualEventLoop: time jumps there, and nothing of the world outside/,
        );
      }
    }));
});

describe("Unix sockets", () => {
  test("connect, and name themselves", () =>
    real(function* () {
      const folder = mkdtempSync(join(tmpdir(), "yieldfrom-"));
      try {
        const path = join(folder, "socket");
        const server = yield* startUnixServer(greet, path);
        yield* server.use(function* () {
          assert.deepEqual(
            server.sockets.map((socket) => socket.getsockname()),
            [path],
          );
          const [reader, writer] = yield* openUnixConnection(path);
          assert.deepEqual([writer.getExtraInfo("sockname"), writer.getExtraInfo("peername")], ["", path]);
          assert.equal(yield* text(reader.read()), "hello");
          writer.close();
        });
        const missing = yield* failureOf(openUnixConnection(path));
        assert.ok(missing instanceof FileNotFoundError);
        assert.equal(missing.message, `connect to ${path}: there is no such file (ENOENT)`);
        writeFileSync(path, "");
        const refused = yield* failureOf(openUnixConnection(path));
        assert.ok(refused instanceof ConnectionRefusedError);
      } finally {
        rmSync(folder, { recursive: true });
      }
    }));

  test("of Linux's abstract kind", { skip: process.platform !== "linux" && "only Linux has them" }, () =>
    real(function* () {
      const name = `\0yieldfrom-test-${process.pid}`;
      const server = yield* startUnixServer(greet, name);
      yield* server.use(function* () {
        const [reader, writer] = yield* openUnixConnection(name);
        assert.equal(yield* text(reader.read()), "hello");
        writer.close();
      });
    }),
  );
});

describe("connectAcceptedSocket", () => {
  test("makes a connection of a socket that Node accepted, with what came before", () =>
    real(function* () {
      let accepted: ((socket: Socket) => void) | undefined;
      const socket = new Promise<Socket>((resolve) => {
        accepted = resolve;
      });
      yield* nodeServer(
        (each) => accepted?.(each),
        function* (port) {
          const [reader, writer] = yield* openConnection("127.0.0.1", port);
          writer.write("before");
          const sock = yield* from(socket);
          yield* once(sock, "readable");
          const received: string[] = [];
          class Echo extends Protocol {
            private _transport!: Transport;

            override connectionMade(transport: Transport): void {
              this._transport = transport;
            }

            override dataReceived(data: Buffer): void {
              received.push(`${data}`);
              this._transport.write(data);
            }
          }
          const [transport] = yield* connectAcceptedSocket(() => new Echo(), sock);
          assert.equal(yield* text(reader.readExactly(6)), "before");
          writer.write("later");
          assert.equal(yield* text(reader.readExactly(5)), "later");
          transport.close();
          writer.close();
          yield* writer.waitClosed();
          assert.deepEqual(received, ["before", "later"]);
        },
      );
    }));
});

test("formatAddress writes addresses as URLs have them", () => {
  for (const [address, written] of [
    [["127.0.0.1", 80], "127.0.0.1:80"],
    [["example.org", 80], "example.org:80"],
    [["::1", 80], "[::1]:80"],
    [["fe80::1%eth0", 80], "[fe80::1%eth0]:80"],
    ["/run/echo.sock", "/run/echo.sock"],
    ["", "(unnamed)"],
    [undefined, "(unknown)"],
  ] as const) {
    assert.equal(formatAddress(address), written);
  }
});

describe("getAddrInfo and getNameInfo", () => {
  test("ask the system", () =>
    real(function* () {
      assert.deepEqual(yield* getAddrInfo("127.0.0.1", 80), [{ family: 4, address: "127.0.0.1", port: 80 }]);
      assert.deepEqual(yield* getAddrInfo("::1", 80), [{ family: 6, address: "::1", port: 80 }]);
      const local = yield* getAddrInfo("localhost", 80, { family: 4 });
      assert.deepEqual(local[0], { family: 4, address: "127.0.0.1", port: 80 });
      const [host, service] = yield* getNameInfo(["127.0.0.1", 80]);
      assert.ok(host.length > 0 && service.length > 0);
      assert.ok((yield* failureOf(getNameInfo(["nonsense", 80]))) instanceof Error);
    }));
});
