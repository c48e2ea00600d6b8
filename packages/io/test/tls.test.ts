import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { connect, TLSSocket } from "node:tls";
import { type Coroutine, createTask, Event, from, gather, getRunningLoop, HostEventLoop, run, sleep } from "yieldfrom";
import {
  ConnectionAbortedError,
  ConnectionResetError,
  createConnection,
  createServer,
  OSError,
  openConnection,
  Protocol,
  type Server,
  type ServerOptions,
  SSLCertVerificationError,
  SSLError,
  type StreamReader,
  type StreamWriter,
  startServer,
  startTls,
  type Transport,
} from "../src/index.ts";
import { certificateFor } from "./certificates.ts";
import { failureOf, text } from "./helpers.ts";
import { nodeServer, real, turns } from "./real.ts";

const localhost = await certificateFor("localhost");
const trusting = { ssl: { ca: localhost.cert }, serverHostname: "localhost" } as const;

function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  try {
    for (;;) {
      const line = yield* reader.readLine();
      if (line.length === 0) break;
      writer.write(line);
      yield* writer.drain();
    }
  } finally {
    writer.close();
  }
}

function* tlsServer(
  body: (port: number, server: Server) => Coroutine<void>,
  options: ServerOptions = {},
  serve = echo,
): Coroutine<void> {
  const server = yield* startServer(serve, "127.0.0.1", 0, { ssl: localhost, ...options });
  yield* server.use(function* () {
    try {
      yield* body(server.port, server);
    } catch (error) {
      // Or the test would wait for its connections.
      server.abortClients();
      throw error;
    }
  });
}

describe("TLS", () => {
  test("carries lines both ways, and tells of itself", () =>
    real(function* () {
      yield* tlsServer(function* (port) {
        const [reader, writer] = yield* openConnection("127.0.0.1", port, trusting);
        writer.write("hello\n");
        assert.equal(yield* text(reader.readLine()), "hello\n");
        assert.equal(writer.canWriteEof(), false);
        assert.throws(
          () => writer.writeEof(),
          /^RuntimeError: writeEof\(\) on <TLSSocketTransport .*>: TLS can't end one half/,
        );
        assert.equal(writer.getExtraInfo("peercert")?.subject.CN, "localhost");
        assert.match(writer.getExtraInfo("cipher")!.version, /^TLSv1/);
        assert.ok(writer.getExtraInfo("sslObject") instanceof TLSSocket);
        assert.equal(writer.getExtraInfo("sslContext"), trusting.ssl);
        assert.equal(writer.getExtraInfo("alpnProtocol"), null);
        assert.deepEqual(writer.getExtraInfo("peername"), ["127.0.0.1", port]);
        writer.close();
        yield* writer.waitClosed();
      });
    }));

  test("much of it, with backpressure both ways", () =>
    real(function* () {
      yield* tlsServer(
        function* (port) {
          const [reader, writer] = yield* openConnection("127.0.0.1", port, trusting);
          let most = 0;
          const chunk = Buffer.alloc(100_000, "y");
          const sending = function* () {
            for (let i = 0; i < 100; i++) {
              writer.write(chunk);
              most = Math.max(most, writer.transport.getWriteBufferSize());
              yield* writer.drain();
            }
          };
          const receiving = function* () {
            for (let left = 10_000_000; left > 0; ) left -= (yield* reader.read(65_536)).length;
          };
          yield* gather([sending(), receiving()]);
          assert.ok(most <= 65_536 + chunk.length, `${most}`);
          writer.close();
          yield* writer.waitClosed();
        },
        {},
        function* (reader, writer) {
          for (;;) {
            const data = yield* reader.read(65_536);
            if (data.length === 0) break;
            writer.write(data);
            yield* writer.drain();
          }
          writer.close();
        },
      );
    }));

  test("all that was written arrives before the end, also if the writer closes at once", () =>
    real(function* () {
      const size = 1_000_000;
      yield* tlsServer(
        function* (port) {
          const [reader, writer] = yield* openConnection("127.0.0.1", port, trusting);
          assert.equal((yield* reader.read()).length, size);
          writer.close();
          yield* writer.waitClosed();
        },
        {},
        function* (_, writer) {
          writer.write(Buffer.alloc(size));
          writer.close();
          yield* sleep(0);
        },
      );
    }));

  test("chooses a protocol by ALPN, and knows the client by its certificate", () =>
    real(function* () {
      const client = yield* from(certificateFor("client"));
      const seen: unknown[] = [];
      yield* tlsServer(
        function* (port) {
          const ssl = { ...trusting.ssl, ...client, ALPNProtocols: ["b", "c"] };
          const [reader, writer] = yield* openConnection("127.0.0.1", port, { ssl, serverHostname: "localhost" });
          assert.equal(writer.getExtraInfo("alpnProtocol"), "b");
          assert.equal(yield* text(reader.read()), "");
          writer.close();
        },
        { ssl: { ...localhost, ALPNProtocols: ["a", "b"], requestCert: true, ca: client.cert } },
        function* (_, writer) {
          seen.push(writer.getExtraInfo("peercert")?.subject.CN, writer.getExtraInfo("alpnProtocol"));
          writer.close();
          yield* sleep(0);
        },
      );
      assert.deepEqual(seen, ["client", "b"]);
    }));

  test("an EOF that the protocol would keep open closes it all the same", () =>
    real(function* () {
      const calls: string[] = [];
      class Keeping extends Protocol {
        override eofReceived(): boolean {
          calls.push("eof");
          return true;
        }

        override connectionLost(error: Error | null): void {
          calls.push(`lost ${error}`);
        }
      }
      yield* tlsServer(
        function* (port) {
          yield* createConnection(() => new Keeping(), "127.0.0.1", port, trusting);
          while (calls.length < 2) yield* turns();
          assert.deepEqual(calls, ["eof", "lost null"]);
        },
        {},
        function* (_, writer) {
          writer.close();
          yield* sleep(0);
        },
      );
    }));
});

