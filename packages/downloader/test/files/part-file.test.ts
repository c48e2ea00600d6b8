import assert from "node:assert/strict";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { type Coroutine, createTask, isCancelled, run, sleep } from "yieldfrom";
import { failureOf } from "../../../core/test/helpers.ts";
import { checksumsOf, Hashing } from "../../src/files/checksums.ts";
import { type OutputFolder, openFolder } from "../../src/files/output-folder.ts";
import type { PartRecord } from "../../src/files/part-record.ts";
import { filesIn, replaceInFs, systemError, temporaryFolder } from "./temporary.ts";

const LOCK = ".download-many.lock";
const PART = ".a.part";
const RECORD_FILE = ".a.part.json";

const RECORD: PartRecord = { sources: [{ url: "https://h/a", validator: { kind: "etag", value: '"1"' } }], total: 10 };

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}

/** Runs `body` with an output folder, and gives its path. */
async function inFolder(
  t: TestContext,
  body: (folder: OutputFolder) => Coroutine<void>,
  options: { readonly fsync?: boolean; readonly dir?: string } = {},
): Promise<string> {
  const { fsync = false, dir = temporaryFolder(t) } = options;
  await run(function* () {
    using folder = yield* openFolder(dir, { fsync });
    yield* body(folder);
  });
  return dir;
}

/** A part file of five bytes that was kept. */
function* keepHalf(folder: OutputFolder, record: PartRecord = RECORD): Coroutine<void> {
  const part = folder.openPart("a");
  yield* part.restart(record);
  part.writer(0).write(Buffer.from("01234"));
  yield* part.keep();
}

