import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Place, readOptions, serverCommand } from "./options.ts";

/** What is read, and what is printed meanwhile. */
function read(t: TestContext, ...args: string[]) {
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    t.mock.method(process[name], "write", (text: string) => {
      printed[name] += text;
      return true;
    });
  }
  const command = serverCommand({ name: "server", description: "Serves.", port: 1234 });
  const options = readOptions<Place>(command, args);
  t.mock.restoreAll();
  return { options, ...printed };
}

test("host and port, or what they are without", (t) => {
  assert.deepEqual(read(t).options, { host: "127.0.0.1", port: 1234 });
  assert.deepEqual(read(t, "--host", "::", "--port", "0").options, { host: "::", port: 0 });
});

test("--help names both, and their defaults", (t) => {
  const { options, stdout } = read(t, "--help");
  assert.equal(options, 0);
  assert.match(stdout, /Serves\..*--host <address>.*"127\.0\.0\.1".*--port <number>.*1234/s);
});

for (const [args, message] of [
  ["--port 65536", /argument '65536' is invalid\. expected a number from 0 to 65535/],
  ["--port http", /argument 'http' is invalid/],
  ["--prot 1", /unknown option '--prot'/],
  ["localhost", /too many arguments/],
] as const) {
  test(`${args} is refused with exit code 2`, (t) => {
    const { options, stdout, stderr } = read(t, ...args.split(" "));
    assert.deepEqual([options, stdout], [2, ""]);
    assert.match(stderr, message);
    assert.match(stderr, /\nTry --help\.\n$/);
  });
}