describe("a certificate", () => {
  test("that is signed by nobody who is trusted", () =>
    real(function* () {
      yield* tlsServer(function* (port) {
        const error = yield* failureOf(openConnection("127.0.0.1", port, { ssl: true, serverHostname: "localhost" }));
        assert.ok(error instanceof SSLCertVerificationError && error instanceof SSLError && error instanceof OSError);
        assert.equal(error.code, "DEPTH_ZERO_SELF_SIGNED_CERT");
        assert.equal(
          error.message,
          `connect to 127.0.0.1:${port}: the certificate of "localhost" is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT); if you trust it, give its authority by \`ssl: { ca: readFileSync(…) }\``,
        );
        assert.equal((error.cause as NodeJS.ErrnoException).code, error.code);
        const unchecked = { ssl: { rejectUnauthorized: false } };
        const [, writer] = yield* openConnection("127.0.0.1", port, unchecked);
        writer.close();
        yield* writer.waitClosed();
      });
    }));

  test("that is for another host", () =>
    real(function* () {
      yield* tlsServer(function* (port) {
        for (const serverHostname of ["example.com", undefined]) {
          const options = { ssl: trusting.ssl, ...(serverHostname === undefined ? {} : { serverHostname }) };
          const error = yield* failureOf(openConnection("127.0.0.1", port, options));
          assert.ok(error instanceof SSLCertVerificationError, `${error}`);
          assert.equal(error.code, "ERR_TLS_CERT_ALTNAME_INVALID");
          assert.equal(
            error.message,
            `connect to 127.0.0.1:${port}: the certificate is not for "${serverHostname ?? "127.0.0.1"}" but for DNS:localhost; connect by that name, or name it by \`serverHostname\``,
          );
        }
        const [, writer] = yield* openConnection("127.0.0.1", port, { ssl: trusting.ssl, serverHostname: "" });
        writer.close();
        yield* writer.waitClosed();
      });
    }));

  test("that has expired", () =>
    real(function* () {
      const day = 86_400_000;
      const now = Date.now();
      const old = yield* from(certificateFor("localhost", { from: new Date(now - 2 * day), to: new Date(now - day) }));
      yield* tlsServer(
        function* (port) {
          const ssl = { ca: old.cert };
          const error = yield* failureOf(openConnection("127.0.0.1", port, { ssl, serverHostname: "localhost" }));
          assert.match(
            `${error}`,
            /^SSLCertVerificationError: .*: the certificate of "localhost" has expired \(CERT_HAS_EXPIRED\)$/,
          );
        },
        { ssl: old },
      );
    }));
});

