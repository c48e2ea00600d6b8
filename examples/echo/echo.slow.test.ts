import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { describe, type TestContext, test } from "node:test";
import { peer } from "@yieldfrom/testing/peers";
import { generate } from "selfsigned";
import { program, serverOn, Talk } from "../serving/test-server.ts";

const SERVER = "../echo/echo-server.ts";
const CLIENT = "../echo/echo-client.ts";

async function client(t: TestContext, port: string): Promise<Socket> {
  const socket = connect(Number(port), "127.0.0.1");
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

for (const [way, ...args] of [["streams"], ["a protocol", "--protocol"]] as const) {
  describe(`echo by ${way}`, { concurrency: 2 }, () => {
    test("to nc and to the client beside it", peer("nc"), async (t) => {
      const { server, port } = await serverOn(t, SERVER, ...args);
      const nc = new Talk(t, "nc", "-N", "127.0.0.1", port);
      nc.say("one\n");
      await nc.hear(/^one\n$/);
      nc.child.stdin.end("two");
      assert.equal((await nc.ended).stdout, "two");
      const { stdout, stderr, code } = await program(t, CLIENT, "--port", port, "hello", "world").ended;
      assert.deepEqual([stdout, stderr, code], ["hello world\n", "", 0]);
      const ended = await server.interrupt();
      assert.deepEqual([ended.stderr, ended.code], ["", 130]);
    });

    test("more than both ends can hold, to one that reads late, while others are served", async (t) => {
      const { server, port } = await serverOn(t, SERVER, ...args);
      const sent = randomBytes(30_000_000);
      const slow = await client(t, port);
      slow.end(sent);
      const quick = await client(t, port);
      quick.end("quick");
      assert.equal(String(await buffer(quick)), "quick");
      assert.ok(sent.equals(await buffer(slow)));
      assert.equal((await server.interrupt()).code, 130);
    });

    test("ends at Ctrl-C, whether clients are idle, do not read or are gone", async (t) => {
      const { server, port } = await serverOn(t, SERVER, ...args);
      const idle = await client(t, port);
      const deaf = await client(t, port);
      deaf.on("error", () => {}).write(randomBytes(30_000_000));
      await once(deaf, "readable");
      const reset = await client(t, port);
      reset.write("x");
      await once(reset, "readable");
      reset.resetAndDestroy();
      const ending = server.interrupt();
      assert.equal((await buffer(idle)).length, 0);
      const { stderr, code } = await ending;
      assert.deepEqual([stderr, code], ["", 130]);
    });

    test("over TLS, to openssl and to the client", peer("openssl"), async (t) => {
      const folder = await mkdtemp(join(tmpdir(), "echo-"));
      t.after(() => rm(folder, { recursive: true }));
      const file = join(folder, "cert.pem");
      const altNames = [{ type: 7, ip: "127.0.0.1" }] as const;
      const made = await generate([{ name: "commonName", value: "echo" }], {
        extensions: [{ name: "subjectAltName", altNames: [...altNames] }],
      });
      await writeFile(file, `${made.cert}\n${made.private}`);
      const { server, port } = await serverOn(t, SERVER, "--cert", file, ...args);
      const s_client = ["s_client", "-quiet", "-verify_return_error", "-CAfile", file, "-connect", `127.0.0.1:${port}`];
      const openssl = new Talk(t, peer("openssl").path, ...s_client);
      openssl.say("one\n");
      await openssl.hear(/^one\n$/);
      openssl.child.stdin.end();
      const { stdout, stderr, code } = await program(t, CLIENT, "--port", port, "--ca", file, "secret").ended;
      assert.deepEqual([stdout, stderr, code], ["secret\n", "", 0]);
      const inClear = await program(t, CLIENT, "--port", port, "in", "clear").ended;
      assert.deepEqual([inClear.stdout, inClear.code], ["", 1]);
      assert.match(inClear.stderr, /^error: the stream ended after 0 bytes of 9 expected\n$/);
      const distrustful = await program(t, CLIENT, "--port", port, "--ca", "/dev/null", "secret").ended;
      assert.deepEqual([distrustful.stdout, distrustful.code], ["", 1]);
      assert.match(distrustful.stderr, /^error: connect to 127\.0\.0\.1:\d+: .* is self-signed .*\n$/);
      const ended = await server.interrupt();
      assert.deepEqual([ended.stderr, ended.code], ["", 130]);
    });
  });
}

test("a client without a server says so, with exit code 1", async (t) => {
  const { server, port } = await serverOn(t, SERVER);
  await server.interrupt();
  const { stdout, stderr, code } = await program(t, CLIENT, "--port", port, "hello").ended;
  assert.deepEqual([stdout, code], ["", 1]);
  assert.match(stderr, /^error: connect to 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
});
