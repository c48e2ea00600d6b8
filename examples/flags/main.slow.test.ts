import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, readdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { TWENTY } from "./countries.ts";
import { createPlanner } from "./server/plan.ts";
import { startFlagServer } from "./server/server.ts";
import { assertHolds, emptyFolder, linesOf, PROGRAM, run, serve, startCommand } from "./test-program.ts";

const BRIEF = { mode: "DELAY", minDelay: 0, maxDelay: 3 } as const;

describe("flags", { concurrency: 2 }, () => {
  test("starts a LOCAL server by itself, with nothing asked for but the folder", async (t) => {
    const folder = await emptyFolder(t);
    const { stdout, stderr, code } = await run(t, "--output", folder);
    assert.deepEqual([stderr, code], ["", 0]);
    assert.match(stdout, /^20 downloaded, 0 not found, 0 errors, \d+\.\d\d s elapsed\n$/);
    await assertHolds(folder, TWENTY);
  });

  test("starts an ERROR server by itself, with the seed asked for", async (t) => {
    const folder = await emptyFolder(t);
    const args = ["--server", "ERROR", "--seed", "1", "--json", "--mode", "completed", "--output", folder];
    const { stdout, stderr, code } = await run(t, ...args, "US", "CN", "JP");
    const records = linesOf(stdout).map((line) => JSON.parse(line));
    const statuses = Object.fromEntries(records.slice(0, -1).map(({ code, status }) => [code, status]));
    // With the default seed it would be an error for US, and JP would not be found.
    assert.deepEqual(statuses, { US: "not found", CN: "ok", JP: "ok" });
    assert.deepEqual([stderr, code], ["", 1]);
    await assertHolds(folder, ["CN", "JP"]);
  });

  test("--json tells of everything on standard output", async (t) => {
    const { stdout, stderr, code } = await run(t, "--json", "--output", await emptyFolder(t), "Atlantis");
    const records = linesOf(stdout).map((line) => JSON.parse(line));
    assert.deepEqual(records, [
      { code: "Atlantis", status: "error", error: "unknown country code" },
      { downloaded: 0, notFound: 0, errors: 1, elapsed: 0 },
    ]);
    assert.deepEqual([stderr, code], ["", 1]);
  });

  test("--demo compares the times in one line", async (t) => {
    const folder = await emptyFolder(t);
    const { stdout, stderr, code } = await run(t, "--demo", "--limit", "2", "--output", folder);
    assert.deepEqual([stderr, code], ["", 0]);
    const line = /^2 flags: (\d+\.\d\d) s concurrently, (\d+\.\d\d) s one after the other \((\d+\.\d) times\)\n$/.exec(
      stdout,
    );
    assert.ok(line, stdout);
    const [concurrently = 0, sequentially = 0, times = 0] = line.slice(1).map(Number);
    // How much it takes beside the delays depends on the machine.
    const plan = createPlanner("DELAY");
    const delays = ["cn", "in"].map((cc) => plan(`/flags/${cc}/${cc}.svg`).delay);
    assert.ok(concurrently * 1000 >= Math.max(...delays) - 10, stdout);
    assert.ok(sequentially * 1000 >= delays.reduce((a, b) => a + b) - 10, stdout);
    assert.ok(Math.abs(times - sequentially / concurrently) < 0.1, stdout);
    await assertHolds(folder, ["CN", "IN"]);
  });

  test("ends quietly when nobody reads its output any more", async (t) => {
    const { url } = await serve(t, { mode: "DELAY", minDelay: 1, maxDelay: 1 });
    const folder = await emptyFolder(t);
    const piped = '{ "$0" "$@"; echo "exit $?" >&2; } | head -n 1';
    const args = ["-v", "--every", "-m", "1", "--server", url, "--output", folder];
    const { stdout, stderr } = await startCommand(t, "sh", "-c", piped, process.execPath, PROGRAM, ...args).ended;
    assert.match(stdout, /^AD: ok, \d+ bytes, \d+ ms\n$/);
    assert.equal(stderr, "exit 141\n");
    assert.ok((await readdir(folder)).every((name) => /^[A-Z]{2}\.svg$/.test(name)));
  });
});

