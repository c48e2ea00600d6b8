/** The memory of the command does not grow with its list, nor with the files: what it takes for few is compared with many. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { HostileServer } from "./hostile-server.ts";

const MAIN = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
/** Prints the most memory that was ever in use, in kB. */
const TELL =
  "data:text/javascript,process.on('exit',()=>process.stderr.write('maxRSS='+process.resourceUsage().maxRSS))";

/**
 * Without a bound V8 lets garbage lie while there is room, and nobody could tell that from growth. What is alive needs less
 * than this; ten bytes kept of each of a million would be seen, since the process would come to its end.
 */
const HEAP = ["--max-old-space-size=72", "--max-semi-space-size=4"];

interface Used {
  /** Bytes. */
  readonly most: number;
  readonly code: number | null;
  /** The end of what it printed. */
  readonly tail: string;
}

/** Runs the command with these lines as its list. */
async function used(lines: Iterable<string>, ...options: string[]): Promise<Used> {
  const dir = mkdtempSync(join(tmpdir(), "download-many-"));
  try {
    const args = [...HEAP, "--import", TELL, MAIN, "-i", "-", "-d", join(dir, "out"), "-q", ...options];
    // Measuring coverage takes memory of its own.
    const { NODE_V8_COVERAGE: _, ...env } = process.env;
    const child = spawn(process.execPath, args, { env, stdio: ["pipe", "ignore", "pipe"] });
    let tail = "";
    child.stderr.on("data", (bytes: Buffer) => {
      tail = (tail + bytes).slice(-3000);
    });
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    await pipeline(Readable.from(inChunks(lines)), child.stdin);
    const code = await ended;
    const [, kilobytes] = /maxRSS=(\d+)$/.exec(tail) ?? [];
    assert.ok(kilobytes !== undefined, tail);
    assert.deepEqual(readdirSync(dir), ["out"]);
    return { most: Number(kilobytes) * 1024, code, tail };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function* inChunks(lines: Iterable<string>): Generator<string> {
  let chunk = "";
  for (const line of lines) {
    chunk += line;
    if (chunk.length < 65_536) continue;
    yield chunk;
    chunk = "";
  }
  yield chunk;
}

function* addresses(origin: string, count: number): Generator<string> {
  for (let n = 0; n < count; n++) yield `${origin}/files/some-name-of-usual-length-${n}.bin\n`;
}

/** Answers each request with the same bytes, as fast as it can. */
async function serveAlways(answer: string): Promise<{ origin: string } & AsyncDisposable> {
  const server = createServer((socket) => {
    socket.on("data", (bytes) => {
      let asked = 0;
      for (let at = bytes.indexOf("\r\n\r\n"); at >= 0; at = bytes.indexOf("\r\n\r\n", at + 4)) asked++;
      socket.write(answer.repeat(asked));
    });
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

const MB = 1024 * 1024;

function compare(t: TestContext, few: Used, many: Used, most: number): void {
  const [small, large] = [few.most, many.most].map((bytes) => Math.round(bytes / MB));
  t.diagnostic(`${small} MiB, then ${large} MiB`);
  assert.ok(many.most - few.most < most, `${small} MiB grew to ${large} MiB`);
}

describe("memory does not grow with the list", () => {
  test("a million addresses of a host that wants to be left alone", async (t) => {
    await using server = await serveAlways("HTTP/1.1 429 No\r\nretry-after: 100000\r\ncontent-length: 0\r\n\r\n");
    const few = await used(addresses(server.origin, 100_000));
    const many = await used(addresses(server.origin, 1_000_000));
    assert.deepEqual([few.code, many.code], [1, 1], many.tail);
    // Whose name it is takes 24 bytes of each.
    compare(t, few, many, 900_000 * 24 + 50 * MB);
  });

  test("a million addresses that come to the same names", async (t) => {
    await using server = await serveAlways("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc");
    const named = function* (count: number): Generator<string> {
      for (let n = 0; n < count; n++) yield `${server.origin}/${n}\t${n % 100}.txt\n`;
    };
    const few = await used(named(100_000), "--clash", "skip");
    const many = await used(named(1_000_000), "--clash", "skip");
    assert.deepEqual([few.code, many.code], [0, 0], many.tail);
    compare(t, few, many, 900_000 * 24 + 50 * MB);
  });

  test("files that are not there", async (t) => {
    await using server = await serveAlways("HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n");
    const few = await used(addresses(server.origin, 5000));
    const many = await used(addresses(server.origin, 40_000));
    assert.deepEqual([few.code, many.code], [1, 1], many.tail);
    compare(t, few, many, 50 * MB);
  });
});

describe("memory does not grow with the files", () => {
  for (const options of [[], ["--split", "4", "--min-split-size", "1M"]]) {
    test(`four that are huge${options.length > 0 ? ", in pieces" : ""}`, async (t) => {
      await using server = await HostileServer.listen();
      const lines = (size: number) =>
        Array.from({ length: 4 }, (_, n) => {
          const file = server.file(`/${size}-${n}.bin`);
          file.size = size;
          const checksum = `sha256=${file.content.sha256()}`;
          return `${JSON.stringify({ url: server.url(file.path), checksum })}\n`;
        });
      const few = await used(lines(15 * MB), ...options);
      const many = await used(lines(150 * MB), ...options);
      assert.deepEqual([few.code, many.code], [0, 0], many.tail);
      compare(t, few, many, 60 * MB);
      assert.ok(many.most < 250 * MB, `${many.most} bytes`);
    });
  }
});
