import assert from "node:assert/strict";
import { test } from "node:test";
import { TimeoutError } from "yieldfrom";
import * as errors from "../src/errors.ts";

const { ClientConnectionError, ClientError, ClientResponseError, ServerConnectionError, ServerDisconnectedError } =
  errors;

const subject = { method: "GET", url: "http://a/" };
const facts = { status: 404, reason: "Not Found", headers: new Headers() };

/** aiohttp's tree: each class with what it is besides, by its nearest bases. */
const TREE: Readonly<Record<string, readonly string[]>> = {
  ClientError: [],
  ClientConnectionError: ["ClientError"],
  ClientOSError: ["ClientConnectionError"],
  ClientConnectorError: ["ClientOSError"],
  ClientSSLError: ["ClientConnectorError"],
  ServerConnectionError: ["ClientConnectionError"],
  ServerDisconnectedError: ["ServerConnectionError"],
  ServerProtocolError: ["ServerConnectionError"],
  ServerTimeoutError: ["ServerConnectionError", "TimeoutError"],
  ClientPayloadError: ["ClientError"],
  BodyTooLargeError: ["ClientPayloadError"],
  InvalidUrlError: ["ClientError"],
  NonHttpUrlClientError: ["InvalidUrlError"],
  RedirectClientError: ["ClientError"],
  InvalidUrlRedirectClientError: ["InvalidUrlError", "RedirectClientError"],
  NonHttpUrlRedirectClientError: ["NonHttpUrlClientError", "RedirectClientError"],
  ClientResponseError: ["ClientError"],
  ContentTypeError: ["ClientResponseError"],
  WSServerHandshakeError: ["ClientResponseError"],
  TooManyRedirects: ["ClientResponseError"],
};

type AnyError = Error & { readonly code: string };

function basesOf(name: string): string[] {
  return (TREE[name] ?? []).flatMap((base) => [base, ...basesOf(base)]);
}

function make(name: string): AnyError {
  const Kind = (errors as unknown as Record<string, new (...args: unknown[]) => AnyError>)[name];
  assert.ok(Kind, name);
  if (name === "ServerTimeoutError") return new Kind(subject, "connecting", "total", 5);
  const isAnswer = name === "ClientResponseError" || basesOf(name).includes("ClientResponseError");
  return new Kind(subject, isAnswer ? facts : "connecting", "x");
}

test("the tree is aiohttp's, and each class has a name and a code of its own", () => {
  const codes = new Set<string>();
  const kinds = { ...errors, TimeoutError } as unknown as Record<string, new () => Error>;
  for (const name of Object.keys(TREE)) {
    const error = make(name);
    assert.deepEqual([error.name, error.constructor.name], [name, name]);
    assert.match(error.code, /^ERR_[A-Z_]+$/);
    codes.add(error.code);
    const expected = new Set([name, ...basesOf(name)]);
    for (const kind of [...Object.keys(TREE), "TimeoutError"]) {
      assert.equal(error instanceof kinds[kind]!, expected.has(kind), `${name} ${kind}`);
    }
  }
  assert.equal(codes.size, Object.keys(TREE).length);
  const all = Object.values(errors as Record<string, unknown>).filter((kind) => String(kind).startsWith("class "));
  assert.equal(all.length, codes.size, "a class is missing here");
});

test("an error of the operating system's has its code", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const errnoOf = (cause: unknown) => new errors.ClientConnectorError(subject, "connecting", "x", { cause }).errno;
  assert.deepEqual(
    [errnoOf(refused), errnoOf(new AggregateError([refused])), errnoOf(undefined)],
    ["ECONNREFUSED", "ECONNREFUSED", ""],
  );
});

test("nothing else is a ClientError", () => {
  for (const other of [new Error("x"), new TimeoutError("x"), null, undefined, 1, {}]) {
    assert.equal((other as unknown) instanceof ClientError, false);
    assert.equal((other as unknown) instanceof ClientConnectionError, false);
    assert.equal((other as unknown) instanceof ServerConnectionError, false);
  }
});

test("a message has the method, the URL, what happened and when", () => {
  const cause = new Error("why");
  const lost = new ServerDisconnectedError(subject, "waiting for headers", "the server closed it", { cause });
  assert.equal(lost.message, "GET http://a/: the server closed it while waiting for headers");
  assert.equal(lost.cause, cause);
  assert.deepEqual([lost.method, lost.url, lost.phase], ["GET", "http://a/", "waiting for headers"]);
  const missing = new ClientResponseError(subject, facts, "the server answered 404 Not Found");
  assert.equal(missing.message, "GET http://a/: the server answered 404 Not Found");
  assert.deepEqual([missing.status, missing.reason, missing.phase], [404, "Not Found", "checking the answer"]);
});