describe("a part file", () => {
  it("is written beside the file, and gets its name in the end", async (t) => {
    const dir = await inFolder(t, function* (folder) {
      const part = folder.openPart("a");
      assert.deepEqual([part.record, part.size, part.name], [null, 0, "a"]);
      yield* part.restart(RECORD);
      assert.deepEqual(filesIn(folder.path), [PART, RECORD_FILE, LOCK]);
      part.writer(0).write(Buffer.from("0123456789"));
      yield* part.finish({ mtime: 1_234_567_890_123 });
      yield* part.keep();
      yield* part.discard();
    });
    assert.deepEqual(filesIn(dir), ["a"]);
    assert.equal(readFileSync(`${dir}/a`, "utf8"), "0123456789");
    assert.equal(Math.round(statSync(`${dir}/a`).mtimeMs), 1_234_567_890_123);
  });

  it("is kept, and gone on with", async (t) => {
    const dir = await inFolder(t, function* (folder) {
      assert.ok(!folder.hasPart("a"));
      yield* keepHalf(folder);
      assert.ok(folder.hasPart("a"));
      const part = folder.openPart("a");
      assert.deepEqual([part.record, part.size], [RECORD, 5]);
      part.writer(5).write(Buffer.from("56789"));
      yield* part.finish();
      assert.ok(!folder.hasPart("a"));
    });
    assert.equal(readFileSync(`${dir}/a`, "utf8"), "0123456789");
  });

  it("keeps what a writer was given, as if it was flushed", async (t) => {
    const dir = await inFolder(t, function* (folder) {
      const part = folder.openPart("a");
      yield* part.restart({ ...RECORD, total: null });
      const writer = part.writer(0);
      for (let count = 0; count < 30; count++) writer.write(Buffer.alloc(100_000));
      yield* part.keep();
    });
    assert.equal(statSync(`${dir}/${PART}`).size, 3_000_000);
  });

  it("is begun anew by restart(): the old bytes go before the new record comes", async (t) => {
    await inFolder(t, function* (folder) {
      yield* keepHalf(folder);
      const part = folder.openPart("a");
      const other: PartRecord = { ...RECORD, sources: [{ url: "https://h/other", validator: null }] };
      let sizeThen: number | undefined;
      replaceInFs(t, "renameSync", (original) => (from: string, to: string) => {
        sizeThen = statSync(`${folder.path}/${PART}`).size;
        original(from, to);
      });
      yield* part.restart(other);
      assert.equal(sizeThen, 0);
      part.writer(0).write(Buffer.from("xyz"));
      yield* part.keep();
      const again = folder.openPart("a");
      assert.deepEqual([again.record, again.size], [other, 3]);
      yield* again.discard();
    });
  });

  it("leaves nothing when it is discarded, or when nothing of it is worth keeping", async (t) => {
    const dir = await inFolder(t, function* (folder) {
      yield* keepHalf(folder);
      yield* folder.openPart("a").discard();
      assert.deepEqual(filesIn(folder.path), [LOCK]);
      // Nobody knows what it is of.
      const unknown = folder.openPart("a");
      unknown.writer(0).write(Buffer.from("x"));
      yield* unknown.keep();
      assert.deepEqual(filesIn(folder.path), [LOCK]);
      const empty = folder.openPart("a");
      yield* empty.restart(RECORD);
      yield* empty.keep();
    });
    assert.deepEqual(filesIn(dir), []);
  });

  it("has pieces, each with a writer", async (t) => {
    const pieces = [
      { start: 0, end: 5, next: 2 },
      { start: 5, end: 10, next: 7 },
    ];
    const dir = await inFolder(t, function* (folder) {
      const part = folder.openPart("a");
      yield* part.restart({ ...RECORD, pieces: pieces.map(({ start, end }) => ({ start, end, next: start })) });
      const writers = pieces.map(({ start }) => part.writer(start));
      writers[1]?.write(Buffer.from("56"));
      writers[0]?.write(Buffer.from("01"));
      for (const writer of writers) yield* writer.flush();
      yield* part.remember({ ...RECORD, pieces });
      yield* part.keep();
      const again = folder.openPart("a");
      assert.deepEqual(again.record?.pieces, pieces);
      again.writer(2).write(Buffer.from("234"));
      again.writer(7).write(Buffer.from("789"));
      yield* again.finish();
    });
    assert.equal(readFileSync(`${dir}/a`, "utf8"), "0123456789");
    assert.deepEqual(filesIn(dir), ["a"]);
  });

  it("is cut by truncate()", async (t) => {
    const dir = await inFolder(t, function* (folder) {
      const part = folder.openPart("a");
      part.writer(0).write(Buffer.from("0123456789"));
      yield* part.truncate(4);
      yield* part.finish();
    });
    assert.equal(readFileSync(`${dir}/a`, "utf8"), "0123");
  });

  it("is hashed from its start, as far as asked", async (t) => {
    const bytes = Buffer.alloc(2_500_000, "abcdefg");
    await inFolder(t, function* (folder) {
      const part = folder.openPart("a");
      const writer = part.writer(0);
      writer.write(bytes);
      yield* writer.flush();
      for (const length of [0, 1, 1024 * 1024, 2_400_000]) {
        const hashing = new Hashing(["sha256"]);
        yield* part.hash(hashing, length);
        assert.deepEqual(hashing.end(), checksumsOf([bytes.subarray(0, length)], ["sha256"]));
      }
      assert.equal(codeOf(yield* failureOf(part.hash(new Hashing(["md5"]), bytes.length + 1))), "ERR_PART_CHANGED");
      yield* part.discard();
    });
  });
});

