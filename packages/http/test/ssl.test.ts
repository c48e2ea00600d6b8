import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { createServer, type ServerOptions } from "node:https";
import { connect, type Socket } from "node:net";
import { before, describe, test } from "node:test";
import { createSecureContext, type TLSSocket } from "node:tls";
import { cancelEverywhere } from "@yieldfrom/testing";
import { type Coroutine, from, run } from "yieldfrom";
import {
  ClientConnectorCertificateError,
  ClientConnectorError,
  ClientConnectorSSLError,
  ClientSession,
  ClientSSLError,
  ServerFingerprintMismatch,
  type Ssl,
} from "../src/index.ts";
import { type Certificate, certificate } from "./certificates.ts";
import { closedWhole } from "./closed-whole.ts";
import { failureOf } from "./failure-of.ts";
import { leavesNothing } from "./leaves-nothing.ts";
import { serveBytes, serveTcp, TestServer } from "./server.ts";

leavesNothing();

const DAY = 86_400_000;
let good: Certificate;
let expired: Certificate;
let elsewhere: Certificate;

before(async () => {
  good = await certificate();
  expired = await certificate({ from: new Date(Date.now() - 9 * DAY), until: new Date(Date.now() - DAY) });
  elsewhere = await certificate({ names: ["elsewhere.example"], ip: false });
});

