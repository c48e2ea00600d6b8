import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ClientConnectorCertificateError,
  ClientConnectorDNSError,
  ClientConnectorError,
  ClientHttpProxyError,
  ClientPayloadError,
  ServerDisconnectedError,
  ServerTimeoutError,
} from "@yieldfrom/http";
import { RuntimeError } from "yieldfrom";
import * as http from "../../../http/src/index.ts";
import { DownloadError } from "../../src/errors.ts";
import { type Verdict, verdictOfError, verdictOfStatus } from "../../src/manners/retryable.ts";

const SUBJECT = { method: "GET", url: "http://example.com/a.bin" };

function systemError(code: string): Error {
  return Object.assign(new Error(`connect ${code} 127.0.0.1:80`), { code });
}

function socksError(reason: http.SocksRefusal): Error {
  return new http.ClientSocksProxyError(SUBJECT, "connecting", reason, "socks5://proxy", reason);
}

function again({ retry, once }: Verdict): "no" | "once" | "yes" {
  return once ? "once" : retry ? "yes" : "no";
}

describe("a status", () => {
  test("is tried again if it may be another one the next time", () => {
    const yes = [408, 425, 429, 500, 502, 503, 504];
    for (let status = 300; status < 600; status++) {
      const expected = yes.includes(status) ? "yes" : status === 421 ? "once" : "no";
      assert.equal(again(verdictOfStatus(status)), expected, `${status}`);
    }
  });

  test("is about the host if it is 429 or 503", () => {
    const about = [408, 421, 425, 429, 500, 502, 503, 504, 404].filter((status) => verdictOfStatus(status).slowHost);
    assert.deepEqual(about, [429, 503]);
  });

  test("has a reason with the server's words", () => {
    assert.deepEqual(verdictOfStatus(404, "Not Found").reason, {
      code: "ERR_STATUS",
      message: "the server answered 404 Not Found",
      status: 404,
    });
    assert.equal(verdictOfStatus(599, "\u001b[31mred").reason.message, "the server answered 599 \\u{1b}[31mred");
  });
});

describe("an error of the session", () => {
  const cases: readonly [string, "no" | "once" | "yes", boolean, Error][] = [
    [
      "connection refused",
      "yes",
      true,
      new ClientConnectorError(SUBJECT, "connecting", "no", { cause: systemError("ECONNREFUSED") }),
    ],
    [
      "not allowed to connect",
      "no",
      false,
      new ClientConnectorError(SUBJECT, "connecting", "no", { cause: systemError("EACCES") }),
    ],
    [
      "no such host",
      "no",
      false,
      new ClientConnectorDNSError(SUBJECT, "connecting", "no", { cause: systemError("ENOTFOUND") }),
    ],
    [
      "names can't be looked up now",
      "yes",
      true,
      new ClientConnectorDNSError(SUBJECT, "connecting", "no", { cause: systemError("EAI_AGAIN") }),
    ],
    [
      "every address failed",
      "no",
      false,
      new ClientConnectorError(SUBJECT, "connecting", "no", { cause: new AggregateError([systemError("EACCES")]) }),
    ],
    [
      "every address failed, and one of them may answer later",
      "yes",
      true,
      new ClientConnectorError(SUBJECT, "connecting", "no", {
        cause: new AggregateError([systemError("EAFNOSUPPORT"), systemError("ECONNREFUSED")]),
      }),
    ],
    ["certificate", "no", false, new ClientConnectorCertificateError(SUBJECT, "connecting", "no", "CERT_HAS_EXPIRED")],
    ["closed before the headers", "yes", false, new ServerDisconnectedError(SUBJECT, "waiting for headers", "closed")],
    [
      "HTTP/2 stream reset",
      "yes",
      false,
      new ServerDisconnectedError(SUBJECT, "waiting for headers", "reset", {
        cause: systemError("ERR_HTTP2_STREAM_ERROR"),
      }),
    ],
    [
      "body ended early",
      "yes",
      false,
      new ClientPayloadError(SUBJECT, "reading the body", "early", { cause: systemError("ECONNRESET") }),
    ],
    ["connect timeout", "yes", true, new ServerTimeoutError(SUBJECT, "connecting", "sockConnect", 30_000)],
    ["idle timeout", "yes", false, new ServerTimeoutError(SUBJECT, "reading the body", "sockRead", 60_000)],
    [
      "the proxy wants a password",
      "no",
      false,
      new ClientHttpProxyError(SUBJECT, { status: 407, reason: "", headers: new Headers() }, "no", "http://proxy"),
    ],
    [
      "the proxy is busy",
      "yes",
      true,
      new ClientHttpProxyError(SUBJECT, { status: 503, reason: "", headers: new Headers() }, "no", "http://proxy"),
    ],
    ["the SOCKS proxy wants a password", "no", false, socksError("authentication")],
    ["the SOCKS proxy finds no way to the host", "yes", true, socksError("host unreachable")],
  ];
  for (const [name, expected, slowHost, error] of cases) {
    test(name, () => {
      const verdict = verdictOfError(error);
      assert.deepEqual([again(verdict), verdict.slowHost], [expected, slowHost]);
      assert.equal(verdict.reason.code, (error as { code?: string }).code);
    });
  }

  test("each one that there is was thought of", () => {
    const never = new Set([
      "ERR_CLIENT",
      "ERR_BODY_TOO_LARGE",
      "ERR_INVALID_URL",
      "ERR_INVALID_URL_REDIRECT",
      "ERR_NON_HTTP_URL",
      "ERR_NON_HTTP_URL_REDIRECT",
      "ERR_REDIRECT",
      "ERR_TOO_MANY_REDIRECTS",
      "ERR_CLIENT_RESPONSE",
      "ERR_CLIENT_HTTP_PROXY",
      "ERR_CONTENT_TYPE",
      "ERR_WS_SERVER_HANDSHAKE",
      "ERR_NETRC",
      "ERR_CLIENT_SSL",
      "ERR_CLIENT_CONNECTOR_CERTIFICATE",
      "ERR_SERVER_FINGERPRINT_MISMATCH",
      // Of servers and of WebSockets.
      "ERR_REQUEST_ENTITY_TOO_LARGE",
      "ERR_WS_MESSAGE_TYPE",
      "ERR_WEBSOCKET_UPGRADE",
    ]);
    const headers = new Headers();
    const unknown: string[] = [];
    for (const [name, value] of Object.entries(http)) {
      if (typeof value !== "function" || !/Error$|Redirects$|Mismatch$/.test(name)) continue;
      if (!(value.prototype instanceof Error) || value === http.WebSocketError) continue;
      const Class = value as unknown as new (...args: unknown[]) => Error & { code?: string };
      const response = { status: 302, reason: "", headers };
      const isResponse = value.prototype instanceof http.ClientResponseError || value === http.ClientResponseError;
      const error = new Class(SUBJECT, isResponse ? response : "connecting", "what", "more", {});
      const retries = again(verdictOfError(error)) !== "no";
      if (retries === never.has(error.code ?? "")) unknown.push(`${name} ${error.code} ${retries}`);
    }
    assert.deepEqual(unknown, []);
  });
});

