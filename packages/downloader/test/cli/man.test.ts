import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { peer } from "@yieldfrom/testing/peers";
import { manPage } from "../../src/cli/man.ts";
import { ENTRIES } from "../../src/cli/options/table.ts";

test("the manual page that is published is what the options say", () => {
  const path = new URL("../../man/download-many.1", import.meta.url);
  const hint = "run: node packages/downloader/src/cli/main.ts --man > packages/downloader/man/download-many.1";
  assert.equal(readFileSync(path, "utf8"), manPage(), hint);
});

test("no line is taken for a macro that is none", () => {
  for (const line of manPage().split("\n")) {
    if (/^[.']/.test(line)) assert.match(line, /^\.(TH|SH|SS|TP|PP|B|BR|br)( |$)/);
  }
});

test("groff finds nothing wrong, and shows every option as it is typed", { skip: peer("groff").skip }, () => {
  const { path } = peer("groff");
  const { stdout, stderr } = spawnSync(path, ["-man", "-Tascii", "-P-cbou", "-ww", "-rLL=200n"], {
    input: manPage(),
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  for (const [name, { short }] of ENTRIES) {
    const written = `${short === undefined ? "" : `-${short}, `}--${name}`;
    assert.match(stdout, new RegExp(`^ +${written}( |$)`, "m"));
  }
  assert.match(stdout, /\{host\}\/\{n:05\}-\{base\}/);
  assert.match(stdout, /'https:\/\/example\.org\/page-\{001\.\.100\}\.html'/);
});
