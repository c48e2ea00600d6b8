import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parse } from "../../../src/cli/options/parse.ts";
import { UsageError } from "../../../src/cli/options/usage-error.ts";

function refused(args: readonly string[], message: string | RegExp): void {
  assert.throws(
    () => parse(args),
    (error) => {
      assert.ok(error instanceof UsageError);
      if (typeof message === "string") assert.equal(error.message, message);
      else assert.match(error.message, message);
      return true;
    },
    args.join(" "),
  );
}

describe("the command line", () => {
  test("options and addresses may be mixed", () => {
    const { given, urls } = parse(["http://a/1", "-m", "3", "http://a/2", "--dir=out", "-qi", "list", "--", "-x"]);
    assert.deepEqual(given, { max: 3, dir: "out", quiet: true, input: ["list"] });
    assert.deepEqual(urls, ["http://a/1", "http://a/2", "-x"]);
  });

  test("values may stick to short options, and - is a value", () => {
    assert.deepEqual(parse(["-m20", "-i-", "-i", "-", "-vv", "-HX: y"]).given, {
      max: 20,
      input: ["-", "-"],
      verbose: [true, true],
      header: [{ name: "X", value: "y" }],
    });
  });

  test("of what can be given once, the last one counts", () => {
    assert.equal(parse(["-m", "1", "--max", "2"]).given.max, 2);
  });

  test("-h and --help are told apart", () => {
    assert.equal(parse(["-h"]).short, true);
    assert.equal(parse(["--help"]).short, false);
  });

  test("errors name the option, the value, and what it takes", () => {
    refused(["--retries", "x"], '--retries takes a whole number from 0; got "x"');
    refused(["-m0"], '-m takes a whole number from 1; got "0"');
    refused(["--exists=maybe"], '--exists takes skip, update, refuse, number or overwrite; got "maybe"');
    refused(["--dir"], "--dir needs a value: it takes the path of a folder");
    refused(["--dir="], '--dir takes the path of a folder; got ""');
    refused(["-d", "--json"], "-d needs a value before --json: it takes the path of a folder");
    refused(["--json=yes"], '--json takes no value, got "yes"');
  });

  test("secrets are not shown", () => {
    refused(["-u", "hunter2"], "-u takes a name and a password, with a colon between them");
    refused(["-H", "hunter2"], '-H takes "Name: value", or @FILE with a header on each line');
    refused(["-x", "ftp://me:hunter2@p"], /^-x takes the address of a proxy(?!.*hunter2)/);
  });

  test("unknown options: what was meant", () => {
    refused(["--retires", "3"], "unknown option --retires. Did you mean --retries?");
    refused(["--per-hots=3"], "unknown option --per-hots. Did you mean --per-host?");
    refused(["--check"], "unknown option --check. Did you mean --checksum or --checksums?");
    refused(["--zzzzzz"], "unknown option --zzzzzz");
    refused(["-Q"], "unknown option -Q");
    refused(["--constructor"], "unknown option --constructor");
  });

  test("options of other tools", () => {
    refused(["--parallel-max", "5"], "unknown option --parallel-max: write --max");
    refused(["-L"], "unknown option -L: redirects are followed anyway");
    refused(["-O", "x"], /^unknown option -O: files have the names of their addresses anyway/);
  });

  test("options that exclude each other", () => {
    refused(["-q", "-v"], "--quiet and --verbose exclude each other");
    refused(["--proxy", "p:1", "--no-proxy"], "--proxy and --no-proxy exclude each other");
    refused(["-o", "x", "-i", "list"], "--output and --input exclude each other");
    refused(["--key", "k"], "--key needs --cert, whose key it is");
  });
});
