import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { EXAMPLES, fullHelp, shortHelp } from "../../src/cli/help.ts";
import { parse } from "../../src/cli/options/parse.ts";
import { ENTRIES } from "../../src/cli/options/table.ts";

/** Commands and names can't be broken. */
const UNBREAKABLE = /^ {4}download-many|^Usage|^ +download-many|^download-many/;

for (const width of [40, 60, 80, 100]) {
  test(`no line is longer than the terminal, of ${width} columns`, () => {
    for (const help of [shortHelp(width), fullHelp(width)]) {
      for (const line of help.split("\n")) assert.ok(line.length <= width || UNBREAKABLE.test(line), line);
      assert.ok(help.endsWith("\n") && !help.endsWith("\n\n"));
    }
  });
}

test("the page about downloads shows it as it is", () => {
  const page = readFileSync(new URL("../../../../docs/downloader.md", import.meta.url), "utf8");
  const hint = "write what download-many --help prints, at 100 columns, into docs/downloader.md";
  assert.ok(page.includes(`\`\`\`text\n${fullHelp(100)}\`\`\`\n`), hint);
});

test("the full help has every option, the short one those that are common", () => {
  const [full, short] = [fullHelp(100), shortHelp(100)];
  for (const [name, { common }] of ENTRIES) {
    assert.match(full, new RegExp(`^ .*--${name}( |$)`, "m"));
    assert.equal(new RegExp(`^ .*--${name}( |$)`, "m").test(short), common === true, name);
  }
  assert.ok(short.split("\n").length <= 40, "the short help has become long");
});

test("the examples can be typed", () => {
  for (const [, command] of EXAMPLES) {
    for (const each of command.split("; ")) {
      const [name, ...args] = each.replaceAll("'", "").split(" ");
      assert.equal(name, "download-many");
      assert.doesNotThrow(() => parse(args));
    }
  }
});