describe("a handshake", () => {
  test("with someone who speaks plain text", () =>
    real(function* () {
      yield* nodeServer(
        (socket) => void socket.write("220 welcome\r\n"),
        function* (port) {
          const error = yield* failureOf(openConnection("127.0.0.1", port, trusting));
          assert.ok(error instanceof SSLError, `${error}`);
          assert.match(error.message, /TLS handshake: what came is not TLS; does it speak plain text on this port\?/);
        },
      );
    }));

  test("that the other end cuts off", () =>
    real(function* () {
      yield* nodeServer(
        (socket) => void socket.once("data", () => socket.destroy()),
        function* (port) {
          const error = yield* failureOf(openConnection("127.0.0.1", port, trusting));
          assert.ok(error instanceof ConnectionResetError, `${error}`);
          assert.match(error.message, /TLS handshake: the other end cut the connection off \(ECONNRESET\)$/);
        },
      );
    }));

  test("that never ends is given up, at both ends", () =>
    real(function* () {
      yield* nodeServer(
        (socket) => void socket.resume(),
        function* (port) {
          const options = { ...trusting, sslHandshakeTimeout: 30 };
          const error = yield* failureOf(openConnection("127.0.0.1", port, options));
          assert.ok(error instanceof ConnectionAbortedError);
          assert.equal(error.message, `connect to 127.0.0.1:${port}: the TLS handshake was not done in 30 ms`);
        },
      );
      yield* tlsServer(
        function* (port) {
          const [reader, writer] = yield* openConnection("127.0.0.1", port);
          assert.equal(yield* text(reader.read()), "");
          writer.close();
        },
        { sslHandshakeTimeout: 30 },
      );
    }));

  test("by garbage ends that connection alone, silently", () =>
    real(function* () {
      yield* tlsServer(function* (port) {
        const [reader, writer] = yield* openConnection("127.0.0.1", port);
        writer.write("GET / HTTP/1.0\r\n\r\n");
        yield* reader.read();
        writer.close();
        const good = yield* openConnection("127.0.0.1", port, trusting);
        good[1].write("still there\n");
        assert.equal(yield* text(good[0].readLine()), "still there\n");
        good[1].close();
        yield* good[1].waitClosed();
      });
    }));

  test("of a server's client counts as its connection", () =>
    real(function* () {
      yield* tlsServer(function* (port, server) {
        const [reader, writer] = yield* openConnection("127.0.0.1", port);
        while (!`${server}`.includes("1 connections")) yield* turns();
        const good = yield* openConnection("127.0.0.1", port, trusting);
        good[1].write("a\n");
        yield* good[0].readLine();
        assert.match(`${server}`, /2 connections/);
        server.close();
        server.closeClients();
        assert.equal(yield* text(reader.read()), "");
        assert.equal(yield* text(good[0].read()), "");
        writer.close();
        good[1].close();
      });
    }));
});

test("a loop that is closed ends the handshakes under way", () =>
  real(function* () {
    // In a run of its own: the client, which never begins its handshake, is this one's.
    let port: ((port: number) => void) | undefined;
    const listening = new Promise<number>((resolve) => {
      port = resolve;
    });
    const loop = new HostEventLoop();
    loop.setExceptionHandler(() => {});
    let server: Server | undefined;
    const serving = run(
      function* () {
        server = yield* startServer(echo, "127.0.0.1", 0, { ssl: localhost });
        port?.(server.port);
        while (!`${server}`.includes("1 connections")) yield* turns();
        server.close();
      },
      { loop },
    );
    const [reader, writer] = yield* openConnection("127.0.0.1", yield* from(listening));
    yield* from(serving);
    assert.equal(yield* text(reader.read()), "");
    writer.close();
  }));

