import assert from "node:assert/strict";
import { test } from "node:test";
import { howToGoOn } from "../../../src/cli/report/go-on.ts";

test("what to type is the command, quoted for a shell", () => {
  assert.equal(howToGoOn(["-i", "urls.txt", "-d", "out"], {}), "To go on: download-many -i urls.txt -d out");
  assert.equal(
    howToGoOn(["--name", "{n}-it's", "https://a/?b&c"], { npm_command: "exec" }),
    "To go on: npx download-many --name '{n}-it'\\''s' 'https://a/?b&c'",
  );
});

test("a list from standard input has to be given again", () => {
  assert.equal(howToGoOn(["-i", "-"], {}), "To go on, with the same list: download-many -i -");
});

test("secrets are not shown", () => {
  for (const args of [
    ["-u", "me:hunter2"],
    ["-ume:hunter2"],
    ["-qu", "me:hunter2"],
    ["--user=me:hunter2"],
    ["-H", "X-Key: hunter2"],
    ["--header", "X-Key: hunter2"],
    ["--proxy=http://me:hunter2@p"],
    ["https://me:hunter2@a.example/"],
    ["--", "me:hunter2@a.example"],
  ]) {
    assert.equal(howToGoOn(["-d", "out", ...args], {}), "To go on, run the same command again.", args.join(" "));
  }
});

test("nor is what is too long, or steers a terminal", () => {
  for (const args of [["https://a/".repeat(40)], ["https://a/\x1b"]]) {
    assert.equal(howToGoOn(args, {}), "To go on, run the same command again.");
  }
});
