import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Environment, isExcluded, proxyFromEnv } from "../src/proxy-env.ts";

describe("proxyFromEnv", () => {
  const http = new URL("http://a.example/");
  const https = new URL("https://a.example/");
  for (const [env, forHttp, forHttps] of [
    [{}, undefined, undefined],
    [{ http_proxy: "http://p:1" }, "http://p:1", undefined],
    [{ HTTP_PROXY: "http://p:1", HTTPS_PROXY: "http://q:2" }, "http://p:1", "http://q:2"],
    [{ http_proxy: "http://lower:1", HTTP_PROXY: "http://upper:1" }, "http://lower:1", undefined],
    [{ https_proxy: "", HTTPS_PROXY: "http://upper:1" }, undefined, undefined],
    [{ http_proxy: "p:1" }, "http://p:1", undefined],
    [{ HTTPS_PROXY: "socks5://p:1" }, undefined, "socks5://p:1"],
    [{ ALL_PROXY: "socks5h://p:1" }, "socks5h://p:1", "socks5h://p:1"],
    [{ all_proxy: "http://lower:1", ALL_PROXY: "http://upper:1" }, "http://lower:1", "http://lower:1"],
    [{ all_proxy: "", ALL_PROXY: "http://upper:1" }, undefined, undefined],
    [{ ALL_PROXY: "socks5://p:1", https_proxy: "http://q:2" }, "socks5://p:1", "http://q:2"],
    [{ ALL_PROXY: "socks5://p:1", https_proxy: "" }, "socks5://p:1", "socks5://p:1"],
    [{ ALL_PROXY: "socks5://p:1", NO_PROXY: "a.example" }, undefined, undefined],
    // httpoxy: a CGI script's HTTP_PROXY is the client's header `Proxy`.
    [{ REQUEST_METHOD: "GET", HTTP_PROXY: "http://evil:1", HTTPS_PROXY: "http://q:2" }, undefined, "http://q:2"],
    [{ REQUEST_METHOD: "GET", HTTP_PROXY: "http://evil:1", http_proxy: "http://p:1" }, "http://p:1", undefined],
    [{ http_proxy: "http://p:1", https_proxy: "http://p:1", no_proxy: "example" }, undefined, undefined],
    [{ http_proxy: "http://p:1", NO_PROXY: "a.example:80" }, undefined, undefined],
    [{ http_proxy: "http://p:1", no_proxy: "b.example", NO_PROXY: "*" }, "http://p:1", undefined],
  ] as [Environment, string | undefined, string | undefined][]) {
    test(JSON.stringify(env), () => {
      assert.deepEqual([proxyFromEnv(http, env), proxyFromEnv(https, env)], [forHttp, forHttps]);
    });
  }
});

describe("NO_PROXY", () => {
  for (const [excluded, url, expected] of [
    ["", "http://a.example/", false],
    ["*", "http://a.example/", true],
    ["b, *", "http://a.example/", true],
    ["*:81", "http://a.example/", false],
    ["a.example", "http://a.example/", true],
    ["a.example", "http://A.EXAMPLE./", true],
    ["A.Example.", "http://a.example/", true],
    ["a.example", "http://sub.a.example/", true],
    ["a.example", "http://ba.example/", false],
    [".a.example", "http://a.example/", true],
    [".a.example", "http://x.y.a.example/", true],
    ["*.a.example", "http://x.a.example/", true],
    ["a.example:8080", "http://a.example/", false],
    ["a.example:8080", "http://a.example:8080/", true],
    ["a.example:443", "https://a.example/", true],
    ["127.0.0.1", "http://127.0.0.1:99/", true],
    ["127.0.0.1", "http://10.127.0.0.1.example/", false],
    ["::1", "http://[::1]:99/", true],
    ["[::1]", "http://[::1]/", true],
    ["[::1]:99", "http://[::1]:98/", false],
    ["[::1]:99", "http://[::1]:99/", true],
    ["localhost,127.0.0.1 a.example", "http://a.example/", true],
    [",, ,", "http://a.example/", false],
    [".", "http://a.example/", false],
  ] as const) {
    test(`"${excluded}" ${expected ? "excludes" : "does not exclude"} ${url}`, () => {
      assert.equal(isExcluded(new URL(url), excluded), expected);
    });
  }
});
