import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { foldersFromUrl, nameFromDisposition, nameFromUrl } from "../../src/names/url-name.ts";

describe("nameFromUrl", () => {
  const cases: readonly (readonly [url: string, name: string])[] = [
    ["https://host/a/b/photo.jpg", "photo.jpg"],
    ["https://host/photo.jpg?size=2#top", "photo.jpg"],
    ["https://host/a%20b.txt", "a b.txt"],
    ["https://host/caf%C3%A9.txt", "café.txt"],
    ["https://host/cafe%CC%81.txt", "café.txt"],
    ["https://host/", "index.html"],
    ["https://host", "index.html"],
    ["https://host/dir/?q=a/b.txt", "index.html"],
    // Decoded once, and the folder that comes out is none.
    ["https://host/..%2Fevil.txt", "___evil.txt"],
    ["https://host/%252e%252e%252fevil", "%2e%2e%2fevil"],
    ["https://host/%2ebashrc", "_bashrc"],
    ["https://host/a%00b%1b%0a.txt", "a_b__.txt"],
    ["https://host/a%5Cb", "a_b"],
    // No UTF-8: as it is written.
    ["https://host/caf%E9%20x.txt", "caf%E9%20x.txt"],
    ["https://host/%E9-%20x.txt", "%E9- x.txt"],
    ["https://host/%ED%A0%80.txt", "%ED%A0%80.txt"],
    ["https://host/100%.txt", "100%.txt"],
    ["https://host/%zz", "%zz"],
    ["https://host/a/..", "index.html"],
    ["https://host/a/%2e%2e", "index.html"],
    ["https://host/a;b=1,2@v1+x", "a;b=1,2@v1+x"],
  ];
  for (const [url, name] of cases) it(`${url} gives ${name}`, () => assert.equal(nameFromUrl(new URL(url)), name));

  it("is no longer than file systems allow", () => {
    assert.equal(nameFromUrl(new URL(`https://host/${"%C3%A9".repeat(300)}.txt`)), `${"é".repeat(118)}.txt`);
  });
});

it("foldersFromUrl: each part safe, empty ones left out", () => {
  assert.equal(foldersFromUrl(new URL("https://host/a/b%2Fc//..%2F/NUL/x.txt")), "a/b_c/___/_NUL");
  assert.equal(foldersFromUrl(new URL("https://host/x.txt")), "");
});

describe("nameFromDisposition", () => {
  const named = (filename: string | null) => nameFromDisposition({ type: "attachment", parameters: {}, filename });

  it("takes the last part, and decodes nothing", () => {
    assert.equal(named("report.pdf"), "report.pdf");
    assert.equal(named("/etc/passwd"), "passwd");
    assert.equal(named("..\\..\\evil.exe"), "evil.exe");
    assert.equal(named("C:\\x\\..\\y.txt"), "y.txt");
    assert.equal(named("..%2Fevil.txt"), "__%2Fevil.txt");
    assert.equal(named(".bashrc"), "_bashrc");
    assert.equal(named("a\0b\u202etxt.exe"), "a_b_txt.exe");
    assert.equal(named("x".repeat(10_000)), "x".repeat(240));
  });

  it("gives nothing where nothing is suggested", () => {
    assert.equal(nameFromDisposition(null), null);
    assert.equal(named(null), null);
    assert.equal(named(""), null);
    assert.equal(named("a/"), null);
    assert.equal(named("a\\"), null);
  });
});