describe("another error", () => {
  test("of the downloader, by its code", () => {
    const by = (code: string) => again(verdictOfError(new DownloadError(code, "what")));
    assert.deepEqual([by("ERR_SLOW"), by("ERR_CHECKSUM"), by("ERR_TOO_LARGE")], ["yes", "once", "no"]);
  });

  test("of the disk, or unknown, is not tried again", () => {
    for (const error of [
      Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" }),
      new TypeError("x is not a function"),
      new RuntimeError("what"),
      "a text",
      null,
      undefined,
    ]) {
      const verdict = verdictOfError(error);
      assert.deepEqual([again(verdict), verdict.slowHost], ["no", false], String(error));
    }
  });

  test("without a code is named by its class", () => {
    assert.equal(verdictOfError(new TypeError("what")).reason.code, "TypeError");
    assert.deepEqual(verdictOfError("a text").reason, { code: "Error", message: "a text" });
  });
});

describe("a reason", () => {
  const messageOf = (error: Error) => verdictOfError(error).reason.message;

  test("is without the method and address that are shown beside it", () => {
    const error = new ClientPayloadError(
      SUBJECT,
      "reading the body",
      "the body ended early after 3 of 10 bytes: other side closed",
    );
    assert.equal(
      messageOf(error),
      "the body ended early after 3 of 10 bytes: other side closed while reading the body",
    );
  });

  test("names limits as the options do, without advice in code", () => {
    const idle = new ServerTimeoutError(SUBJECT, "reading the body", "sockRead", 60_000);
    assert.equal(messageOf(idle), "the idle timeout of 60000 ms ran out while reading the body");
    const connect = new ServerTimeoutError(SUBJECT, "connecting", "sockConnect", 30_000);
    assert.equal(messageOf(connect), "the connect timeout of 30000 ms ran out while connecting");
    const what =
      "not trusted: expired; its owner has to renew it, and until then `ssl: { fingerprint: sha256 }` accepts this one";
    const certificate = new ClientConnectorCertificateError(SUBJECT, "connecting", what, "CERT_HAS_EXPIRED");
    assert.equal(messageOf(certificate).includes("`"), false);
    assert.match(messageOf(certificate), /^not trusted: expired/);
  });
});