describe("the end of TLS", () => {
  test("close sends what waits also to one that has said good-bye meanwhile", () =>
    real(function* () {
      const size = 20_000_000;
      const closing = new Event();
      yield* tlsServer(
        function* (port) {
          const options = { host: "127.0.0.1", port, ca: localhost.cert, servername: "localhost", allowHalfOpen: true };
          const socket = connect(options);
          socket.pause();
          yield* closing.wait();
          socket.end();
          yield* turns();
          let received = 0;
          socket.on("data", (chunk: Buffer) => {
            received += chunk.length;
          });
          socket.resume();
          yield* from(once(socket, "close"));
          assert.equal(received, size);
        },
        {},
        function* (_, writer) {
          writer.write(Buffer.alloc(size));
          writer.close();
          closing.set();
          yield* writer.waitClosed();
        },
      );
    }));

  test("closes also while reading is paused, and does not wait for what it would not read", () =>
    real(function* () {
      const full = new Event();
      yield* tlsServer(
        function* (port) {
          const [, writer] = yield* openConnection("127.0.0.1", port, trusting);
          writer.write(Buffer.alloc(300_000));
          yield* full.wait();
          writer.close();
          yield* writer.waitClosed();
        },
        {},
        function* (reader, writer) {
          // Until the reader holds too much, and has paused its transport.
          while (!`${reader}`.includes("paused")) yield* turns();
          writer.close();
          full.set();
          yield* writer.waitClosed();
        },
      );
    }));

  test("waits for the other end no longer than sslShutdownTimeout", () =>
    real(function* () {
      let lost: Error | null | undefined;
      class Closing extends Protocol {
        override connectionLost(error: Error | null): void {
          lost = error;
        }
      }
      // It never reads, and so never answers the good-bye.
      const server = yield* createServer(
        () =>
          new (class extends Protocol {
            override connectionMade(transport: Transport): void {
              transport.pauseReading();
            }
          })(),
        "127.0.0.1",
        0,
        { ssl: localhost },
      );
      yield* server.use(function* () {
        const options = { ...trusting, sslShutdownTimeout: 30 };
        const [transport] = yield* createConnection(() => new Closing(), "127.0.0.1", server.port, options);
        const start = getRunningLoop().time();
        transport.close();
        while (lost === undefined) yield* turns();
        assert.match(
          `${lost}`,
          /^TimeoutError: <TLSSocketTransport .* was closed, and the other end has not taken what was sent, or not said good-bye, in 30 ms$/,
        );
        assert.ok(getRunningLoop().time() - start >= 29);
        server.abortClients();
      });
    }));

  test("abort does not wait", () =>
    real(function* () {
      yield* tlsServer(function* (port, server) {
        const [, writer] = yield* openConnection("127.0.0.1", port, trusting);
        writer.transport.abort();
        yield* writer.waitClosed();
        server.abortClients();
      });
    }));
});

