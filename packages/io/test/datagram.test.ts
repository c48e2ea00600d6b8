import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once as onceEmitted } from "node:events";
import { describe, test } from "node:test";
import { activeResources, cancelEverywhere, leftovers } from "@yieldfrom/testing";
import { peer, python } from "@yieldfrom/testing/peers";
import { createTask, from, Queue, sleep, VirtualEventLoop } from "yieldfrom";
import {
  type Address,
  createDatagramEndpoint,
  createSubprocessExec,
  DatagramProtocol,
  type DatagramTransport,
  OSError,
  PIPE,
} from "../src/index.ts";
import { failureOf } from "./helpers.ts";
import { live, liveReports } from "./live.ts";

const LOCAL = "127.0.0.1";

/** Queues what it is told. */
class Noting extends DatagramProtocol {
  readonly notes = new Queue<string>();
  readonly senders: Address[] = [];

  override connectionMade(): void {
    this.notes.putNowait("made");
  }
  override datagramReceived(data: Buffer, from: Address): void {
    this.senders.push(from);
    this.notes.putNowait(`data ${data}`);
  }
  override errorReceived(error: Error): void {
    this.notes.putNowait(`error ${(error as OSError).code}`);
  }
  override connectionLost(error: Error | null): void {
    this.notes.putNowait(`lost ${error}`);
  }
  override pauseWriting(): void {
    this.notes.putNowait("pause");
  }
  override resumeWriting(): void {
    this.notes.putNowait("resume");
  }
}

class Echo extends DatagramProtocol {
  private _transport: DatagramTransport | null = null;
  override connectionMade(transport: DatagramTransport): void {
    this._transport = transport;
  }
  override datagramReceived(data: Buffer, from: Address): void {
    this._transport?.sendTo(data, from);
  }
}

function* noting(options: Parameters<typeof createDatagramEndpoint>[1]) {
  const [transport, protocol] = yield* createDatagramEndpoint(() => new Noting(), options);
  assert.equal(yield* protocol.notes.get(), "made");
  return { transport, protocol, notes: protocol.notes };
}

function addressOf(transport: DatagramTransport): readonly [string, number] {
  return transport.getExtraInfo("sockname") as readonly [string, number];
}

