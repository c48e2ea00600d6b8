import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { peer } from "@yieldfrom/testing/peers";
import { program, serverOn, Talk } from "../serving/test-server.ts";

const PROGRAM = "../charfinder/tcp-charfinder.ts";

/** A client of our own, for what `nc` is too well-behaved to do. */
async function client(t: TestContext, port: string): Promise<Socket> {
  const socket = connect(Number(port), "127.0.0.1");
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

describe("tcp-charfinder", { concurrency: 2 }, () => {
  test("finds characters for nc, and closes at a control character", peer("nc"), async (t) => {
    const { server, port } = await serverOn(t, PROGRAM);
    const nc = new Talk(t, "nc", "127.0.0.1", port);
    await nc.hear(/^\?> $/);
    nc.say("chess black knight\n");
    const [, first, count] = await nc.hear(/^(.*?)\r\n.*\r\n(\d+ characters found: .*)\r\n\?> $/s);
    assert.equal(first, "U+265E\t♞\tBLACK CHESS KNIGHT");
    assert.match(count ?? "", /^\d\d characters found: chess black knight$/);
    nc.say("no such thing\n");
    await nc.hear(/^0 characters found: no such thing\r\n\?> $/);
    nc.say("\x04\n");
    await server.hear(/\d closed\n/);
    // It notices when it is to say more.
    nc.child.stdin.end();
    assert.deepEqual(await nc.ended, { stdout: "", stderr: "", code: 0, signal: null });
    const { stdout } = await server.interrupt();
    assert.equal(stdout, "");
  });

  test("answers all that nc is given by a pipe, of a hundred thousand characters too", peer("nc"), async (t) => {
    const { server, port } = await serverOn(t, PROGRAM);
    const nc = new Talk(t, "nc", "-N", "127.0.0.1", port);
    nc.child.stdin.end("snowman\ncjk");
    const lines = (await nc.ended).stdout.split("\r\n");
    assert.deepEqual(lines.slice(0, 5), [
      "?> U+2603\t☃\tSNOWMAN",
      "U+26C4\t⛄\tSNOWMAN WITHOUT SNOW",
      "U+26C7\t⛇\tBLACK SNOWMAN",
      "3 characters found: snowman",
      "?> U+2E80\t⺀\tCJK RADICAL REPEAT",
    ]);
    const end = lines.at(-2) ?? "";
    const [, total] = /^(\d+) characters found: cjk$/.exec(end) ?? [];
    assert.ok(Number(total) > 100_000, end);
    // The three and their count, those of the second query and their count, and the last prompt.
    assert.equal(lines.length, 4 + Number(total) + 1 + 1);
    assert.equal((await server.interrupt()).code, 130);
  });

  test("telnet's Ctrl-C ends the session", peer("telnet"), async (t) => {
    const { port } = await serverOn(t, PROGRAM);
    const telnet = new Talk(t, "telnet", "127.0.0.1", port);
    await telnet.hear(/\?> $/);
    telnet.say("black snowman\n");
    await telnet.hear(/U\+26C7\t⛇\tBLACK SNOWMAN\r?\n1 character found: black snowman\r?\n\?> $/);
    telnet.say("\x03\n");
    assert.match((await telnet.ended).stderr, /Connection closed by foreign host/);
  });

  for (const [signal, exitCode] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    test(`${signal}: clients are told, one that does not read is left, and the exit code is ${exitCode}`, async (t) => {
      const { server, port } = await serverOn(t, PROGRAM);
      const idle = await client(t, port);
      const heard: string[] = [];
      idle.setEncoding("utf8").on("data", (text: string) => heard.push(text));
      const deaf = await client(t, port);
      deaf.write("cjk\n");
      await once(deaf, "readable");
      await server.hear(/connected\n.*connected\n/s);
      const { stdout, stderr, code } = await server.interrupt(signal);
      assert.equal(heard.join(""), "?> \r\nThe server is closing.\r\n");
      assert.match(stdout, /^127\.0\.0\.1:\d+ closed\n127\.0\.0\.1:\d+ closed\n$/);
      assert.deepEqual([stderr, code], ["", exitCode]);
    });
  }

  test("one client's trouble is not another's", async (t) => {
    const { server, port } = await serverOn(t, PROGRAM);
    const endless = await client(t, port);
    endless.on("error", () => {}).write("x".repeat(10_000));
    await server.hear(/:\d+ .*1024.*\n.*closed\n/);
    const reset = await client(t, port);
    reset.write("cjk\n");
    await once(reset, "readable");
    reset.resetAndDestroy();
    await server.hear(/ECONNRESET.*\n.*closed\n/);
    const well = await client(t, port);
    well.end("snowman black");
    const chunks: string[] = [];
    for await (const chunk of well.setEncoding("utf8")) chunks.push(chunk);
    assert.equal(chunks.join(""), "?> U+26C7\t⛇\tBLACK SNOWMAN\r\n1 character found: snowman black\r\n?> ");
    const { stderr, code } = await server.interrupt();
    assert.deepEqual([stderr, code], ["", 130]);
  });

  test("a port in use is an error with exit code 1", async (t) => {
    const { port } = await serverOn(t, PROGRAM);
    const { stderr, code } = await program(t, PROGRAM, "--port", port).ended;
    assert.match(
      stderr,
      /^error: .*127\.0\.0\.1:\d+.*EADDRINUSE.*; choose another --port, or 0 for any that is free\n$/,
    );
    assert.equal(code, 1);
  });
});
