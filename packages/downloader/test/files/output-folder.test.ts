import assert from "node:assert/strict";
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { describe, it } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { type Coroutine, createTask, isCancelled, run, sleep } from "yieldfrom";
import { failureOf } from "../../../core/test/helpers.ts";
import { seeded } from "../../../core/test/seeded.ts";
import { type OutputFolder, openFolder } from "../../src/files/output-folder.ts";
import { ownIdentity } from "../../src/files/process-identity.ts";
import { safeName } from "../../src/names/safe-name.ts";
import { randomText } from "../names/random-text.ts";
import { filesIn, replaceInFs, systemError, temporaryFolder } from "./temporary.ts";

const LOCK = ".download-many.lock";

const HELLO = Buffer.from("hello");

/** Runs `body` with an output folder, which is empty again but for what it saved. */
async function withFolder(dir: string, body: (folder: OutputFolder) => Coroutine<void>, fsync = false): Promise<void> {
  await run(function* () {
    using folder = yield* openFolder(dir, { fsync });
    yield* body(folder);
  });
}

describe("openFolder", () => {
  it("makes the folder, has its lock, and gives it back", async (t) => {
    const dir = `${temporaryFolder(t)}/a/b`;
    await withFolder(dir, function* (folder) {
      assert.equal(folder.path, dir);
      assert.deepEqual(filesIn(dir), [LOCK]);
    });
    assert.deepEqual(filesIn(dir), []);
  });

  it("goes by the real path of a folder that is given by a link", async (t) => {
    const root = temporaryFolder(t);
    mkdirSync(`${root}/real`);
    symlinkSync(`${root}/real`, `${root}/link`);
    await withFolder(`${root}/link`, function* (folder) {
      assert.equal(folder.path, `${root}/real`);
      yield* folder.saveWhole("a", [HELLO]);
    });
    assert.deepEqual(filesIn(`${root}/real`), ["a"]);
  });

  it("gives the lock back when the body throws, and when it is cancelled", async (t) => {
    const dir = temporaryFolder(t);
    const body = new Error("of the body");
    await assert.rejects(
      withFolder(dir, function* () {
        throw body;
      }),
      body,
    );
    assert.deepEqual(filesIn(dir), []);
    await cancelEverywhere(function* () {
      using folder = yield* openFolder(dir);
      yield* folder.saveWhole("a", [HELLO], { replace: true });
      yield* sleep(1);
    });
    assert.deepEqual(filesIn(dir), ["a"]);
  });

  it("shares the lock among the runs of one process: the last one gives it back", async (t) => {
    const dir = temporaryFolder(t);
    await run(function* () {
      const first = yield* openFolder(dir);
      const second = yield* openFolder(`${dir}/.`);
      first.close();
      first.close();
      assert.deepEqual(filesIn(dir), [LOCK]);
      second.close();
      assert.deepEqual(filesIn(dir), []);
    });
  });

  it("keeps the lock as long as a part file is open", async (t) => {
    const dir = temporaryFolder(t);
    await run(function* () {
      const folder = yield* openFolder(dir);
      const part = folder.openPart("a");
      folder.close();
      assert.ok(filesIn(dir).includes(LOCK));
      yield* part.discard();
      assert.deepEqual(filesIn(dir), []);
    });
  });

  it("refuses a folder that another process has, and names that", async (t) => {
    const dir = temporaryFolder(t);
    writeFileSync(`${dir}/${LOCK}`, JSON.stringify({ ...ownIdentity(), token: "another" }));
    await assert.rejects(
      withFolder(dir, function* () {}),
      {
        code: "ERR_LOCKED",
        message:
          `The folder "${dir}" is in use by process ${process.pid} on "${hostname()}": wait for it, or choose another ` +
          "folder. If there is no such process, remove .download-many.lock there",
      },
    );
    assert.deepEqual(filesIn(dir), [LOCK]);
  });

  it("waits for a lock that is just being taken, and can be cancelled meanwhile", async (t) => {
    const dir = temporaryFolder(t);
    writeFileSync(`${dir}/${LOCK}`, "");
    await run(function* () {
      const opening = createTask(openFolder(dir));
      yield* sleep(0);
      rmSync(`${dir}/${LOCK}`);
      const folder = yield* opening;
      folder.close();
      writeFileSync(`${dir}/${LOCK}`, "");
      const waiting = createTask(openFolder(dir));
      yield* sleep(0);
      waiting.cancel();
      assert.ok(isCancelled(yield* failureOf(waiting)));
    });
  });

  it("says what is wrong with a folder that can't be made", async (t) => {
    const root = temporaryFolder(t);
    writeFileSync(`${root}/file`, "");
    for (const [dir, code] of [
      ["file", "ERR_NOT_A_FOLDER"],
      ["file/x", "ERR_NOT_A_FOLDER"],
      ["x".repeat(300), "ERR_NAME_TOO_LONG"],
    ]) {
      await assert.rejects(
        withFolder(`${root}/${dir}`, function* () {}),
        { name: "DownloadError", code },
        dir,
      );
    }
  });
});

