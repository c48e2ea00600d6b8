import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { DownloadEvent } from "../../src/events.ts";
import { emptyFolder, PROGRAM, run, serve, start, startCommand } from "./program.ts";

/** `/5.txt` is five bytes; `/404` is not there; all else is its own path. */
const FILES: RequestListener = ({ url = "" }, response) => {
  const [, length] = /^\/(\d+)\.txt$/.exec(url) ?? [];
  if (url.startsWith("/404")) response.writeHead(404).end();
  else {
    const body = length === undefined ? url : "x".repeat(Number(length));
    response.writeHead(200, { "Content-Length": body.length }).end(body);
  }
};

/** What is in the folder, but for what begins with a dot. */
function namesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .sort();
}

/** The events that `--json` printed. */
function eventsOf(stdout: string): DownloadEvent[] {
  assert.ok(stdout.endsWith("\n"));
  return stdout
    .slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line) as DownloadEvent);
}

const TIME = /in \d+\.\d\d s/g;

describe("what downloads nothing", () => {
  for (const [args, begin] of [
    [["--version"], /^download-many \d+\.\d+\.\d+\n$/],
    [["-h"], /^download-many downloads /],
    [["--help"], /^download-many \d+\.\d+\.\d+ downloads /],
    [["--man"], /^\.TH DOWNLOAD/],
    [["--completion", "fish"], /^# fish completion/],
  ] as const) {
    test(args.join(" "), async (t) => {
      const { stdout, stderr, code } = await run(t, emptyFolder(t), ...args);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, begin);
    });
  }

  test("errors in the command line: exit code 2, on standard error", async (t) => {
    const folder = emptyFolder(t);
    writeFileSync(join(folder, "headers"), "X-Good: 1\n\nX-Bad\n");
    for (const [args, message] of [
      [[], "no address was given: name some, or a list of them with -i FILE (-i - is standard input)"],
      [["--retires=3", "http://a/"], "unknown option --retires. Did you mean --retries?"],
      [["-o", "x", "http://a/{1,2}"], "--output is for one address; lists have a place for each"],
      [
        ["--checksum", `md5=${"0".repeat(32)}`, "http://a/1", "http://a/2"],
        "--checksum is for one address; lists have a place for each",
      ],
      [
        ["-H", "@headers", "http://a/"],
        '--header takes "Name: value", or @FILE with a header on each line; headers:3 is no header',
      ],
      [["-i", "-", "-i", "-"], "-i - can be given once only"],
    ] as const) {
      const { stdout, stderr, code } = await run(t, folder, ...args);
      assert.deepEqual([code, stdout, stderr], [2, "", `download-many: ${message}\nTry "download-many --help".\n`]);
    }
    assert.deepEqual(readdirSync(folder), ["headers"]);
  });

  test("files that can't be read or written are told of before anything is asked for", async (t) => {
    const folder = emptyFolder(t);
    let asked = 0;
    const base = await serve(t, (_, response) => {
      asked++;
      response.end();
    });
    for (const [args, message] of [
      [["-i", "no/list"], /^download-many: .*no\/list.*: no such file or /],
      [["-H", "@no", `${base}/`], /^download-many: no: no such file or folder\n$/],
      [["--cacert", "no", `${base}/`], /^download-many: no: no such file or folder\n$/],
      [["--checksums", "no", `${base}/`], /^download-many: .*no.*: no such file or /],
      [["--failed", "no/failed", `${base}/`], /^download-many: can't write no\/failed: no such file or folder\n$/],
      [["--report", ".", `${base}/`], /^download-many: can't write \.: it is a folder\n$/],
      [["--report", "-", `${base}/`], /: --report and --failed take the path of a file; \/dev\/stdout /],
      [["--report", "x", "--failed", "./x", `${base}/`], /: --report and --failed name the same file: /],
      [["--report", "./x", "-i", "x"], /: --report would replace a list of --input: /],
    ] as const) {
      const { stdout, stderr, code } = await run(t, folder, ...args);
      assert.deepEqual([code, stdout], [2, ""], stderr);
      assert.match(stderr, message);
    }
    assert.equal(asked, 0);
  });

  test("a list that breaks off is told of, and what is known by then is written down", async (t) => {
    const folder = emptyFolder(t);
    const base = await serve(t, FILES);
    const lines = Array.from({ length: 2000 }, (_, i) => `${base}/404/${i}\n`).join("");
    const packed = gzipSync(lines);
    writeFileSync(join(folder, "list.gz"), packed.subarray(0, packed.length / 2));
    const { stderr, code } = await run(t, folder, "-i", "list.gz", "--failed", "failed", "--report", "report");
    assert.equal(code, 1);
    assert.match(stderr, /\ndownload-many: the list list\.gz can't be read: unexpected end of file\n$/);
    const failed = readFileSync(join(folder, "failed"), "utf8").trimEnd().split("\n");
    const records = readFileSync(join(folder, "report"), "utf8").trimEnd().split("\n");
    assert.ok(failed.length > 1 && records.length === failed.length + 1, `${failed.length} ${records.length}`);
  });

  test("a folder that can't be one", async (t) => {
    const folder = emptyFolder(t);
    writeFileSync(join(folder, "file"), "");
    const base = await serve(t, FILES);
    const { stderr, code } = await run(t, folder, "-d", "file", `${base}/5.txt`);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /^download-many: .*file/);
    assert.equal(stderr.split("\n").length, 2, stderr);
  });
});

describe("downloads", () => {
  test("all are there: exit code 0, one line", async (t) => {
    const folder = emptyFolder(t);
    const base = await serve(t, FILES);
    const first = await run(t, folder, "-d", "out", `${base}/{1..5}.txt`, `${base}/7.txt`);
    assert.deepEqual([first.code, first.stdout], [0, ""], first.stderr);
    assert.equal(first.stderr.replace(TIME, "in T"), "6 saved (22 B) in T\n");
    assert.deepEqual(namesIn(join(folder, "out")), ["1.txt", "2.txt", "3.txt", "4.txt", "5.txt", "7.txt"]);
    assert.equal(readFileSync(join(folder, "out/5.txt"), "utf8"), "xxxxx");

    const again = await run(t, folder, "-d", "out", `${base}/{1..6}.txt`);
    assert.deepEqual([again.code, again.stdout], [0, ""]);
    assert.equal(again.stderr.replace(TIME, "in T"), "1 saved (6 B) in T, 5 already there\n");
  });

  test("-q says nothing, -v something of each file", async (t) => {
    const folder = emptyFolder(t);
    const base = await serve(t, FILES);
    assert.deepEqual(await run(t, folder, "-q", `${base}/1.txt`), { stdout: "", stderr: "", code: 0, signal: null });
    const { stderr } = await run(t, folder, "-v", "-m1", `${base}/{1,2}.txt`);
    assert.equal(
      stderr.replace(TIME, "in T"),
      "1.txt: skipped, is there already\n2.txt: 2 B in T\n1 saved (2 B) in T, 1 already there\n",
    );
  });

  test("some failed: exit code 1, and a table of reasons, also with -q", async (t) => {
    const folder = emptyFolder(t);
    const base = await serve(t, FILES);
    writeFileSync(join(folder, "urls"), `${base}/1.txt\n${base}/404/a\n`);
    const { stdout, stderr, code } = await run(t, folder, "-i", "urls");
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^1 failed:\n {2}urls:2: http:.*\/404\/a: .*404.*\n1 saved \(1 B\) in \S+ s, 1 failed\n$/);
    const quiet = await run(t, folder, "-qi", "urls");
    assert.match(quiet.stderr, /^1 failed:\n {2}urls:2: .*\n$/);
  });

  test("no network: each address has its reason", async (t) => {
    const base = await serve(t, FILES);
    const port = Number(new URL(base).port);
    // Nobody listens on a port that was just closed.
    const nobody = `http://127.0.0.1:${port === 1024 ? 1025 : 1}/x`;
    const { stderr, code } = await run(t, emptyFolder(t), "--retries", "0", nobody);
    assert.equal(code, 1);
    assert.match(stderr, /^1 failed:\n {2}.*\/x: .+\n0 saved \(0 B\) in \S+ s, 1 failed\n$/);
  });

  test("-o names the file, --checksum verifies it", async (t) => {
    const folder = emptyFolder(t);
    const base = await serve(t, FILES);
    const sum = "md5=fb0e22c79ac75679e9881e6ba183b354"; // of xxxxx
    const good = await run(t, folder, "-o", "sub/five", "--checksum", sum, `${base}/5.txt`);
    assert.equal(good.code, 0, good.stderr);
    assert.equal(readFileSync(join(folder, "sub/five"), "utf8"), "xxxxx");
    const bad = await run(t, folder, "-o", "six", "--checksum", sum, "--retries=0", `${base}/6.txt`);
    assert.equal(bad.code, 1);
    assert.equal(existsSync(join(folder, "six")), false);
  });

  test("headers, names and passwords go to the server", async (t) => {
    const folder = emptyFolder(t);
    writeFileSync(join(folder, "headers"), "X-File: from a file\r\n");
    const seen: unknown[] = [];
    const base = await serve(t, ({ headers }, response) => {
      seen.push([headers["x-one"], headers["x-file"], headers.authorization, headers["user-agent"]]);
      response.end();
    });
    await run(t, folder, "-H", "X-One: 1", "-H", "X-One: 2", "-H", "@headers", "-u", "me:secret", `${base}/a`);
    await run(t, folder, "-A", "me/1", `${base}/b`);
    assert.deepEqual(seen[0], ["1, 2", "from a file", `Basic ${btoa("me:secret")}`, "download-many/0.1.0"]);
    assert.deepEqual(seen[1], [undefined, undefined, undefined, "me/1"]);
  });

  test("a list from standard input is downloaded as it comes", async (t) => {
    const folder = emptyFolder(t);
    const asked = new Map<string | undefined, () => void>();
    const wasAsked = (path: string) => new Promise<void>((resolve) => asked.set(path, resolve));
    const base = await serve(t, (request, response) => {
      asked.get(request.url)?.();
      FILES(request, response);
    });
    const program = start(t, folder, "-i", "-", "--format", "lines");
    const first = wasAsked("/1.txt");
    program.stdin.write(`${base}/1.txt\n`);
    await first;
    const second = wasAsked("/2.txt");
    program.stdin.end(`${base}/2.txt`);
    await second;
    const { stderr, code } = await program.ended;
    assert.equal(code, 0, stderr);
    assert.deepEqual(namesIn(folder), ["1.txt", "2.txt"]);
  });

  test("--dry-run prints what would be done, and saves nothing", async (t) => {
    const folder = emptyFolder(t);
    const base = await serve(t, FILES);
    const { stdout, stderr, code } = await run(t, folder, "--dry-run", "-m1", `${base}/{5,6}.txt`);
    assert.deepEqual([code, stderr], [0, "2 files to download (11 B)\n"]);
    assert.equal(stdout, `5.txt: 5 B, from ${base}/5.txt\n6.txt: 6 B, from ${base}/6.txt\n`);
    assert.deepEqual(namesIn(folder), []);
  });
});

describe("for programs", () => {
  test("--json prints each event; user information is in none", async (t) => {
    const folder = emptyFolder(t);
    const base = await serve(t, FILES);
    const secret = base.replace("//", "//me:hunter2@");
    const { stdout, stderr, code } = await run(t, folder, "--json", `${secret}/{1,2}.txt`, `${secret}/404/a`);
    assert.equal(code, 1);
    const events = eventsOf(stdout);
    const types = events.map(({ type }) => type).sort();
    assert.deepEqual(types, ["done", "done", "end", "failed", "start", "start", "start"]);
    assert.equal(events.at(-1)?.type, "end");
    assert.doesNotMatch(stdout + stderr, /hunter2/);
  });

  test("--failed writes a list that can be fed back, with all that its items had", async (t) => {
    const folder = emptyFolder(t);
    let isDown = true;
    const base = await serve(t, (request, response) => {
      const { authorization, "x-key": key } = request.headers;
      if (isDown && request.url !== "/1.txt") response.writeHead(404).end();
      else response.end(`${request.url} ${authorization ?? ""} ${key ?? ""}`);
    });
    const secret = base.replace("//", "//me:hunter2@");
    const item = { url: `${base}/b`, name: "bee", headers: { "X-Key": "k" } };
    writeFileSync(join(folder, "urls"), `${base}/1.txt\n${secret}/a\n${JSON.stringify(item)}\nhttp://\n`);
    const first = await run(t, folder, "-i", "urls", "--failed", "again");
    // It may have passwords.
    if (process.platform !== "win32") assert.equal(statSync(join(folder, "again")).mode & 0o077, 0);
    assert.equal(first.code, 1);
    assert.doesNotMatch(first.stderr, /hunter2/);
    const list = readFileSync(join(folder, "again"), "utf8");
    assert.equal(list.split("\n").length, 4, list);

    isDown = false;
    writeFileSync(join(folder, "again"), list.replace("http://\n", ""));
    const second = await run(t, folder, "-i", "again", "--failed", "again");
    assert.equal(second.code, 0, second.stderr);
    assert.equal(readFileSync(join(folder, "again"), "utf8"), "");
    assert.equal(readFileSync(join(folder, "a"), "utf8"), `/a Basic ${btoa("me:hunter2")} `);
    assert.equal(readFileSync(join(folder, "bee"), "utf8"), "/b  k");
  });

  test("what can't be written is told of, beside all that was done", { skip: !existsSync("/dev/full") }, async (t) => {
    const folder = emptyFolder(t);
    const base = await serve(t, FILES);
    const report = await run(t, folder, "--report", "/dev/full", `${base}/1.txt`);
    assert.equal(report.code, 1);
    assert.match(report.stderr, /^1 saved .*\ndownload-many: can't write \/dev\/full: the disk is full\n$/);
    const command = `"$0" "$1" --json "$2" > /dev/full`;
    const json = await startCommand(t, folder, "bash", "-c", command, process.execPath, PROGRAM, `${base}/{2..20}.txt`)
      .ended;
    assert.equal(json.code, 1, json.stderr);
    assert.match(json.stderr, /\ndownload-many: can't write to standard output: ENOSPC.*\n$/);
  });

  test("--report has a record of each item and the counts", async (t) => {
    const folder = emptyFolder(t);
    const base = await serve(t, FILES);
    const args = ["--json", "--report", "report.jsonl", `${base}/{1,2}.txt`, `${base}/404/a`];
    const { stdout } = await run(t, folder, ...args);
    const outcomes = eventsOf(stdout).filter(({ type }) => type !== "start" && type !== "retry");
    assert.deepEqual(eventsOf(readFileSync(join(folder, "report.jsonl"), "utf8")), outcomes);
    assert.equal(outcomes.length, 4);
  });
});
