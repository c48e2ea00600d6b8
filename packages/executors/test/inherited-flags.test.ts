import assert from "node:assert/strict";
import { test } from "node:test";
import { inheritedFlags } from "../src/inherited-flags.ts";

test("flags that say how Node runs are kept, with their values", () => {
  const flags = [
    "--import",
    "./hooks.ts",
    "-r",
    "dotenv/config",
    "--max-old-space-size=99",
    "--conditions=x",
    "-C",
    "y",
  ];
  assert.deepEqual(inheritedFlags(flags), flags);
  assert.deepEqual(inheritedFlags(["--enable-source-maps"]), ["--enable-source-maps"]);
});

test("flags that say what it runs are dropped, with their values", () => {
  const flags = ["-e", "code", "--eval=code", "-pe", "1", "--print", "2", "--input-type=module", "--check", "-i"];
  assert.deepEqual(inheritedFlags([...flags, "--import", "x"]), ["--import", "x"]);
  const others = [
    "--test",
    "--test-name-pattern",
    "a",
    "--watch",
    "--watch-path=.",
    "--inspect-brk=1",
    "--inspect",
    "--run",
  ];
  assert.deepEqual(inheritedFlags(["--expose-gc", ...others]), ["--expose-gc"]);
});
