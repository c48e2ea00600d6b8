import assert from "node:assert/strict";
import { test } from "node:test";
import { presentable, presentableAddress, reasonOf } from "../../src/manners/reason.ts";

test("user information is left out, wherever it stands", () => {
  for (const [text, expected] of [
    ["GET http://user:secret@example.com/a", "GET http://example.com/a"],
    ["the proxy http://user@proxy:8080 said no", "the proxy http://proxy:8080 said no"],
    ["HTTPS://a:b@c:d@example.com/", "HTTPS://example.com/"],
    ["socks5h://u:p@h and ftp://u:p@h", "socks5h://h and ftp://h"],
    ["http://:secret@h/", "http://h/"],
    ["http://example.com/@user", "http://example.com/@user"],
    ["http://example.com/?mail=a@b", "http://example.com/?mail=a@b"],
    ["write to me@example.com", "write to me@example.com"],
  ] as const) {
    assert.equal(presentable(text), expected);
  }
});

test("user information is left out of what is no address", () => {
  for (const [text, expected] of [
    ["user:secret@host/a", "host/a"],
    ["//user:s@cret@host/a@b", "//host/a@b"],
    ["http:\\\\user:secret@host", "http:\\\\host"],
    ["http:user:secret@host:99999/", "host:99999/"],
    ["https://user:secret@host:99999/", "https://host:99999/"],
    ["host/a@b", "host/a@b"],
    ["", ""],
  ] as const) {
    assert.equal(presentableAddress(text), expected);
  }
});

test("nothing reaches the terminal that is not to be seen", () => {
  assert.equal(
    presentable("a\u001b[2Jb\r\n\t\u0007\u007f\u009b"),
    "a\\u{1b}[2Jb\\u{d}\\u{a}\\u{9}\\u{7}\\u{7f}\\u{9b}",
  );
  assert.equal(
    presentable("\u202egnp.exe\u2066\u200b\ufeff\u2028"),
    "\\u{202e}gnp.exe\\u{2066}\\u{200b}\\u{feff}\\u{2028}",
  );
  assert.equal(presentable("\ud800 \ud83d\ude00 Grüße 日本"), "\\u{d800} 😀 Grüße 日本");
});

test("what is long is cut", () => {
  const text = presentable("x".repeat(1_000_000));
  assert.equal(text, `${"x".repeat(500)}…`);
  assert.ok(presentable("\u001b".repeat(1000)).length <= 501);
});

test("a reason has a status only where there is one", () => {
  assert.deepEqual(reasonOf("ERR_SLOW", "a\nb"), { code: "ERR_SLOW", message: "a\\u{a}b" });
  assert.deepEqual(reasonOf("ERR_STATUS", "no", 404), { code: "ERR_STATUS", message: "no", status: 404 });
});