describe("a datagram endpoint", () => {
  test("sends and receives, empty datagrams too, in their order", async () => {
    await live(function* () {
      const [echo] = yield* createDatagramEndpoint(() => new Echo(), { localAddr: [LOCAL, 0] });
      const client = yield* noting({ remoteAddr: addressOf(echo) });
      for (const data of ["one", Buffer.from("two"), "", "three"]) client.transport.sendTo(data);
      const got: string[] = [];
      for (let i = 0; i < 4; i++) got.push(yield* client.notes.get());
      assert.deepEqual(got, ["data one", "data two", "data ", "data three"]);
      assert.deepEqual(client.protocol.senders[0], addressOf(echo));
      assert.deepEqual(client.transport.getExtraInfo("peername"), addressOf(echo));
      client.transport.sendTo("again", addressOf(echo));
      assert.equal(yield* client.notes.get(), "data again");
      client.transport.close();
      client.transport.close();
      echo.close();
      assert.equal(yield* client.notes.get(), "lost null");
      client.transport.sendTo("dropped");
    });
    assert.deepEqual(await leftovers(), []);
  });

  test("speaks IPv6, and with names", async () => {
    await live(function* () {
      const six = yield* noting({ localAddr: ["::1", 0] });
      const other = yield* noting({ family: 6 });
      other.transport.sendTo("six", addressOf(six.transport));
      assert.equal(yield* six.notes.get(), "data six");
      assert.equal(six.protocol.senders[0]![0], "::1");
      const named = yield* noting({ localAddr: ["localhost", 0], family: 4 });
      assert.equal(addressOf(named.transport)[0], LOCAL);
      const sender = yield* noting({ family: 4 });
      sender.transport.sendTo("named", ["localhost", addressOf(named.transport)[1]]);
      assert.equal(yield* named.notes.get(), "data named");
      for (const { transport } of [six, other, named, sender]) transport.close();
    });
  });

  test("is told what it sent can't arrive, and goes on", async () => {
    await live(function* () {
      const gone = yield* noting({ localAddr: [LOCAL, 0] });
      const address = addressOf(gone.transport);
      gone.transport.close();
      assert.equal(yield* gone.notes.get(), "lost null");
      yield* sleep(1);
      const client = yield* noting({ remoteAddr: address });
      client.transport.sendTo("nobody hears");
      assert.equal(yield* client.notes.get(), "error ECONNREFUSED");
      client.transport.sendTo(Buffer.alloc(100_000));
      let note = yield* client.notes.get();
      // The first may be refused again.
      if (note === "error ECONNREFUSED") note = yield* client.notes.get();
      assert.equal(note, "error EMSGSIZE");
      assert.ok(!client.transport.isClosing());
      client.transport.close();
    });
  });

  test("refuses the wrong address", async () => {
    await live(function* () {
      const open = yield* noting({ localAddr: [LOCAL, 0] });
      assert.throws(() => open.transport.sendTo("x"), {
        name: "TypeError",
        message: "sendTo() needs an address, [host, port], on a transport that was made without a `remoteAddr`",
      });
      assert.throws(() => open.transport.sendTo(5 as never), { message: "sendTo() takes bytes or a string, got 5" });
      assert.throws(() => open.transport.sendTo("x", "/tmp/socket"), {
        message: '`address` "/tmp/socket" is a path, and Node has no datagrams of Unix sockets',
      });
      const fixed = yield* noting({ remoteAddr: addressOf(open.transport) });
      assert.throws(() => fixed.transport.sendTo("x", [LOCAL, 1]), {
        name: "RangeError",
        message: `sendTo(…, "127.0.0.1:1") on a transport whose only address is 127.0.0.1:${addressOf(open.transport)[1]}`,
      });
      open.transport.close();
      fixed.transport.close();
    });
    const refused: [object, string][] = [
      [{}, "createDatagramEndpoint() needs a `localAddr` or a `remoteAddr`, or else a `family`, 4 or 6"],
      [{ localAddr: "/tmp/x" }, '`localAddr` "/tmp/x" is a path, and Node has no datagrams of Unix sockets'],
      [{ remoteAddr: [LOCAL] }, 'Expected `remoteAddr` to be [host, port], as ["127.0.0.1", 9999], got an array of 1'],
    ];
    for (const [options, message] of refused) {
      assert.throws(() => createDatagramEndpoint(() => new Noting(), options), { name: "TypeError", message });
    }
  });

  test("can't have an address that is taken, or none of this machine", async () => {
    await live(function* () {
      const first = yield* noting({ localAddr: [LOCAL, 0] });
      const [, port] = addressOf(first.transport);
      const error = yield* failureOf(noting({ localAddr: [LOCAL, port] }));
      assert.ok(error instanceof OSError);
      assert.equal(
        error.message,
        `receiving datagrams at 127.0.0.1, port ${port}: the address is already in use (EADDRINUSE)`,
      );
      const other = yield* failureOf(noting({ localAddr: ["192.0.2.1", 0] }));
      assert.equal((other as OSError).code, "EADDRNOTAVAIL");
      const families = yield* failureOf(noting({ localAddr: [LOCAL, 0], remoteAddr: ["::1", 1] }));
      assert.match(
        String(families),
        /^TypeError: `localAddr` and `remoteAddr` of a datagram endpoint are of two families/,
      );
      first.transport.close();
    });
    assert.deepEqual(await leftovers(), []);
  });

  test("may share an address, if both allow it", async () => {
    await live(function* () {
      const first = yield* noting({ localAddr: [LOCAL, 0], reuseAddr: true });
      const second = yield* noting({ localAddr: addressOf(first.transport), reuseAddr: true });
      first.transport.close();
      second.transport.close();
    });
  });

  test("may send to everybody only if it was allowed to", async () => {
    await live(function* () {
      const careful = yield* noting({ localAddr: ["0.0.0.0", 0] });
      careful.transport.sendTo("x", ["255.255.255.255", 9]);
      assert.match(yield* careful.notes.get(), /^error E(ACCES|PERM|NETUNREACH)$/);
      careful.transport.close();
      const allowed = yield* noting({ localAddr: ["0.0.0.0", 0], allowBroadcast: true });
      allowed.transport.close();
    });
  });

  test("closes when what waits is sent, and not before", async () => {
    await live(function* () {
      const server = yield* noting({ localAddr: [LOCAL, 0] });
      const client = yield* noting({ family: 4 });
      // The name takes a while to be looked up.
      client.transport.sendTo("late", ["localhost", addressOf(server.transport)[1]]);
      client.transport.close();
      assert.equal(yield* server.notes.get(), "data late");
      assert.equal(yield* client.notes.get(), "lost null");
      const aborted = yield* noting({ family: 4 });
      (aborted.transport as DatagramTransport).sendTo("dropped", ["localhost", addressOf(server.transport)[1]]);
      aborted.transport.abort();
      assert.equal(yield* aborted.notes.get(), "lost null");
      assert.match(`${aborted.transport}`, /^<DatagramTransport closed>$/);
      server.transport.close();
    });
    assert.deepEqual(await leftovers(), []);
  });

  test("a protocol that fails is reported, and goes on", async () => {
    const { reports } = await liveReports(function* () {
      class Failing extends Noting {
        override datagramReceived(data: Buffer, from: Address): void {
          super.datagramReceived(data, from);
          throw new RangeError(`bad ${data}`);
        }
      }
      const [transport, protocol] = yield* createDatagramEndpoint(() => new Failing(), { localAddr: [LOCAL, 0] });
      transport.sendTo("one", addressOf(transport));
      transport.sendTo("two", addressOf(transport));
      for (let i = 0; i < 3; i++) yield* protocol.notes.get();
      transport.close();
    });
    assert.deepEqual(
      reports.map(({ exception }) => String(exception)),
      ["RangeError: bad one", "RangeError: bad two"],
    );
  });

  test("is closed with its loop", async () => {
    await live(function* () {
      yield* noting({ localAddr: [LOCAL, 0] });
    });
    assert.deepEqual(await leftovers(), []);
  });

  test("has no place in virtual time", () => {
    const loop = new VirtualEventLoop();
    const main = createDatagramEndpoint(() => new Noting(), { localAddr: [LOCAL, 0] });
    assert.throws(() => loop.runUntilComplete(main), /createDatagramEndpoint\(\) on a VirtualEventLoop/);
    loop.close();
  });
});

