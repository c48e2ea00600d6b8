import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { TWENTY } from "./countries.ts";
import { type Options, readOptions } from "./options.ts";

/** What is read, and what was printed meanwhile. */
function read(t: TestContext, ...args: string[]) {
  let out = "";
  let err = "";
  const stdout = t.mock.method(process.stdout, "write", (text: string) => {
    out += text;
    return true;
  });
  const stderr = t.mock.method(process.stderr, "write", (text: string) => {
    err += text;
    return true;
  });
  const options = readOptions(args);
  stdout.mock.restore();
  stderr.mock.restore();
  return { options, out, err };
}

function options(t: TestContext, ...args: string[]): Options {
  const { options, out, err } = read(t, ...args);
  assert.ok(typeof options === "object", err);
  assert.deepEqual([out, err], ["", ""]);
  return options;
}

test("without options: the twenty, from LOCAL, by coroutines with an executor", (t) => {
  assert.deepEqual(options(t), {
    codes: { known: TWENTY, unknown: [] },
    mode: "executor",
    maxConnections: 20,
    server: "LOCAL",
    seed: 3,
    output: "downloads/flags",
    style: "brief",
    demo: false,
  });
});

test("reads every option", (t) => {
  const args = "--mode wait -m 5 --limit 1 --server delay --seed -7 --output x -v fr zz JP".split(" ");
  assert.deepEqual(options(t, ...args), {
    codes: { known: ["FR"], unknown: ["zz"] },
    mode: "wait",
    maxConnections: 5,
    server: "DELAY",
    seed: -7,
    output: "x",
    style: "verbose",
    demo: false,
  });
  assert.equal(options(t, "--json").style, "json");
  assert.equal(options(t, "--demo").demo, true);
  assert.ok(options(t, "--every").codes.known.length > 240);
  assert.deepEqual(options(t, "--server", "http://h/flags/").server, new URL("http://h/flags/"));
});

test("--help names every mode and option", (t) => {
  const { options, out } = read(t, "--help");
  assert.equal(options, 0);
  const words =
    "sequential threads wait completed executor named --mode -m, --max-connections --every --limit --server LOCAL DELAY ERROR --seed -v, --verbose --output --json --demo";
  for (const word of words.split(" ")) assert.ok(out.includes(word), word);
});

const MISUSES: [string, RegExp][] = [
  ["--mode fast", /option '--mode <mode>' argument 'fast' is invalid\. Allowed choices are sequential, threads, /],
  ["-m 0", /argument '0' is invalid\. expected a whole number of at least 1/],
  ["-m 2.5", /argument '2\.5' is invalid/],
  ["--limit none", /argument 'none' is invalid\. expected a whole number of at least 1/],
  ["--seed 1e99", /argument '1e99' is invalid\. expected an integer/],
  ["--server REMOTE", /argument 'REMOTE' is invalid\. expected LOCAL, DELAY, ERROR or an address such as http:/],
  ["--server ftp://h/flags", /argument 'ftp:\/\/h\/flags' is invalid/],
  ["--server", /option '--server <server>' argument missing/],
  ["--every FR", /--every asks for all flags, and FR for some: give one or the other/],
  ["--json -v", /option '--json' cannot be used with option '-v, --verbose'/],
  ["--demo --mode wait", /option '--demo' cannot be used with option '--mode <mode>'/],
  ["--outptu x", /unknown option '--outptu'/],
];
for (const [args, message] of MISUSES) {
  test(`refuses ${args}`, (t) => {
    const { options, out, err } = read(t, ...args.split(" "));
    assert.deepEqual([options, out], [2, ""]);
    assert.match(err, message);
    assert.match(err, /^error: .*\nTry --help\.\n$/s);
  });
}