describe("find", () => {
  it("tells what is there", async (t) => {
    const dir = temporaryFolder(t);
    mkdirSync(`${dir}/folder`);
    writeFileSync(`${dir}/folder/file`, "hello");
    symlinkSync("file", `${dir}/folder/link`);
    await withFolder(dir, function* (folder) {
      assert.deepEqual(folder.find("folder/file"), {
        kind: "file",
        size: 5,
        mtimeMs: statSync(`${dir}/folder/file`).mtimeMs,
      });
      assert.deepEqual(folder.find("folder"), { kind: "other", isFolder: true });
      assert.deepEqual(folder.find("folder/link"), { kind: "other", isFolder: false });
      for (const name of ["none", "folder/none", "none/none"]) assert.deepEqual(folder.find(name), { kind: "none" });
      assert.throws(() => folder.find("folder/file/x"), { code: "ERR_NOT_A_FOLDER" });
      assert.throws(() => folder.find("x".repeat(300)), { code: "ERR_NAME_TOO_LONG" });
    });
    assert.deepEqual(filesIn(dir), ["folder/file", "folder/link"]);
  });
});

describe("names that lead outside", () => {
  const names = ["", "/a", "../a", "a/../b", "a/..", ".", "..", ".a", "a/.b", "a//b", "a/", "a\0b", ".a.part"];
  for (const name of names) {
    it(JSON.stringify(name), async (t) => {
      const root = temporaryFolder(t);
      await withFolder(`${root}/out`, function* (folder) {
        const wrong = { name: "DownloadError", code: "ERR_NAME" };
        assert.throws(() => folder.find(name), wrong);
        assert.throws(() => folder.hasPart(name), wrong);
        assert.throws(() => folder.openPart(name), wrong);
        assert.throws(() => folder.sweep(name), wrong);
        assert.equal(((yield* failureOf(folder.saveWhole(name, [HELLO]))) as { code?: string }).code, "ERR_NAME");
      });
      assert.deepEqual(filesIn(root), []);
    });
  }
});

it("names that are made safe are names of files and of their parts", async (t) => {
  const random = seeded(7);
  const names = new Set(["é".repeat(120), `${"x".repeat(236)}.jpg`]);
  while (names.size < 150) names.add(safeName(randomText(random)));
  const dir = temporaryFolder(t);
  await withFolder(dir, function* (folder) {
    for (const name of names) {
      yield* folder.saveWhole(name, [Buffer.from(name)], { replace: true });
      const part = folder.openPart(name);
      yield* part.restart({ sources: [{ url: "https://h/", validator: null }], total: null });
      part.writer(0).write(HELLO);
      yield* part.remember({ sources: [{ url: "https://h/", validator: null }], total: 10 });
      yield* part.keep();
      const again = folder.openPart(name);
      assert.equal(again.record?.total, 10);
      yield* again.discard();
    }
  });
  for (const name of names) assert.equal(readFileSync(`${dir}/${name}`, "utf8"), name);
});

