import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { env } from "../flags/test-program.ts";
import { shown } from "../flags/test-terminal.ts";

function spinner(program: string, ...args: string[]) {
  const path = fileURLToPath(new URL(`${program}.ts`, import.meta.url));
  return spawnSync(process.execPath, [path, ...args], { encoding: "utf8", env });
}

const OBJECTS = {
  coroutines: /^spinner object: <Task pending name='Task-2' coro=<spin\(\) at \/.*\/spinner\/coroutines\.ts:\d+>>$/,
  threads: /^spinner object: Promise \{ <pending> \}$/,
};

for (const [program, object] of Object.entries(OBJECTS)) {
  test(`${program}: prints the spinner object and the answer, turns meanwhile and leaves nothing on the line`, () => {
    const { stdout, stderr, status } = spinner(program, "--seconds", "0.35");
    assert.equal(stderr, "");
    assert.equal(status, 0);
    const [first = "", second = "", ...rest] = shown(stdout);
    assert.match(first, object);
    assert.match(second, /^Answer: 42$/);
    assert.deepEqual(rest, [""]);
    // A blocked event loop would draw the first frame only.
    for (const frame of ["| thinking!", "/ thinking!"]) assert.ok(stdout.includes(frame), frame);
  });
}

test("both refuse what they do not understand with exit code 2", () => {
  for (const [program, option, value] of [
    ["coroutines", "--seconds", "soon"],
    ["threads", "--hours", "1"],
  ] as const) {
    const { stdout, stderr, status } = spinner(program, option, value);
    assert.equal(stdout, "");
    assert.match(stderr, new RegExp(`^error: .*${option}[^]*\nTry --help.\n$`));
    assert.equal(status, 2);
  }
});
