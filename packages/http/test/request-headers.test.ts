import assert from "node:assert/strict";
import { test } from "node:test";
import {
  basicAuthorization,
  flatten,
  mergeHeaders,
  withDefault,
  withoutBodyHeaders,
  withoutCredentials,
} from "../src/request-headers.ts";

const base = mergeHeaders(new Map(), { A: "1", B: ["2", "3"] });

test("headers merge by name, whatever their case, and leave the base alone", () => {
  assert.equal(mergeHeaders(base, undefined), base);
  assert.deepEqual(
    [...mergeHeaders(base, { b: "4", "X-C": "5" })],
    [
      ["a", "1"],
      ["b", "4"],
      ["x-c", "5"],
    ],
  );
  assert.deepEqual(
    [...base],
    [
      ["a", "1"],
      ["b", ["2", "3"]],
    ],
  );
});

test("headers come as a record, Headers, a Map or pairs; a name given twice has both values", () => {
  const forms = [{ "X-A": "1" }, new Headers({ "X-A": "1" }), new Map([["X-A", "1"]]), [["X-A", "1"]] as const];
  for (const form of forms) assert.deepEqual([...mergeHeaders(new Map(), form)], [["x-a", "1"]]);
  const twice = [
    ["x", "1"],
    ["X", ["2", "3"]],
  ] as const;
  assert.deepEqual([...mergeHeaders(new Map(), twice)], [["x", ["1", "2", "3"]]]);
});

test("a default is for who has none", () => {
  assert.equal(withDefault(base, "a", "9"), base);
  assert.equal(withDefault(base, "z", "9").get("z"), "9");
  assert.equal(base.has("z"), false);
});

test("credentials and what describes a body can be taken out", () => {
  const headers = mergeHeaders(base, {
    Authorization: "x",
    Cookie: "y",
    "Proxy-Authorization": "z",
    "Content-Type": "t",
  });
  assert.deepEqual([...withoutCredentials(headers).keys()], ["a", "b", "content-type"]);
  assert.deepEqual(
    [...withoutBodyHeaders(headers).keys()],
    ["a", "b", "authorization", "cookie", "proxy-authorization"],
  );
});

test("headers are flattened for undici", () => {
  assert.deepEqual(flatten(base), ["a", "1", "b", ["2", "3"]]);
});

test("user name and password become Basic, also when the URL holds odd characters", () => {
  const of = (url: string) => {
    const value = basicAuthorization(new URL(url));
    return value === undefined ? undefined : Buffer.from(value.slice("Basic ".length), "base64").toString();
  };
  assert.equal(of("http://a/"), undefined);
  assert.equal(of("http://ada@a/"), "ada:");
  assert.equal(of("http://:pw@a/"), ":pw");
  assert.equal(of("http://a%C3%BC:p%3Aw@a/"), "aü:p:w");
  assert.equal(of("http://100%:pw@a/"), "100%:pw");
});
