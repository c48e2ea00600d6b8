import assert from "node:assert/strict";
import { test } from "node:test";
import { peer, python } from "../peers.ts";

const env: { CI_PEERS?: string } = process.env;

test("a program that is there is found", () => {
  const { skip, path } = peer("sh");
  assert.equal(skip, false);
  assert.match(path, /\/sh$/);
});

test("one that is missing is a reason to skip, or in CI to fail", () => {
  const before = env.CI_PEERS;
  try {
    delete env.CI_PEERS;
    assert.equal(peer("no-such-program").skip, "no-such-program is not installed: apt-get install -y no-such-program");
    assert.match(String(python("no_such_module").skip), /^python3 with no_such_module is not installed/);
    env.CI_PEERS = "1";
    assert.throws(() => peer("no-such-program-either"), /not installed/);
  } finally {
    if (before === undefined) delete env.CI_PEERS;
    else env.CI_PEERS = before;
  }
});