test("cancelled anywhere, no datagram endpoint is left", async () => {
  const before = activeResources();
  const points = await cancelEverywhere(function* () {
    const server = yield* noting({ localAddr: ["localhost", 0], family: 4 });
    try {
      const client = yield* noting({ remoteAddr: addressOf(server.transport) });
      try {
        client.transport.sendTo("hello");
        yield* server.notes.get();
      } finally {
        client.transport.close();
      }
    } finally {
      server.transport.close();
    }
  });
  assert.ok(points > 5);
  assert.deepEqual(await leftovers(before), []);
});

test("Node's own sockets are answered", async () => {
  await live(function* () {
    const [echo] = yield* createDatagramEndpoint(() => new Echo(), { localAddr: [LOCAL, 0] });
    const socket = createSocket("udp4");
    try {
      const answered = onceEmitted(socket, "message");
      socket.send("hello", addressOf(echo)[1], LOCAL);
      const [message] = yield* from(answered);
      assert.equal(String(message), "hello");
    } finally {
      socket.close();
      echo.close();
    }
  });
});

test("nc is answered", peer("nc"), async () => {
  await live(function* () {
    const [echo] = yield* createDatagramEndpoint(() => new Echo(), { localAddr: [LOCAL, 0] });
    const args = ["-u", LOCAL, `${addressOf(echo)[1]}`];
    using nc = yield* createSubprocessExec(peer("nc").path, args, { stdin: PIPE, stdout: PIPE });
    nc.stdin.write("hello\n");
    assert.equal(String(yield* nc.stdout.readLine()), "hello\n");
    yield* nc.stop();
    echo.close();
  });
});

/** Sends what comes back, with its sender's port, in asyncio. */
const PYTHON_ECHO = `
import asyncio

class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport
        print(transport.get_extra_info("sockname")[1], flush=True)
    def datagram_received(self, data, addr):
        self.transport.sendto(data.upper(), addr)

async def main():
    await asyncio.get_running_loop().create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
    await asyncio.sleep(1000)

asyncio.run(main())
`;

test("asyncio's echo answers", python(), async () => {
  await live(function* () {
    using child = yield* createSubprocessExec(python().path, ["-c", PYTHON_ECHO], { stdout: PIPE });
    const port = Number(String(yield* child.stdout.readLine()));
    const client = yield* noting({ remoteAddr: [LOCAL, port] });
    const wait = createTask(client.notes.get());
    client.transport.sendTo("hello");
    assert.equal(yield* wait, "data HELLO");
    client.transport.close();
    yield* child.stop({ signal: "SIGKILL" });
  });
});
