import assert from "node:assert/strict";
import { test } from "node:test";
import { TimeoutError } from "yieldfrom";
import * as errors from "../src/errors.ts";

const {
  ClientConnectionError,
  ClientConnectorError,
  ClientError,
  ClientPayloadError,
  ClientResponseError,
  ContentTypeError,
  InvalidUrlError,
  ServerDisconnectedError,
  ServerProtocolError,
  ServerTimeoutError,
  TooManyRedirects,
} = errors;

const subject = { method: "GET", url: "http://a/" };
const facts = { status: 404, reason: "Not Found", headers: new Headers() };

test("the tree is aiohttp's, and each class has a name and a code of its own", () => {
  const connecting = "connecting";
  const tree = [
    [new ClientConnectionError(subject, connecting, "x"), [ClientError]],
    [new ClientConnectorError(subject, connecting, "x"), [ClientConnectionError, ClientError]],
    [new ServerDisconnectedError(subject, connecting, "x"), [ClientConnectionError, ClientError]],
    [new ServerProtocolError(subject, connecting, "x"), [ClientConnectionError, ClientError]],
    [new ServerTimeoutError(subject, connecting, "total", 5), [ClientConnectionError, ClientError, TimeoutError]],
    [new ClientPayloadError(subject, connecting, "x"), [ClientError]],
    [new InvalidUrlError(subject, connecting, "x"), [ClientError]],
    [new ClientResponseError(subject, facts, "x"), [ClientError]],
    [new ContentTypeError(subject, facts, "x"), [ClientResponseError, ClientError]],
    [new TooManyRedirects(subject, facts, "x"), [ClientResponseError, ClientError]],
  ] as const;
  const all = [ClientError, TimeoutError, ...tree.map(([error]) => error.constructor)] as (new () => Error)[];
  const codes = new Set<string>();
  for (const [error, bases] of tree) {
    assert.equal(error.name, error.constructor.name);
    assert.match(error.code, /^ERR_[A-Z_]+$/);
    codes.add(error.code);
    const expected = new Set<unknown>([error.constructor, ...bases]);
    for (const kind of all) assert.equal(error instanceof kind, expected.has(kind), `${error.name} ${kind.name}`);
  }
  assert.equal(codes.size, tree.length);
});

test("nothing else is a ClientError", () => {
  for (const other of [new Error("x"), new TimeoutError("x"), null, undefined, 1, {}]) {
    assert.equal((other as unknown) instanceof ClientError, false);
    assert.equal((other as unknown) instanceof ClientConnectionError, false);
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
