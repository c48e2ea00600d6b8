import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { python } from "@yieldfrom/testing/peers";
import { type Coroutine, gather } from "yieldfrom";
import { createSubprocessShell, PIPE, STDOUT } from "../src/index.ts";
import { live } from "./live.ts";

/** The same processes in asyncio: `[line, input, merged]` each; prints `[stdout, stderr, return code]` of each. */
const REFERENCE = `
import asyncio, json, sys
from asyncio.subprocess import PIPE, STDOUT

async def one(line, given, merged):
    child = await asyncio.create_subprocess_shell(line, stdin=PIPE, stdout=PIPE, stderr=STDOUT if merged else PIPE)
    out, err = await child.communicate(None if given is None else given.encode())
    return [out.decode(), None if err is None else err.decode(), child.returncode]

async def main():
    cases = json.load(sys.stdin)
    print(json.dumps(await asyncio.gather(*(one(*case) for case in cases))))

asyncio.run(main())
`;

const CASES: readonly (readonly [line: string, input: string | null, merged: boolean])[] = [
  ["cat", "hello", false],
  ["cat", "", false],
  ["exit 0", "never read", false],
  ["exit 77", null, false],
  ["kill -9 $$", null, false],
  ["kill -HUP $$", null, true],
  ["sh -c 'kill -9 $$'; exit $?", null, false],
  ["echo out; echo err >&2; exit 1", null, false],
  ["echo out; echo err >&2; echo out", null, true],
  ["exec <&-; echo closed", "x", false],
  ["exec >&- 2>&-; cat", "x", false],
  ["no-such-program 2>/dev/null", null, false],
  ["sleep 0.05; (sleep 0.05; echo late) & echo early", null, false],
  ["head -c 3", "abcdef", false],
];

function* ours(line: string, input: string | null, merged: boolean): Coroutine<unknown> {
  const child = yield* createSubprocessShell(line, { stdin: PIPE, stdout: PIPE, stderr: merged ? STDOUT : PIPE });
  const [stdout, stderr] = yield* child.communicate(input ?? undefined);
  return [stdout.toString(), stderr === null ? null : stderr.toString(), child.returnCode];
}

test("outputs and return codes are asyncio's", python(), async () => {
  const input = JSON.stringify(CASES);
  const { status, stdout, stderr } = spawnSync(python().path, ["-c", REFERENCE], {
    input,
    encoding: "utf8",
    timeout: 20_000,
  });
  assert.equal(status, 0, stderr);
  const expected = JSON.parse(stdout) as unknown[];
  const got = await live(() => gather(CASES.map((each) => ours(...each))));
  for (const [index, [line]] of CASES.entries()) assert.deepEqual(got[index], expected[index], line);
});