describe("openPart", () => {
  const unusable: readonly (readonly [what: string, prepare: (dir: string) => void])[] = [
    ["no record", (dir) => writeFileSync(`${dir}/${PART}`, "old")],
    ["half a record", (dir) => prepared(dir, "old", '{"version":1,"sou')],
    ["a record and no part", (dir) => writeFileSync(`${dir}/${RECORD_FILE}`, recordText())],
    ["an empty part", (dir) => prepared(dir, "", recordText())],
    ["a part that is longer than the file", (dir) => prepared(dir, "01234567890", recordText())],
    [
      "a part without what its pieces have",
      (dir) => prepared(dir, "0", recordText({ pieces: [{ start: 0, end: 10, next: 2 }] })),
    ],
    [
      "a record that was being written, too",
      (dir) => {
        prepared(dir, "old", "");
        writeFileSync(`${dir}/.a.part.new`, recordText());
      },
    ],
  ];
  for (const [what, prepare] of unusable) {
    it(`begins anew where there is ${what}`, async (t) => {
      const root = temporaryFolder(t);
      prepare(root);
      const dir = await inFolder(
        t,
        function* (folder) {
          const part = folder.openPart("a");
          assert.equal(part.record, null);
          assert.deepEqual([part.size, statSync(`${folder.path}/${PART}`).size], [0, 0]);
          // It would be taken for one of the bytes that come.
          assert.deepEqual(filesIn(folder.path), [PART, LOCK]);
          part.writer(0).write(Buffer.from("new"));
          yield* part.finish();
        },
        { dir: root },
      );
      assert.deepEqual(filesIn(dir), ["a"]);
      assert.equal(readFileSync(`${dir}/a`, "utf8"), "new");
    });
  }

  it("goes on with no link, and writes through none", async (t) => {
    const root = temporaryFolder(t);
    const dir = `${root}/out`;
    mkdirSync(dir);
    for (const make of [symlinkSync, linkSync]) {
      writeFileSync(`${root}/victim`, "mine");
      make(`${root}/victim`, `${dir}/${PART}`);
      writeFileSync(`${dir}/${RECORD_FILE}`, recordText());
      await inFolder(
        t,
        function* (folder) {
          const part = folder.openPart("a");
          assert.equal(part.record, null);
          part.writer(0).write(Buffer.from("new"));
          yield* part.finish({ replace: true });
        },
        { dir },
      );
      assert.equal(readFileSync(`${root}/victim`, "utf8"), "mine");
      assert.deepEqual(filesIn(dir), ["a"]);
    }
  });

  it("refuses a part that is open, also one of another run of this process", async (t) => {
    await inFolder(t, function* (folder) {
      using other = yield* openFolder(folder.path);
      const part = folder.openPart("x/a");
      const busy = { code: "ERR_PART_BUSY", message: 'The part of "x/a" is open already: another download writes it' };
      assert.throws(() => folder.openPart("x/a"), busy);
      assert.throws(() => other.openPart("x/a"), busy);
      assert.equal(codeOf(yield* failureOf(other.saveWhole("x/a", [Buffer.from("a")]))), "ERR_PART_BUSY");
      yield* part.discard();
      yield* other.openPart("x/a").discard();
    });
  });

  it("says what stands in the way", async (t) => {
    const root = temporaryFolder(t);
    mkdirSync(`${root}/${PART}`);
    await inFolder(
      t,
      function* (folder) {
        assert.throws(() => folder.openPart("a"), { name: "DownloadError", message: /^Can't open the part of "a": / });
        assert.throws(() => folder.openPart("b".repeat(300)), { code: "ERR_NAME_TOO_LONG" });
      },
      { dir: root },
    );
  });
});

describe("finish", () => {
  it("leaves a file that has come there, and the part can be kept", async (t) => {
    const dir = await inFolder(t, function* (folder) {
      const part = folder.openPart("a");
      yield* part.restart(RECORD);
      part.writer(0).write(Buffer.from("new"));
      writeFileSync(`${folder.path}/a`, "theirs");
      const error = yield* failureOf(part.finish());
      assert.equal(codeOf(error), "ERR_EXISTS");
      assert.equal(String(error), 'DownloadError: Can\'t save "a": there is a file of that name by now');
      yield* part.keep();
      assert.ok(folder.hasPart("a"));
      yield* folder.openPart("a").finish({ replace: true });
    });
    assert.equal(readFileSync(`${dir}/a`, "utf8"), "new");
    assert.deepEqual(filesIn(dir), ["a"]);
  });

  it("throws what a write failed with, and then it can be discarded", async (t) => {
    const dir = await inFolder(t, function* (folder) {
      replaceInFs(t, "write", () => (...args: unknown[]) => {
        setImmediate(args.at(-1) as (error: Error) => void, systemError("ENOSPC"));
      });
      const part = folder.openPart("a");
      part.writer(0).write(Buffer.from("x"));
      assert.equal(codeOf(yield* failureOf(part.finish())), "ERR_DISK_FULL");
      assert.ok(!existsSync(`${folder.path}/a`));
      yield* part.discard();
    });
    assert.deepEqual(filesIn(dir), []);
  });

  it("names the file only when its bytes are on the disk, and then waits for the folder, with fsync", async (t) => {
    const steps: string[] = [];
    await inFolder(
      t,
      function* (folder) {
        replaceInFs(t, "fsync", (original) => (fd: number, done: (error: Error | null) => void) => {
          steps.push(existsSync(`${folder.path}/a`) ? "fsync folder" : "fsync file");
          original(fd, done);
        });
        const part = folder.openPart("a");
        part.writer(0).write(Buffer.from("x"));
        yield* part.finish();
      },
      { fsync: true },
    );
    assert.deepEqual(steps, process.platform === "win32" ? ["fsync file"] : ["fsync file", "fsync folder"]);
  });

  it("does not come to pass where the disk reports an error at fsync", async (t) => {
    const dir = await inFolder(
      t,
      function* (folder) {
        replaceInFs(t, "fsync", () => (_: number, done: (error: Error) => void) => {
          setImmediate(done, systemError("EIO"));
        });
        const part = folder.openPart("a");
        part.writer(0).write(Buffer.from("x"));
        assert.equal(codeOf(yield* failureOf(part.finish())), "ERR_DISK");
        yield* part.discard();
      },
      { fsync: true },
    );
    assert.deepEqual(filesIn(dir), []);
  });
});

describe("an end of a part file", () => {
  for (const end of ["keep", "discard", "restart", "truncate"] as const) {
    it(`${end}() waits for the write that is under way, also when it is cancelled`, async (t) => {
      await inFolder(t, function* (folder) {
        let go = () => {};
        let isWriting = false;
        type Write = (...args: unknown[]) => void;
        replaceInFs(t, "write", (original) => (...args: unknown[]) => {
          isWriting = true;
          const done = args.pop() as (...args: unknown[]) => void;
          go = () =>
            (original as Write)(...args, (...outcome: unknown[]) => {
              isWriting = false;
              done(...outcome);
            });
        });
        replaceInFs(t, "close", (original) => (...args: Parameters<typeof original>) => {
          assert.ok(!isWriting, "closed under a write");
          original(...args);
        });
        const part = folder.openPart("a");
        part.writer(0).write(Buffer.from("x"));
        const ends = { keep: () => part.keep(), discard: () => part.discard(), truncate: () => part.truncate(0) };
        const task = createTask(end === "restart" ? part.restart(RECORD) : ends[end]());
        for (let count = 0; count < 3; count++) {
          yield* sleep(1);
          task.cancel();
        }
        yield* sleep(1);
        assert.ok(!task.done());
        go();
        assert.ok(isCancelled(yield* failureOf(task)));
        yield* part.discard();
      });
    });
  }

  it("comes wherever the download is cancelled, and what is kept is what was written", async (t) => {
    const dir = temporaryFolder(t);
    const chunk = Buffer.alloc(700_000, "x");
    const points = await cancelEverywhere(function* () {
      using folder = yield* openFolder(dir);
      const part = folder.openPart("a");
      try {
        yield* part.restart({ ...RECORD, total: null });
        const writer = part.writer(0);
        for (let count = 0; count < 15; count++) if (!writer.write(chunk)) yield* writer.drain();
        yield* part.finish({ replace: true });
      } finally {
        yield* part.keep();
        const files = readdirSync(dir).filter((name) => name !== LOCK && name !== "a");
        assert.ok(files.length === 0 || files.join() === `${PART},${RECORD_FILE}`, files.join());
        if (files.length > 0) assert.equal(statSync(`${dir}/${PART}`).size % 700_000, 0);
      }
    });
    assert.ok(points > 5);
    const last = await inFolder(
      t,
      function* (folder) {
        yield* folder.openPart("a").discard();
      },
      { dir },
    );
    assert.deepEqual(filesIn(last), ["a"]);
  });

  it("leaves no descriptor open", { skip: process.platform !== "linux" }, async (t) => {
    const before = readdirSync("/proc/self/fd").length;
    await inFolder(t, function* (folder) {
      for (let count = 0; count < 20; count++) {
        yield* keepHalf(folder);
        yield* folder.openPart("a").finish({ replace: true });
        yield* failureOf(folder.saveWhole("a", [Buffer.alloc(100_000)]));
      }
    });
    assert.ok(readdirSync("/proc/self/fd").length <= before + 2);
  });

  it("may be removed by somebody else, and its task is still cancelled", async (t) => {
    await inFolder(t, function* (folder) {
      yield* keepHalf(folder);
      const task = createTask(
        (function* () {
          const part = folder.openPart("a");
          try {
            unlinkSync(`${folder.path}/${PART}`);
            yield* sleep(60_000);
          } finally {
            yield* part.keep();
          }
        })(),
      );
      yield* sleep(0);
      task.cancel();
      assert.ok(isCancelled(yield* failureOf(task)));
      assert.deepEqual(filesIn(folder.path), [LOCK]);
    });
  });

  it("gives its name to no other file that was put in its place", async (t) => {
    await inFolder(t, function* (folder) {
      const part = folder.openPart("a");
      yield* part.restart(RECORD);
      part.writer(0).write(Buffer.from("0123456789"));
      writeFileSync(`${folder.path}/other`, "half of");
      renameSync(`${folder.path}/other`, `${folder.path}/${PART}`);
      assert.equal(codeOf(yield* failureOf(part.finish())), "ERR_PART_CHANGED");
      yield* part.discard();
      assert.equal(existsSync(`${folder.path}/a`), false);
    });
  });

  it("is not taken for another one where files have no numbers", async (t) => {
    await inFolder(t, function* (folder) {
      const withoutNumber =
        (original: unknown) =>
        (...args: never[]) => {
          const stat = (original as (...args: never[]) => { ino: bigint | number } | undefined)(...args);
          if (stat !== undefined) stat.ino = typeof stat.ino === "bigint" ? 0n : 0;
          return stat;
        };
      replaceInFs(t, "lstatSync", withoutNumber);
      replaceInFs(t, "fstatSync", withoutNumber);
      writeFileSync(`${folder.path}/.b.part`, "left over");
      const part = folder.openPart("a");
      yield* folder.openPart("b").finish();
      yield* part.finish();
    });
  });

  it("is busy under another spelling that means the same file", async (t) => {
    await inFolder(t, function* (folder) {
      const part = folder.openPart("a");
      yield* part.restart(RECORD);
      // As a file system does that takes "A" for "a".
      replaceInFs(
        t,
        "lstatSync",
        (original) => (path: string, options: object) => original(path.replace(/\.A\.part$/, PART), options),
      );
      assert.throws(() => folder.openPart("A"), { code: "ERR_PART_BUSY" });
      assert.equal(codeOf(yield* failureOf(folder.saveWhole("A", [Buffer.from("x")]))), "ERR_PART_BUSY");
      yield* part.discard();
      yield* folder.openPart("A").discard();
    });
  });
});

function prepared(dir: string, part: string, record: string): void {
  writeFileSync(`${dir}/${PART}`, part);
  writeFileSync(`${dir}/${RECORD_FILE}`, record);
}

function recordText(more: Partial<PartRecord> = {}): string {
  return JSON.stringify({ version: 1, ...RECORD, ...more });
}