describe("startTls", () => {
  /** Speaks plain text until the client asks for TLS. */
  function* starting(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    for (;;) {
      const line = yield* text(reader.readLine());
      if (line === "") break;
      if (line === "STARTTLS\n") {
        writer.write("go ahead\n");
        yield* writer.startTls(localhost);
      } else writer.write(`${writer.canWriteEof() ? "plain" : "TLS"} ${line}`);
    }
    writer.close();
  }

  test("puts TLS over the connection; reader and writer stay the same", () =>
    real(function* () {
      const server = yield* startServer(starting, "127.0.0.1", 0);
      yield* server.use(function* () {
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        const before = writer.transport;
        const ask = function* (line: string) {
          writer.write(line);
          return yield* text(reader.readLine());
        };
        assert.equal(yield* ask("one\n"), "plain one\n");
        assert.equal(yield* ask("STARTTLS\n"), "go ahead\n");
        yield* writer.startTls({ ca: localhost.cert }, { serverHostname: "localhost" });
        assert.equal(yield* ask("two\n"), "TLS two\n");
        assert.equal(writer.getExtraInfo("peercert")?.subject.CN, "localhost");
        assert.deepEqual(writer.getExtraInfo("peername"), ["127.0.0.1", server.port]);
        assert.notEqual(writer.transport, before);
        assert.match(`${server}`, /1 connections/);
        const again = yield* failureOf(writer.startTls(true, { serverHostname: "localhost" }));
        assert.match(`${again}`, /^RuntimeError: startTls\(\) of <TLSSocketTransport .*>, which speaks TLS already$/);
        (before as Transport).close(); // Which closes what took its place.
        assert.equal(writer.isClosing(), true);
        yield* writer.waitClosed();
      });
    }));

  test("a handshake that came early is not lost", () =>
    real(function* () {
      const server = yield* startServer(
        function* (reader, writer) {
          yield* reader.readLine();
          yield* turns(); // The client's handshake comes meanwhile, into the reader.
          yield* writer.startTls(localhost);
          writer.write(yield* reader.readLine());
          writer.close();
        },
        "127.0.0.1",
        0,
      );
      yield* server.use(function* () {
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        writer.write("STARTTLS\n");
        yield* writer.startTls({ ca: localhost.cert }, { serverHostname: "localhost" });
        writer.write("safe\n");
        assert.equal(yield* text(reader.read()), "safe\n");
        writer.close();
        yield* writer.waitClosed();
      });
    }));

  test("that fails loses the connection", () =>
    real(function* () {
      const server = yield* startServer(starting, "127.0.0.1", 0);
      yield* server.use(function* () {
        const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
        writer.write("STARTTLS\n");
        yield* reader.readLine();
        const error = yield* failureOf(writer.startTls(true, { serverHostname: "localhost" }));
        assert.ok(error instanceof SSLCertVerificationError, `${error}`);
        assert.equal(yield* failureOf(writer.waitClosed()), error);
        assert.equal(yield* failureOf(reader.read()), error);
        server.abortClients();
      });
    }));

  test("cancelled, closes the connection, and cancels nobody else who waits for that", () =>
    real(function* () {
      yield* nodeServer(
        (socket) => void socket.resume(),
        function* (port) {
          const [reader, writer] = yield* openConnection("127.0.0.1", port);
          const starting = createTask(writer.startTls(true, { serverHostname: "x" }));
          yield* turns();
          starting.cancel();
          yield* failureOf(starting);
          assert.equal(starting.cancelled(), true);
          yield* writer.waitClosed();
          assert.equal(writer.isClosing(), true);
          assert.equal(yield* text(reader.read()), "");
        },
      );
    }));

  test("of transports, as asyncio's loop has it, and what it refuses", () =>
    real(function* () {
      const server = yield* startServer(starting, "127.0.0.1", 0);
      yield* server.use(function* () {
        const received: string[] = [];
        class Receiving extends Protocol {
          override dataReceived(data: Buffer): void {
            received.push(`${data}`);
          }
        }
        const [transport, protocol] = yield* createConnection(() => new Receiving(), "127.0.0.1", server.port);
        transport.write("STARTTLS\n");
        while (received.length < 1) yield* turns();
        assert.match(
          `${yield* failureOf(startTls(transport, protocol, true))}`,
          /^TypeError: startTls\(\) of a client needs `serverHostname`/,
        );
        const ssl = { ca: localhost.cert };
        const upgraded = yield* startTls(transport, protocol, ssl, { serverHostname: "localhost" });
        upgraded.write("hi\n");
        while (received.length < 2) yield* turns();
        assert.deepEqual(received, ["go ahead\n", "TLS hi\n"]);
        upgraded.close();
        assert.match(
          `${yield* failureOf(startTls(upgraded, protocol, ssl, { serverHostname: "x" }))}`,
          /^RuntimeError: startTls\(\) of <.*>, which is closing$/,
        );
      });
    }));
});