describe("saveWhole", () => {
  it("saves chunks, in folders that it makes", async (t) => {
    const dir = temporaryFolder(t);
    await withFolder(dir, function* (folder) {
      yield* folder.saveWhole("a", [HELLO]);
      yield* folder.saveWhole("x/y/b", [HELLO, new Uint8Array(), HELLO]);
      yield* folder.saveWhole("x/empty", []);
      yield* folder.saveWhole("x/nothing", [new Uint8Array()]);
    });
    assert.deepEqual(filesIn(dir), ["a", "x/empty", "x/nothing", "x/y/b"]);
    assert.equal(readFileSync(`${dir}/a`, "utf8"), "hello");
    assert.equal(readFileSync(`${dir}/x/y/b`, "utf8"), "hellohello");
    assert.equal(readFileSync(`${dir}/x/empty`, "utf8"), "");
    if (process.platform !== "win32") assert.equal(statSync(`${dir}/a`).mode & 0o777, 0o666 & ~process.umask());
  });

  for (const fsync of [false, true]) {
    for (const size of [5, 3_000_000]) {
      it(`saves ${size} bytes with their time${fsync ? ", on the disk" : ""}`, async (t) => {
        const dir = temporaryFolder(t);
        const bytes = Buffer.alloc(size, "abc");
        await withFolder(
          dir,
          function* (folder) {
            yield* folder.saveWhole("a", [bytes.subarray(0, 2), bytes.subarray(2)], { mtime: 1_234_567_890_123 });
          },
          fsync,
        );
        assert.deepEqual(filesIn(dir), ["a"]);
        assert.ok(readFileSync(`${dir}/a`).equals(bytes));
        assert.equal(Math.round(statSync(`${dir}/a`).mtimeMs), 1_234_567_890_123);
      });

      it(`replaces a file only when told, ${size} bytes${fsync ? ", on the disk" : ""}`, async (t) => {
        const dir = temporaryFolder(t);
        writeFileSync(`${dir}/a`, "old");
        await withFolder(
          dir,
          function* (folder) {
            const error = yield* failureOf(folder.saveWhole("a", [Buffer.alloc(size, "n")]));
            assert.equal((error as { code?: string }).code, "ERR_EXISTS");
            assert.deepEqual(filesIn(dir), [LOCK, "a"]);
            assert.equal(readFileSync(`${dir}/a`, "utf8"), "old");
            yield* folder.saveWhole("a", [Buffer.alloc(size, "n")], { replace: true });
          },
          fsync,
        );
        assert.ok(readFileSync(`${dir}/a`).equals(Buffer.alloc(size, "n")));
        assert.deepEqual(filesIn(dir), ["a"]);
      });
    }
  }

  it("writes what was left of a run that was killed anew", async (t) => {
    const dir = temporaryFolder(t);
    writeFileSync(`${dir}/.a.part`, "something long that was left");
    await withFolder(dir, (folder) => folder.saveWhole("a", [HELLO]));
    assert.deepEqual(filesIn(dir), ["a"]);
    assert.equal(readFileSync(`${dir}/a`, "utf8"), "hello");
  });

  for (const size of [5, 3_000_000]) {
    it(`drops an old record before the first of ${size} bytes: it would be taken for theirs`, async (t) => {
      const dir = temporaryFolder(t);
      const record = { sources: [{ url: "https://h/a", validator: null }], total: null };
      await withFolder(dir, function* (folder) {
        const part = folder.openPart("a");
        yield* part.restart(record);
        part.writer(0).write(HELLO);
        yield* part.keep();
        assert.ok(folder.hasPart("a"));
        let wasThere: boolean | undefined;
        const look =
          (original: unknown) =>
          (...args: never[]) => {
            wasThere ??= folder.hasPart("a");
            return (original as (...args: never[]) => unknown)(...args);
          };
        replaceInFs(t, "write", look);
        replaceInFs(t, "writeSync", look);
        yield* folder.saveWhole("a", [Buffer.alloc(size)]);
        assert.equal(wasThere, false);
      });
      assert.deepEqual(filesIn(dir), ["a"]);
    });
  }

  it("writes through no link: not of the part, the target or a folder", async (t) => {
    const root = temporaryFolder(t);
    const dir = `${root}/out`;
    mkdirSync(`${root}/elsewhere`);
    mkdirSync(dir);
    writeFileSync(`${root}/victim`, "mine");
    for (const name of [".a.part", "b"]) symlinkSync(`${root}/victim`, `${dir}/${name}`);
    linkSync(`${root}/victim`, `${dir}/.c.part`);
    symlinkSync(`${root}/elsewhere`, `${dir}/folder`);
    symlinkSync("../elsewhere", `${dir}/relative`);
    symlinkSync(`${root}/nowhere`, `${dir}/dangling`);
    await withFolder(dir, function* (folder) {
      yield* folder.saveWhole("a", [HELLO]);
      assert.equal(((yield* failureOf(folder.saveWhole("b", [HELLO]))) as { code?: string }).code, "ERR_EXISTS");
      yield* folder.saveWhole("b", [HELLO], { replace: true });
      yield* folder.saveWhole("c", [HELLO]);
      for (const name of ["folder/a", "folder/x/a", "relative/a", "dangling/a"]) {
        const error = yield* failureOf(folder.saveWhole(name, [HELLO]));
        assert.equal((error as { code?: string }).code, "ERR_LINK", name);
        assert.throws(() => folder.openPart(name), { code: "ERR_LINK" });
        assert.throws(() => folder.find(name), { code: "ERR_LINK" });
      }
    });
    assert.equal(readFileSync(`${root}/victim`, "utf8"), "mine");
    assert.deepEqual(filesIn(`${root}/elsewhere`), []);
    assert.equal(readFileSync(`${dir}/b`, "utf8"), "hello");
    assert.deepEqual(
      filesIn(dir).filter((name) => name.startsWith(".")),
      [],
    );
  });

  it("finds a folder again that somebody removed meanwhile", async (t) => {
    const dir = temporaryFolder(t);
    await withFolder(dir, function* (folder) {
      yield* folder.saveWhole("x/a", [HELLO]);
      rmSync(`${dir}/x`, { recursive: true });
      yield* folder.saveWhole("x/b", [HELLO]);
      rmSync(`${dir}/x`, { recursive: true });
      yield* folder.openPart("x/c").discard();
    });
    assert.deepEqual(filesIn(dir), []);
  });

  const faults = {
    openSync: "EACCES",
    writeSync: "ENOSPC",
    writevSync: "EDQUOT",
    renameSync: "EISDIR",
    linkSync: "EIO",
  } as const;
  const codes = {
    EACCES: "ERR_PERMISSION",
    ENOSPC: "ERR_DISK_FULL",
    EDQUOT: "ERR_DISK_FULL",
    EISDIR: "ERR_NOT_A_FILE",
    EIO: "ERR_DISK",
  };
  for (const [key, errno] of Object.entries(faults) as [keyof typeof faults, keyof typeof codes][]) {
    it(`leaves nothing behind when ${key} fails with ${errno}`, async (t) => {
      const dir = temporaryFolder(t);
      await withFolder(dir, function* (folder) {
        const opened = new Set<number>();
        replaceInFs(t, "openSync", (original) => (...args: Parameters<typeof original>) => {
          const fd = original(...args);
          opened.add(fd);
          return fd;
        });
        replaceInFs(t, "closeSync", (original) => (fd: number) => {
          opened.delete(fd);
          original(fd);
        });
        replaceInFs(t, key, (original) => (...args: never[]) => {
          // The lock is opened, too.
          if (key !== "openSync" || /\.part$/.test(args[0] ?? "")) throw systemError(errno);
          return (original as (...args: never[]) => unknown)(...args);
        });
        const options = { replace: key === "renameSync" };
        const chunks = key === "writevSync" ? [HELLO, HELLO] : [HELLO];
        const error = yield* failureOf(folder.saveWhole("a", chunks, options));
        assert.equal((error as { code?: string }).code, codes[errno]);
        assert.match(String(error), /Can't save "a": .* \(E[A-Z]+\)$/);
        assert.deepEqual(filesIn(dir), [LOCK]);
        assert.equal(opened.size, 0);
      });
    });
  }

  it("goes on where the disk took a part only", async (t) => {
    const dir = temporaryFolder(t);
    await withFolder(dir, function* (folder) {
      replaceInFs(t, "writeSync", (original) => (fd: number, chunk: Uint8Array) => original(fd, chunk.subarray(0, 2)));
      replaceInFs(
        t,
        "writevSync",
        (original) => (fd: number, chunks: Uint8Array[]) => original(fd, chunks.slice(0, 1)),
      );
      yield* folder.saveWhole("a", [HELLO, HELLO, Buffer.from("!")]);
    });
    assert.equal(readFileSync(`${dir}/a`, "utf8"), "hellohello!");
  });

  it("saves where the file system takes no times", async (t) => {
    const dir = temporaryFolder(t);
    await withFolder(dir, function* (folder) {
      replaceInFs(t, "futimesSync", () => () => {
        throw systemError("EPERM");
      });
      yield* folder.saveWhole("a", [HELLO], { mtime: 1 });
      yield* folder.saveWhole("b", [Buffer.alloc(100_000)], { mtime: -1e15 });
    });
    assert.deepEqual(filesIn(dir), ["a", "b"]);
  });

  for (const errno of ["EPERM", "EISDIR"]) {
    it(`saves where the file system has no hard links, and says ${errno}`, async (t) => {
      const dir = temporaryFolder(t);
      writeFileSync(`${dir}/b`, "old");
      await withFolder(dir, function* (folder) {
        replaceInFs(t, "linkSync", () => () => {
          throw systemError(errno);
        });
        yield* folder.saveWhole("a", [HELLO]);
        assert.equal(((yield* failureOf(folder.saveWhole("b", [HELLO]))) as { code?: string }).code, "ERR_EXISTS");
      });
      assert.deepEqual(filesIn(dir), ["a", "b"]);
      assert.equal(readFileSync(`${dir}/b`, "utf8"), "old");
    });
  }

  it("leaves nothing behind, or the whole file, wherever it is cancelled", async (t) => {
    const dir = temporaryFolder(t);
    const bytes = Buffer.alloc(10_000_000, "x");
    const points = await cancelEverywhere(function* () {
      using folder = yield* openFolder(dir, { fsync: true });
      try {
        yield* folder.saveWhole("a", [bytes, bytes], { replace: true });
      } finally {
        const left = filesIn(dir).filter((name) => name !== LOCK);
        assert.ok(left.length === 0 || left.join() === "a", left.join());
        if (left.length > 0) assert.equal(statSync(`${dir}/a`).size, 20_000_000);
        rmSync(`${dir}/a`, { force: true });
      }
    });
    assert.ok(points > 5);
  });

  it("lets the loop go on while a large body is written", async (t) => {
    const dir = temporaryFolder(t);
    await withFolder(dir, function* (folder) {
      let turns = 0;
      const ticking = createTask(
        (function* () {
          for (;;) {
            yield* sleep(0);
            turns++;
          }
        })(),
      );
      yield* folder.saveWhole("a", [Buffer.alloc(30_000_000)]);
      assert.ok(turns > 3, String(turns));
      ticking.cancel();
      yield* failureOf(ticking);
    });
  });
});

describe("sweep", () => {
  it("removes what is left beside a file, and what is none of it stays", async (t) => {
    const dir = temporaryFolder(t);
    mkdirSync(`${dir}/x`);
    const names = ["x/a", "x/.a.part", "x/.a.part.json", "x/.a.part.new", "x/.b.part"];
    for (const name of names) writeFileSync(`${dir}/${name}`, "");
    await withFolder(dir, function* (folder) {
      folder.sweep("x/a");
      folder.sweep("none/a");
    });
    assert.deepEqual(filesIn(dir), ["x/.b.part", "x/a"]);
  });

  it("leaves a part that is being written", async (t) => {
    const dir = temporaryFolder(t);
    await withFolder(dir, function* (folder) {
      const part = folder.openPart("a");
      folder.sweep("a");
      assert.deepEqual(filesIn(dir), [".a.part", LOCK]);
      yield* part.discard();
    });
  });
});