describe("bad input and faults", { concurrency: 2 }, () => {
  test("usage errors exit with 2 before anything is done", async (t) => {
    const folder = join(await emptyFolder(t), "flags");
    const { stdout, stderr, code } = await run(t, "--mode", "fast", "--output", folder);
    assert.deepEqual([stdout, code], ["", 2]);
    assert.match(stderr, /^error: option '--mode <mode>' argument 'fast' is invalid\. .*\nTry --help\.\n$/);
    await assert.rejects(readdir(folder), { code: "ENOENT" });
  });

  test("an unknown country code is reported beside itself, and the others are downloaded", async (t) => {
    const { url } = await serve(t, BRIEF);
    const folder = await emptyFolder(t);
    const args = ["--mode", "completed", "--server", url, "--output", folder, "fr", "UK", "../cn", "JP"];
    const { stdout, stderr, code } = await run(t, ...args);
    assert.deepEqual(linesOf(stderr), ["UK: unknown country code", '"../cn": unknown country code']);
    assert.match(stdout, /^2 downloaded, 0 not found, 2 errors, /);
    assert.equal(code, 1);
    await assertHolds(folder, ["FR", "JP"]);
  });

  test("an unreachable server is named beside each code", async (t) => {
    const server = await startFlagServer();
    await server.close();
    for (const mode of ["completed", "threads"]) {
      const folder = join(await emptyFolder(t), "flags");
      const args = ["--mode", mode, "--server", server.url, "--output", folder];
      const { stdout, stderr, code } = await run(t, ...args, "FR", "JP");
      for (const [index, line] of linesOf(stderr).sort().entries()) {
        const cc = ["FR", "JP"][index] ?? "";
        assert.ok(line.startsWith(`${cc}: GET ${server.url}/${cc.toLowerCase()}/${cc.toLowerCase()}.svg: `), line);
        assert.match(line, /ECONNREFUSED 127\.0\.0\.1:\d+/);
      }
      assert.match(stdout, /^0 downloaded, 0 not found, 2 errors, /);
      assert.equal(code, 1);
      await assert.rejects(readdir(folder), { code: "ENOENT" });
    }
  });

  test("a folder that can't be one is named beside each code", async (t) => {
    const { url } = await serve(t, BRIEF);
    const file = join(await emptyFolder(t), "file");
    await writeFile(file, "");
    const { stdout, stderr, code } = await run(t, "--server", url, "--output", file, "FR", "JP");
    const lines = ["FR", "JP"].map((cc) => `${cc}: cannot save ${file}/${cc}.svg: ${file} is not a folder`);
    assert.deepEqual(linesOf(stderr).sort(), lines);
    assert.match(stdout, /^0 downloaded, 0 not found, 2 errors, /);
    assert.equal(code, 1);
  });

  test("files that can't be replaced or written whole are not kept in part, and the others are saved", async (t) => {
    const { url } = await serve(t, BRIEF);
    const folder = await emptyFolder(t);
    await mkdir(join(folder, "FR.svg"));
    // Eight blocks of 512 bytes for any one file: what the shell allows is enough for some of the flags.
    const limited = 'ulimit -f 8 && exec "$0" "$@"';
    const args = ["--server", url, "--output", folder, "MX", "FR", "CN", "IR", "JP", "EG"];
    const program = startCommand(t, "sh", "-c", limited, process.execPath, PROGRAM, ...args);
    const { stdout, stderr, code } = await program.ended;
    const failures = ["EG", "FR", "IR", "MX"].map((cc) => {
      const reason = cc === "FR" ? "illegal operation on a directory (EISDIR)" : "file too large (EFBIG)";
      return `${cc}: cannot save ${folder}/${cc}.svg: ${reason}`;
    });
    assert.deepEqual(linesOf(stderr).sort(), failures);
    assert.match(stdout, /^2 downloaded, 0 not found, 4 errors, /);
    assert.equal(code, 1);
    await rmdir(join(folder, "FR.svg"));
    await assertHolds(folder, ["CN", "JP"]);
  });

  const mounting = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { encoding: "utf8" });
  const cannotMount = mounting.status !== 0 && `no file system of its own: ${mounting.error ?? mounting.stderr}`;
  test("a disk that gets full keeps no partial file", { skip: cannotMount }, async (t) => {
    const { url } = await serve(t, BRIEF);
    const folder = await emptyFolder(t);
    const filling = `mount -t tmpfs -o size=48k tmpfs ${folder} && cd ${folder} && "$0" "$@"; echo "exit $?"; ls -A ${folder}`;
    const args = ["--mode", "sequential", "--server", url, "--output", folder, "FR", "MX", "JP"];
    const program = startCommand(t, "unshare", "-rm", "sh", "-c", filling, process.execPath, PROGRAM, ...args);
    const { stdout, stderr } = await program.ended;
    assert.equal(stderr, `MX: cannot save ${folder}/MX.svg: no space left on device (ENOSPC)\n`);
    const [counts, ...rest] = linesOf(stdout);
    assert.match(counts ?? "", /^2 downloaded, 0 not found, 1 error, /);
    assert.deepEqual(rest, ["exit 1", "FR.svg", "JP.svg"]);
  });
});
