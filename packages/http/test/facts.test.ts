/** What a caller that tries again can tell of an error, without reading its text: by class, `code`, `phase` and `errno`. */
import assert from "node:assert/strict";
import { createServer } from "node:https";
import { before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { type Coroutine, run } from "yieldfrom";
import {
  ClientConnectionError,
  ClientError,
  type ClientOSError,
  ClientSession,
  type ClientSessionOptions,
  type RequestOptions,
  ServerTimeoutError,
} from "../src/index.ts";
import { type Certificate, certificate } from "./certificates.ts";
import { failureOf } from "./failure-of.ts";
import { leavesNothing } from "./leaves-nothing.ts";
import { serveProxy } from "./proxy-server.ts";
import { refusedPort, serve, serveBytes, serveSilence, serveTcp, TestServer } from "./server.ts";
import { serveSocks } from "./socks-server.ts";

leavesNothing();

let own: Certificate;
before(async () => {
  own = await certificate();
});

const HEAD = "HTTP/1.1 200 OK\r\n";

interface Case {
  /** What the server or the network does. */
  readonly what: string;
  readonly server?: () => Promise<TestServer>;
  readonly url?: (server: TestServer | undefined) => string | Promise<string>;
  readonly options?: (server: TestServer | undefined) => ClientSessionOptions & RequestOptions;
  readonly name: string;
  readonly code: string;
  readonly phase: string;
  /** Of a ClientOSError. */
  readonly errno?: string;
  /** Whether it is one of the connection, which another attempt may have better luck with. */
  readonly isConnection: boolean;
}

const failingLookup = (code: string) => () => ({
  connector: {
    resolver: () => {
      throw Object.assign(new Error(`getaddrinfo ${code} some.example`), { code });
    },
  },
});

async function serveSecure(): Promise<TestServer> {
  const server = createServer(own, (_, response) => void response.end());
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return new TestServer(server);
}

const redirectTo = (to: string) => () => serve((_, response) => void response.writeHead(302, { location: to }).end());
const somewhere = () => "http://some.example/";
const secureUrl = (server: TestServer | undefined) => `https://127.0.0.1:${server?.port}/`;

const CASES: readonly Case[] = [
  {
    what: "a port where nobody listens",
    url: async () => `http://127.0.0.1:${await refusedPort()}/`,
    ...{ name: "ClientConnectorError", code: "ERR_CLIENT_CONNECTOR", phase: "connecting" },
    ...{ errno: "ECONNREFUSED", isConnection: true },
  },
  {
    what: "a name that does not exist",
    url: somewhere,
    options: failingLookup("ENOTFOUND"),
    ...{ name: "ClientConnectorDNSError", code: "ERR_CLIENT_CONNECTOR_DNS", phase: "connecting" },
    ...{ errno: "ENOTFOUND", isConnection: true },
  },
  {
    what: "a name server that does not answer",
    url: somewhere,
    options: failingLookup("EAI_AGAIN"),
    ...{ name: "ClientConnectorDNSError", code: "ERR_CLIENT_CONNECTOR_DNS", phase: "connecting" },
    ...{ errno: "EAI_AGAIN", isConnection: true },
  },
  {
    what: "a certificate nobody knows",
    server: serveSecure,
    url: secureUrl,
    ...{ name: "ClientConnectorCertificateError", code: "ERR_CLIENT_CONNECTOR_CERTIFICATE", phase: "connecting" },
    isConnection: true,
  },
  {
    what: "no TLS",
    server: () => serve((_, response) => void response.end()),
    url: secureUrl,
    ...{ name: "ClientConnectorSSLError", code: "ERR_CLIENT_CONNECTOR_SSL", phase: "connecting" },
    isConnection: true,
  },
  {
    what: "a reset in the TLS handshake",
    server: () => serveTcp((socket) => void socket.once("data", () => socket.resetAndDestroy())),
    url: secureUrl,
    ...{ name: "ClientConnectorError", code: "ERR_CLIENT_CONNECTOR", phase: "connecting" },
    ...{ errno: "ECONNRESET", isConnection: true },
  },
  {
    what: "a connection that is closed before the headers",
    server: () => serveTcp((socket) => void socket.once("data", () => socket.end())),
    ...{ name: "ServerDisconnectedError", code: "ERR_SERVER_DISCONNECTED", phase: "waiting for headers" },
    isConnection: true,
  },
  {
    what: "an answer that is not HTTP",
    server: () => serveBytes("SSH-2.0-OpenSSH\r\n\r\n"),
    ...{ name: "ServerProtocolError", code: "ERR_SERVER_PROTOCOL", phase: "waiting for headers" },
    isConnection: true,
  },
  {
    what: "a body that ends early",
    server: () => serveBytes(`${HEAD}content-length: 9\r\n\r\nabc`, (socket) => void socket.end()),
    ...{ name: "ClientPayloadError", code: "ERR_CLIENT_PAYLOAD", phase: "reading the body" },
    isConnection: false,
  },
  {
    what: "a compressed body that ends early",
    server: () =>
      serve((_, response) => {
        response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("x".repeat(1000)).subarray(0, 20));
      }),
    ...{ name: "ClientPayloadError", code: "ERR_CLIENT_PAYLOAD", phase: "reading the body" },
    isConnection: false,
  },
  {
    what: "a body that is larger than was allowed",
    server: () => serve((_, response) => void response.end("x".repeat(1000))),
    options: () => ({ maxBodySize: 100 }),
    ...{ name: "BodyTooLargeError", code: "ERR_BODY_TOO_LARGE", phase: "reading the body" },
    isConnection: false,
  },
  {
    what: "silence",
    server: serveSilence,
    options: () => ({ timeout: { sockRead: 20 } }),
    ...{ name: "ServerTimeoutError", code: "ERR_SERVER_TIMEOUT", phase: "waiting for headers" },
    isConnection: true,
  },
  {
    what: "a status",
    server: () => serve((_, response) => void response.writeHead(503).end()),
    options: () => ({ raiseForStatus: true }),
    ...{ name: "ClientResponseError", code: "ERR_CLIENT_RESPONSE", phase: "checking the answer" },
    isConnection: false,
  },
  {
    what: "redirects without end",
    server: redirectTo("/"),
    ...{ name: "TooManyRedirects", code: "ERR_TOO_MANY_REDIRECTS", phase: "checking the answer" },
    isConnection: false,
  },
  {
    what: "a redirect to a file",
    server: redirectTo("file:///etc/passwd"),
    ...{ name: "NonHttpUrlRedirectClientError", code: "ERR_NON_HTTP_URL_REDIRECT", phase: "checking the answer" },
    isConnection: false,
  },
  {
    what: "a redirect to what is no URL",
    server: redirectTo("http://[/"),
    ...{ name: "InvalidUrlRedirectClientError", code: "ERR_INVALID_URL_REDIRECT", phase: "checking the answer" },
    isConnection: false,
  },
  {
    what: "what is no URL",
    url: () => "http://[/",
    ...{ name: "InvalidUrlError", code: "ERR_INVALID_URL", phase: "preparing the request" },
    isConnection: false,
  },
  {
    what: "a URL of another scheme",
    url: () => "ftp://some.example/",
    ...{ name: "NonHttpUrlClientError", code: "ERR_NON_HTTP_URL", phase: "preparing the request" },
    isConnection: false,
  },
  {
    what: "a proxy that is not there",
    url: somewhere,
    options: () => ({ proxy: "http://127.0.0.1:1" }),
    ...{ name: "ClientProxyConnectionError", code: "ERR_CLIENT_PROXY_CONNECTION", phase: "connecting" },
    ...{ errno: "ECONNREFUSED", isConnection: true },
  },
  {
    what: "a proxy that refuses a tunnel",
    server: () => serveProxy({ credentials: "ada:secret" }),
    url: () => "https://some.example/",
    options: (server) => ({ proxy: server?.origin ?? "" }),
    ...{ name: "ClientHttpProxyError", code: "ERR_CLIENT_HTTP_PROXY", phase: "checking the answer" },
    isConnection: false,
  },
  {
    what: "a SOCKS proxy that refuses",
    server: () => serveSocks({ replies: [4] }),
    url: somewhere,
    options: (server) => ({ proxy: `socks5h://127.0.0.1:${server?.port}` }),
    ...{ name: "ClientSocksProxyError", code: "ERR_CLIENT_SOCKS_PROXY", phase: "connecting" },
    ...{ errno: "", isConnection: true },
  },
];

describe("a caller can tell", () => {
  for (const { what, server: start, url, options, name, code, phase, errno, isConnection } of CASES) {
    test(what, async () => {
      await using server = await start?.();
      const target = (await url?.(server)) ?? `${server?.origin}/`;
      const own = options?.(server) ?? {};
      await run(function* () {
        using session = new ClientSession(own);
        const fetch = function* (): Coroutine<Uint8Array> {
          using response = yield* session.get(target, own);
          return yield* response.read();
        };
        const error = yield* failureOf(fetch());
        assert.ok(error instanceof ClientError, String(error));
        assert.deepEqual([error.name, error.code, error.phase], [name, code, phase]);
        assert.equal(error instanceof ClientConnectionError, isConnection);
        if (errno !== undefined) assert.equal((error as ClientOSError).errno, errno);
        assert.equal(error instanceof ServerTimeoutError, code === "ERR_SERVER_TIMEOUT");
      });
    });
  }
});
