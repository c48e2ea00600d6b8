import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as kinds from "../../../src/cli/options/kinds.ts";

function takes<T>(kind: kinds.Kind<T>, given: Readonly<Record<string, T>>, not: readonly string[]): void {
  for (const [text, value] of Object.entries(given)) assert.deepEqual(kind.read(text), value, text);
  for (const text of not) assert.equal(kind.read(text), undefined, text);
}

describe("kinds of values", () => {
  test("numbers", () => {
    takes(kinds.count(1), { "1": 1, "020": 20 }, ["0", "-1", "1.5", "1e3", "", " 1", "0x10", "9007199254740993"]);
    takes(kinds.count(0), { "0": 0 }, []);
  });

  test("sizes: k is of 1024 as in curl and wget, kB of 1000", () => {
    takes(
      kinds.size,
      {
        "500": 500,
        "500B": 500,
        "1k": 1024,
        "2M": 2 * 1024 ** 2,
        "1.5G": 1.5 * 1024 ** 3,
        "1KiB": 1024,
        "3mi": 3 * 1024 ** 2,
        "1kB": 1000,
        "2MB": 2e6,
        "1TB": 1e12,
      },
      ["0", "", "k", "-1k", "1 k", "1kk", "1x", "1e3", "9999999T", "0.1"],
    );
  });

  test("times are seconds, if nothing else is said", () => {
    takes(
      kinds.time,
      { "30": 30_000, "0.5": 500, "0": 0, "500ms": 500, "2m": 120_000, "1h": 3_600_000, "10s": 10_000 },
      ["", "s", "-1", "1d", "1 s", "1e3", "25h30", "600h"],
    );
    takes(kinds.timeout, { "0": null, "0ms": null, "5": 5000 }, ["none", "-1"]);
  });

  test("rates", () => {
    takes(kinds.rate, { "10": 10, "10/s": 10, "60/m": 1, "3600/h": 1, "86400/d": 1, "3/10s": 0.3 }, [
      "0/s",
      "10/",
      "/s",
      "10/w",
      "1.5/s",
      "5/0s",
      "",
    ]);
  });

  test("headers", () => {
    takes(
      kinds.header,
      {
        "Accept: a, b": { name: "Accept", value: "a, b" },
        "X-Empty:": { name: "X-Empty", value: "" },
        "X:\ttab\tin it ": { name: "X", value: "tab\tin it" },
        "@headers.txt": { file: "headers.txt" },
      },
      ["", "@", "no colon", ": x", "Na me: x", "X: a\r\nY: b", "X: a\0", "X: ✓"],
    );
  });

  test("names and passwords", () => {
    takes(kinds.credentials, { "me:a:b": { user: "me", password: "a:b" }, "me:": { user: "me", password: "" } }, [
      "me",
      ":secret",
      "",
    ]);
  });

  test("proxies", () => {
    for (const url of ["http://p:3128", "https://p", "socks5://u:p@127.0.0.1:1080", "socks5h://p:1080", "p:3128"]) {
      assert.equal(kinds.proxy.read(url)?.hostname === "", false, url);
    }
    for (const url of ["ftp://p", "socks4://p", "http://", "", "socks5:p"])
      assert.equal(kinds.proxy.read(url), undefined, url);
  });

  test("checksums", () => {
    const sha256 = "aB".repeat(32);
    takes(
      kinds.checksum,
      {
        [`sha256=${sha256}`]: `sha256=${sha256.toLowerCase()}`,
        [`SHA-256=${sha256}`]: `sha256=${sha256.toLowerCase()}`,
        [`md5=${"0".repeat(32)}`]: `md5=${"0".repeat(32)}`,
      },
      [sha256, "sha256=", `sha256=${sha256}0`, `sha1=${sha256}`, `crc32=${"0".repeat(8)}`, `sha256=${"x".repeat(64)}`],
    );
  });

  test("a choice says what it takes", () => {
    const kind = kinds.choice("HOW", "bar", "plain", "none");
    takes(kind, { bar: "bar" }, ["", "Bar"]);
    assert.equal(kind.takes, "bar, plain or none");
  });
});
