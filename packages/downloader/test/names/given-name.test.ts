import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DownloadError } from "../../src/errors.ts";
import { givenName, nameInFolder, nameProblem } from "../../src/names/given-name.ts";

describe("givenName", () => {
  it("leaves names as they are", () => {
    for (const name of ["a", "a/b/c.txt", "e\u0301", "a b: c?.txt", "a.", "x".repeat(240)]) {
      assert.equal(nameProblem(name, "linux"), null);
    }
    assert.equal(givenName("a/e\u0301"), "a/e\u0301");
  });

  const wrong: readonly (readonly [name: string, message: RegExp])[] = [
    ["", /is empty/],
    ["/etc/passwd", /"\/etc\/passwd" is absolute: write it relative to the output folder/],
    ["C:/x", /is absolute/],
    ["../x", /has a part "\.\."/],
    ["a/../b", /has a part "\.\."/],
    ["a/./b", /has a part "\."/],
    ["a\\b", /has a backslash/],
    ["a\x1bb", /"a\\u\{1b\}b" has characters that can't be seen/],
    ["a\u202eb", /can't be seen/],
    ["a\ud800", /can't be seen/],
    ["a//b", /has an empty part/],
    ["a/", /has an empty part/],
    [".bashrc", /begins with a dot/],
    ["a/.b", /begins with a dot/],
    ["aux.c", /"aux\.c", which is a device on Windows/],
    ["é".repeat(121), /more than 240 bytes/],
  ];
  for (const [name, message] of wrong) {
    it(`refuses ${JSON.stringify(name.slice(0, 20))}`, () => {
      assert.throws(
        () => givenName(name),
        (error) => error instanceof DownloadError && error.code === "ERR_NAME" && message.test(error.message),
      );
    });
  }

  it("refuses on Windows what Windows has not", () => {
    for (const name of ["a:b", "a?", "a.", "a ", "x./y", "a|b"]) {
      assert.match(nameProblem(name, "win32") ?? "", /Windows does not allow/);
      assert.equal(nameProblem(name, "linux"), null);
    }
  });
});

describe("nameInFolder", () => {
  it("puts a name into a folder", () => {
    assert.equal(nameInFolder("a/b", "c.txt"), "a/b/c.txt");
    assert.equal(nameInFolder("./a/", "c.txt"), "a/c.txt");
    assert.equal(nameInFolder("a//./b/.", "c.txt"), "a/b/c.txt");
    for (const root of [".", "./", ".//.", ""]) assert.equal(nameInFolder(root, "c.txt"), "c.txt");
  });

  it("takes no longer for many slashes", () => {
    const begin = performance.now();
    assert.equal(nameInFolder(`a${"/".repeat(60_000)}b`, "c.txt"), "a/b/c.txt");
    assert.ok(performance.now() - begin < 1000);
  });

  it("refuses folders outside", () => {
    for (const folder of ["/", "/tmp", "..", "./..", "a/../..", "//", ".hidden"]) {
      assert.throws(() => nameInFolder(folder, "c.txt"), { code: "ERR_NAME", message: /^The folder "/ }, folder);
    }
  });
});
