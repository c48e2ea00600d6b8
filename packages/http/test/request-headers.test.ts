import assert from "node:assert/strict";
import { test } from "node:test";
import {
  autoHeaders,
  flatten,
  forRange,
  mergeHeaders,
  nameSet,
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

test("the same headers are flattened once", () => {
  assert.equal(flatten(base), flatten(base));
});

test("headers that the caller calls secret are credentials too", () => {
  const headers = mergeHeaders(base, { "X-Api-Key": "k", Authorization: "x" });
  assert.deepEqual([...withoutCredentials(headers, nameSet(["X-API-Key"])).keys()], ["a", "b"]);
});

test("a session sends some by itself, unless told not to", () => {
  assert.deepEqual([...autoHeaders(nameSet(undefined)).keys()], ["accept", "accept-encoding", "user-agent"]);
  assert.deepEqual([...autoHeaders(nameSet(["User-Agent", "Accept"])).keys()], ["accept-encoding"]);
});

test("who asks for a range asks for the body as it is, unless it is said otherwise", () => {
  const auto = autoHeaders(nameSet(undefined));
  const coding = (headers: Record<string, string>) => forRange(mergeHeaders(auto, headers)).get("accept-encoding");
  assert.equal(coding({ Range: "bytes=0-9" }), "identity");
  assert.equal(coding({ Range: "bytes=0-9", "Accept-Encoding": "gzip" }), "gzip");
  assert.equal(coding({ "X-Range": "x" }), "gzip, deflate, br, zstd");
});

test("headers that are not the caller's are refused with advice", () => {
  for (const [name, advice] of [
    ["Expect", /The header "Expect" can't be sent: nothing here would wait for 100 Continue/],
    ["transfer-encoding", /write `chunked: true`/],
    ["Upgrade", /`session.wsConnect\(\)`/],
    ["Keep-Alive", /`keepaliveTimeout`/],
  ] as const) {
    assert.throws(() => mergeHeaders(new Map(), { [name]: "x" }), { name: "TypeError", message: advice });
  }
});

test("what would not be one header is refused by its name, and its value is not shown", () => {
  const merge = (headers: Record<string, unknown>) => () => mergeHeaders(new Map(), headers as Record<string, string>);
  for (const [value, what] of [
    ["secret\r\nx-other: b", /"X-Bad" to be valid, got U\+000D at 6: a header is one line of printable Latin-1/],
    ["\n", /"X-Bad".*U\+000A at 0/],
    ["\0", /"X-Bad".*U\+0000/],
    ["中", /"X-Bad".*U\+4E2D/],
    [["ok", "a\rb"], /"X-Bad".*U\+000D/],
    [1, /"X-Bad" to be a string or an array of strings, got number/],
    [null, /"X-Bad".*got null/],
    [[undefined], /"X-Bad".*got undefined/],
  ] as const) {
    assert.throws(merge({ "X-Bad": value }), (error) => {
      assert.ok(error instanceof TypeError);
      assert.match(error.message, what);
      return !error.message.includes("secret");
    });
  }
  for (const name of ["", "a b", "a:", "a\r\nb", "ä"]) {
    assert.throws(merge({ [name]: "x" }), /Expected the name of a header to be a token such as/);
  }
  assert.deepEqual([...merge({ "x-a": "\ttab, ü" })()], [["x-a", "\ttab, ü"]]);
});
