import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { certificate } from "../../../http/test/certificates.ts";
import { serveProxy } from "../../../http/test/proxy-server.ts";
import { emptyFolder, PROGRAM, run, serve, startCommand } from "./program.ts";

/** An https server for both HTTP versions, which answers with the one that was spoken. */
async function serveSecure(t: TestContext) {
  const { key, cert } = await certificate();
  const server = createSecureServer({ key, cert, allowHTTP1: true }, (request, response) => {
    response.end(request.httpVersion);
  });
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { base: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, cert };
}

describe("https", () => {
  test("a server that nobody vouches for is refused; --cacert vouches, -k does not ask", async (t) => {
    const folder = emptyFolder(t);
    const { base, cert } = await serveSecure(t);
    writeFileSync(join(folder, "ca.pem"), cert);
    const refused = await run(t, folder, `${base}/a`);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /certificate/);
    for (const [name, ...args] of [
      ["b", "--cacert", "ca.pem"],
      ["c", "-k"],
    ] as const) {
      const { stderr, code } = await run(t, folder, ...args, `${base}/${name}`);
      assert.equal(code, 0, stderr);
      assert.equal(readFileSync(join(folder, name), "utf8"), "1.1");
    }
  });

  test("--http2 speaks it", async (t) => {
    const folder = emptyFolder(t);
    const { base } = await serveSecure(t);
    const { stderr, code } = await run(t, folder, "-k", "--http2", `${base}/{a,b,c}`);
    assert.equal(code, 0, stderr);
    for (const name of ["a", "b", "c"]) assert.equal(readFileSync(join(folder, name), "utf8"), "2.0");
  });
});

describe("proxies", () => {
  test("-x, or the environment's, unless --no-proxy", async (t) => {
    const folder = emptyFolder(t);
    const base = await serve(t, (_, response) => void response.end("x"));
    await using proxy = await serveProxy({ credentials: "me:hunter2" });
    const url = proxy.url.replace("//", "//me:hunter2@");
    const given = await run(t, folder, "-x", url, `${base}/a`);
    assert.equal(given.code, 0, given.stderr);
    const viaEnv = await startCommand(t, folder, "env", `http_proxy=${url}`, process.execPath, PROGRAM, `${base}/b`)
      .ended;
    assert.equal(viaEnv.code, 0, viaEnv.stderr);
    await startCommand(t, folder, "env", `http_proxy=${url}`, process.execPath, PROGRAM, "--no-proxy", `${base}/c`)
      .ended;
    assert.deepEqual(
      proxy.asked.map(({ line }) => line),
      [`GET ${base}/a`, `GET ${base}/b`],
    );
  });

  test("the credentials of one that refuses are not shown", async (t) => {
    const base = await serve(t, (_, response) => void response.end("x"));
    await using proxy = await serveProxy({ credentials: "me:other" });
    const url = proxy.url.replace("//", "//me:hunter2@");
    const { stdout, stderr, code } = await run(t, emptyFolder(t), "--json", "--retries=0", "-x", url, `${base}/a`);
    assert.equal(code, 1);
    assert.match(stderr, /407/);
    assert.doesNotMatch(stdout + stderr, /hunter2/);
  });
});

describe("who asks", () => {
  test("cookies of a file, and names and passwords of a netrc, go to their hosts", async (t) => {
    const folder = emptyFolder(t);
    const seen: unknown[] = [];
    const base = await serve(t, ({ headers }, response) => {
      seen.push([headers.cookie, headers.authorization]);
      response.end();
    });
    const lines = [
      "127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\tabc",
      "b.example\tFALSE\t/\tFALSE\t0\tother\tdef",
      "127.0.0.1\tno",
    ];
    writeFileSync(join(folder, "cookies.txt"), `# Netscape HTTP Cookie File\n${lines.join("\n")}\n`);
    writeFileSync(join(folder, "netrc"), "machine 127.0.0.1 login ada password secret\n");
    const { stderr, code } = await run(t, folder, "-b", "cookies.txt", "--netrc-file", "netrc", `${base}/a`);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^cookies\.txt:4 is left out: .+\n1 saved/);
    await run(t, folder, `${base}/b`);
    assert.deepEqual(seen, [
      ["session=abc", `Basic ${btoa("ada:secret")}`],
      [undefined, undefined],
    ]);
  });

  test("a file that has no cookies in it is told of", async (t) => {
    const folder = emptyFolder(t);
    writeFileSync(join(folder, "page.html"), "<html>\n");
    const { stderr, code } = await run(t, folder, "-b", "page.html", "http://127.0.0.1:1/");
    assert.equal(code, 2);
    assert.match(stderr, /^download-many: page\.html has no cookie in Netscape's form; line 1: .*\n$/);
    const missing = await run(t, folder, "-b", "no", "http://127.0.0.1:1/");
    assert.equal(missing.stderr, "download-many: no: no such file or folder\n");
  });
});

test("a second one in the same folder is refused, and says who is there", async (t) => {
  const folder = emptyFolder(t);
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const base = await serve(t, () => resolve());
  const first = startCommand(t, folder, process.execPath, PROGRAM, `${base}/a`);
  await asked;
  const { stderr, code } = await run(t, folder, `${base}/b`);
  assert.equal(code, 2);
  assert.match(stderr, new RegExp(`^download-many: .*${first.pid}.*\n$`));
  first.kill("SIGINT");
  assert.equal((await first.ended).code, 130);
});
