import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startFlagServer } from "./server.ts";

const PROGRAM = fileURLToPath(new URL("main.ts", import.meta.url));

function launch(t: TestContext, ...args: string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  // Only of use when an assertion failed before the program ended.
  t.after(() => child.kill("SIGKILL"));
  return child;
}

/** Runs the program to its end. */
async function run(t: TestContext, ...args: string[]) {
  const child = launch(t, ...args);
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { stdout, stderr, code, signal };
}

describe("serving", () => {
  for (const [signal, exitCode] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    test(`prints its address and nothing else, until ${signal} ends it with ${exitCode}`, async (t) => {
      const child = launch(t, "--mode", "delay", "--port", "0");
      const lines: string[] = [];
      const stdout = createInterface(child.stdout).on("line", (line) => lines.push(line));
      const stderr = text(child.stderr);
      await once(stdout, "line");
      assert.match(lines[0] ?? "", /^http:\/\/127\.0\.0\.1:\d+\/flags$/);
      assert.equal((await fetch(`${lines[0]}/`)).status, 200);
      child.kill(signal);
      assert.deepEqual(await once(child, "close"), [exitCode, null]);
      assert.deepEqual([lines.length, await stderr], [1, ""]);
    });
  }

  test("with -v a line for each request on stderr, also for those a signal ends", async (t) => {
    // This seed answers the metadata soon and holds the flag back for 487 ms, far longer than the test needs.
    const child = launch(t, "--mode", "DELAY", "--seed", "-95", "-v");
    const stderr = createInterface(child.stderr);
    const logged: string[] = [];
    stderr.on("line", (line) => logged.push(line));
    const [url] = await once(createInterface(child.stdout), "line");
    assert.equal((await fetch(`${url}/fr/metadata.json`)).status, 200);
    const held = fetch(`${url}/fr/fr.svg`);
    const lost = assert.rejects(held, TypeError);
    // Answered at once and after the flag was asked for: then the program has the held request too.
    await fetch(`${url}/`);
    child.kill("SIGINT");
    assert.deepEqual(await once(child, "close"), [130, null]);
    await lost;
    const [first, second, third] = logged.map((line) => line.replace(/\(\d+ ms\)/, "(N ms)"));
    assert.equal(first, "GET /flags/fr/metadata.json 200 (N ms)");
    assert.equal(second, "GET /flags/ 200 (N ms)");
    assert.equal(third, "GET /flags/fr/fr.svg connection gone (N ms)");
  });
});

describe("usage", () => {
  test("--help explains every option", async (t) => {
    const { stdout, stderr, code } = await run(t, "--help");
    assert.equal(code, 0);
    assert.equal(stderr, "");
    for (const option of ["--mode <mode>", "--port <number>", "--seed <integer>", "-v, --verbose"]) {
      assert.ok(stdout.includes(option), option);
    }
  });

  const misuses: [string[], RegExp][] = [
    [["--mode", "FAST"], /expected the mode to be LOCAL, DELAY or ERROR, got "FAST"/],
    [["--port", "65536"], /'65536' is invalid\. expected a number from 0 to 65535/],
    [["--port", "http"], /'http' is invalid\. expected a number from 0 to 65535/],
    [["--seed", "1.5"], /'1\.5' is invalid\. expected an integer/],
    [["--prot", "1"], /unknown option '--prot'/],
    [["LOCAL"], /too many arguments/],
  ];
  for (const [args, message] of misuses) {
    test(`${args.join(" ")} is refused with exit code 2`, async (t) => {
      const { stdout, stderr, code } = await run(t, ...args);
      assert.equal(code, 2);
      assert.equal(stdout, "");
      assert.match(stderr, message);
      assert.match(stderr, /--help/);
    });
  }
});

test("a port in use is an error with exit code 1", async (t) => {
  await using server = await startFlagServer();
  const { stdout, stderr, code } = await run(t, "--port", String(server.port));
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /^Cannot serve flags on 127\.0\.0\.1, port \d+: another program uses port \d+; .*\n$/);
});