/** An https server that says what it knows of its client. */
async function serveTls(own: Certificate, options: ServerOptions = {}): Promise<TestServer> {
  const server = createServer({ ...own, keepAliveTimeout: 60_000, ...options }, (request, response) => {
    const socket = request.socket as TLSSocket;
    const to = new URL(request.url ?? "", "http://x").searchParams.get("to");
    if (to !== null) response.writeHead(302, { location: to });
    const peer = socket.getPeerCertificate();
    response.end(
      JSON.stringify({ name: socket.servername, client: peer?.subject?.CN, resumed: socket.isSessionReused() }),
    );
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return new TestServer(server);
}

interface Seen {
  readonly name: string | false;
  readonly client?: string;
  readonly resumed: boolean;
}

function* fetchSeen(session: ClientSession, url: string, options = {}): Coroutine<Seen> {
  using response = yield* session.get(url, options);
  return yield* response.json<Seen>(null);
}

async function failing(server: TestServer, ssl: Ssl, host = "127.0.0.1"): Promise<Error> {
  return run(function* () {
    using session = new ClientSession({ connector: { ssl, family: 4 } });
    return (yield* failureOf(session.get(`https://${host}:${server.port}/`))) as Error;
  });
}

describe("a certificate", () => {
  test("that `ca` vouches for is trusted", async () => {
    await using server = await serveTls(good);
    await run(function* () {
      using session = new ClientSession({ connector: { ssl: { ca: good.cert }, family: 4 } });
      assert.deepEqual((yield* fetchSeen(session, `https://localhost:${server.port}/`)).name, "localhost");
      assert.deepEqual((yield* fetchSeen(session, `https://127.0.0.1:${server.port}/`)).name, false);
    });
  });

  test("that signs itself is not, and the error says what to write", async () => {
    await using server = await serveTls(good);
    const error = await failing(server, true);
    assert.ok(error instanceof ClientConnectorCertificateError, String(error));
    assert.ok(error instanceof ClientSSLError && error instanceof ClientConnectorError);
    assert.deepEqual(
      [error.name, error.code, error.certificateError, error.phase],
      [
        "ClientConnectorCertificateError",
        "ERR_CLIENT_CONNECTOR_CERTIFICATE",
        "DEPTH_ZERO_SELF_SIGNED_CERT",
        "connecting",
      ],
    );
    assert.equal(
      error.message,
      `GET https://127.0.0.1:${server.port}/: the server's certificate is not trusted: self-signed certificate; if you trust who signed it, name that certificate by \`ssl: { ca: pem }\`, or this one alone by \`ssl: { fingerprint: sha256 }\` while connecting`,
    );
  });

  test("that has expired is not", async () => {
    await using server = await serveTls(expired);
    const error = await failing(server, { ca: expired.cert });
    assert.ok(error instanceof ClientConnectorCertificateError, String(error));
    assert.equal(error.certificateError, "CERT_HAS_EXPIRED");
    assert.match(error.message, /certificate has expired; its owner has to renew it/);
  });

  test("that is for another name is not, and the error names it", async () => {
    await using server = await serveTls(elsewhere);
    const error = await failing(server, { ca: elsewhere.cert }, "localhost");
    assert.ok(error instanceof ClientConnectorCertificateError, String(error));
    assert.equal(error.certificateError, "ERR_TLS_CERT_ALTNAME_INVALID");
    assert.match(error.message, /\(it is for DNS:elsewhere.example\); .*`ssl: \{ servername: "that name" \}`/);
  });

  test("is for the name of `servername` or `serverHostname`, if there is one", async () => {
    await using server = await serveTls(elsewhere);
    await run(function* () {
      const url = `https://127.0.0.1:${server.port}/`;
      using session = new ClientSession({
        connector: { ssl: { ca: elsewhere.cert, servername: "elsewhere.example" } },
      });
      assert.equal((yield* fetchSeen(session, url)).name, "elsewhere.example");
      using other = new ClientSession({ connector: { ssl: { ca: elsewhere.cert } } });
      assert.equal((yield* fetchSeen(other, url, { serverHostname: "elsewhere.example" })).name, "elsewhere.example");
      // The connection is not for requests of another name.
      assert.ok((yield* failureOf(other.get(url))) instanceof ClientConnectorCertificateError);
    });
  });

  test("is not looked at with `ssl: false`, of the connector or the request", async () => {
    await using server = await serveTls(expired);
    await run(function* () {
      const url = `https://127.0.0.1:${server.port}/`;
      using lax = new ClientSession({ connector: { ssl: false } });
      assert.equal((yield* lax.get(url)).status, 200);
      using session = new ClientSession();
      assert.equal((yield* session.get(url, { ssl: false })).status, 200);
      assert.ok((yield* failureOf(session.get(url))) instanceof ClientConnectorCertificateError);
    });
  });

  test("that is pinned is the only one accepted, expired or not", async () => {
    await using server = await serveTls(expired);
    const { fingerprint256 } = new X509Certificate(expired.cert);
    await run(function* () {
      const url = `https://127.0.0.1:${server.port}/`;
      const bytes = Buffer.from(fingerprint256.replaceAll(":", ""), "hex");
      for (const fingerprint of [fingerprint256, fingerprint256.toLowerCase().replaceAll(":", ""), bytes]) {
        using session = new ClientSession({ connector: { ssl: { fingerprint } } });
        yield* fetchSeen(session, url);
      }
      using session = new ClientSession({ connector: { ssl: { fingerprint: "ab".repeat(32) } } });
      const error = yield* failureOf(session.get(url));
      assert.ok(error instanceof ServerFingerprintMismatch, String(error));
      assert.deepEqual([error.expected, error.got], ["ab".repeat(32), bytes.toString("hex")]);
      assert.match(error.message, /the server's certificate has the SHA-256 fingerprint [0-9a-f]{64}, not (ab){32}/);
    });
    assert.throws(
      () => new ClientSession({ connector: { ssl: { fingerprint: "ab:cd" } } }),
      /Expected `ssl.fingerprint`/,
    );
  });

  test("of the client is shown", async () => {
    const mine = await certificate({ names: ["client.example"] });
    await using server = await serveTls(good, { requestCert: true, ca: [mine.cert] });
    await run(function* () {
      using session = new ClientSession({ connector: { ssl: { ca: good.cert, cert: mine.cert, key: mine.key } } });
      assert.equal((yield* fetchSeen(session, `https://127.0.0.1:${server.port}/`)).client, "client.example");
    });
  });

  test("of the client, if it is of one request, goes to the origin that was asked and with no redirect to another", async () => {
    const mine = await certificate({ names: ["client.example"] });
    const options: ServerOptions = { requestCert: true, rejectUnauthorized: false, ca: [mine.cert] };
    await using server = await serveTls(good, options);
    await using other = await serveTls(good, options);
    const own = { ca: good.cert, cert: mine.cert, key: mine.key };
    const { cert: _, key: __, ca } = own;
    const at = (one: TestServer, ...via: TestServer[]): string => {
      const url = `https://127.0.0.1:${one.port}/`;
      const [next, ...others] = via;
      return next === undefined ? url : `${url}?to=${encodeURIComponent(at(next, ...others))}`;
    };
    await run(function* () {
      using session = new ClientSession();
      for (const ssl of [own, { ca, pfx: undefined, secureContext: createSecureContext(own) }] as Ssl[]) {
        for (const [url, client] of [
          [at(server), "client.example"],
          [at(server, server), "client.example"],
          [at(server, other), undefined],
          [at(other), "client.example"],
        ] as const) {
          assert.equal((yield* fetchSeen(session, url, { ssl })).client, client, url);
        }
      }
      const { connections } = other;
      assert.equal((yield* fetchSeen(session, at(server, other), { ssl: own })).client, undefined);
      assert.equal(other.connections, connections, "the connections without it are kept as well");

      // The connector's is for all that it connects to.
      using known = new ClientSession({ connector: { ssl: own } });
      assert.equal((yield* fetchSeen(known, at(server, other))).client, "client.example");
      using both = new ClientSession({ connector: { ssl: own } });
      assert.equal((yield* fetchSeen(both, at(server, other), { ssl: { ca } })).client, undefined);
    });
  });

  test("of the client, if it is of one request, is not for its proxy", async () => {
    const mine = await certificate({ names: ["client.example"] });
    await using server = await serveTls(good, { requestCert: true, ca: [mine.cert] });
    const seen: unknown[] = [];
    const listener = createServer({ ...good, requestCert: true, rejectUnauthorized: false, ca: [mine.cert] });
    listener.on("connect", (request: IncomingMessage, socket: Socket) => {
      seen.push((request.socket as TLSSocket).getPeerCertificate()?.subject?.CN);
      const onward = connect(server.port, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.pipe(onward).pipe(socket);
      });
      onward.on("error", () => socket.destroy()).on("close", () => socket.destroy());
      socket.on("error", () => {}).on("close", () => onward.destroy());
    });
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    await using proxy = new TestServer(listener);
    const ssl = { ca: good.cert, cert: mine.cert, key: mine.key };
    const url = `https://127.0.0.1:${server.port}/`;
    await run(function* () {
      using session = new ClientSession({ proxy: `https://127.0.0.1:${proxy.port}` });
      assert.equal((yield* fetchSeen(session, url, { ssl })).client, "client.example");
      using all = new ClientSession({ proxy: `https://127.0.0.1:${proxy.port}`, connector: { ssl } });
      assert.equal((yield* fetchSeen(all, url)).client, "client.example");
    });
    assert.deepEqual(seen, [undefined, "client.example"]);
  });

  test("need not be checked again: the TLS session is taken up", async () => {
    await using server = await serveTls(good);
    await run(function* () {
      using session = new ClientSession({ connector: { ssl: { ca: good.cert } } });
      const url = `https://127.0.0.1:${server.port}/`;
      assert.equal((yield* fetchSeen(session, url)).resumed, false);
      for (const socket of server.sockets) socket.end();
      yield* from(server.until(() => server.sockets.size === 0));
      assert.equal((yield* fetchSeen(session, url)).resumed, true);
    });
  });
});

describe("a handshake", () => {
  test("with a server that answers garbage", async () => {
    await using server = await serveBytes("220 mail.example ESMTP\r\n");
    const error = await failing(server, true);
    assert.ok(error instanceof ClientConnectorSSLError && !(error instanceof ClientConnectorCertificateError));
    assert.equal(error.code, "ERR_CLIENT_CONNECTOR_SSL");
    assert.match(error.message, /TLS could not be agreed upon with 127.0.0.1:\d+: .*not TLS, it may want http/);
  });

  for (const how of ["end", "resetAndDestroy"] as const) {
    test(`with a server that closes: ${how}`, async () => {
      await using server = await serveTcp((socket) => void socket.once("data", () => socket[how]()));
      const error = await failing(server, true);
      assert.ok(error instanceof ClientConnectorError, String(error));
      assert.match(error.message, /no connection could be made: .* while connecting/);
    });
  }

  test("with a server of older TLS only", async () => {
    await using server = await serveTls(good, { maxVersion: "TLSv1.2" });
    const error = await failing(server, { ca: good.cert, minVersion: "TLSv1.3" });
    assert.ok(error instanceof ClientConnectorSSLError, String(error));
    assert.match(error.message, /TLS could not be agreed upon .*protocol version/);
  });
});

test("a cancellation at any point of a TLS connection leaves nothing", async () => {
  await using server = await serveTls(good);
  const points = await cancelEverywhere(function* () {
    const session = new ClientSession({ connector: { ssl: { ca: good.cert }, limit: 2, family: 4 } });
    const url = `https://localhost:${server.port}/`;
    try {
      assert.equal((yield* fetchSeen(session, url)).name, "localhost");
    } finally {
      yield* closedWhole(session, 2, url);
    }
  });
  assert.ok(points >= 6, String(points));
});
