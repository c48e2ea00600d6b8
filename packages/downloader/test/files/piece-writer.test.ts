import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { type Coroutine, createTask, isCancelled, run, sleep } from "yieldfrom";
import { failureOf } from "../../../core/test/helpers.ts";
import { seeded } from "../../../core/test/seeded.ts";
import { PieceWriter } from "../../src/files/piece-writer.ts";
import { replaceInFs, systemError, temporaryFolder } from "./temporary.ts";

/** A new file, opened for a writer; it is closed after the test. */
function newFile(t: TestContext): { readonly fd: number; readonly path: string } {
  const path = `${temporaryFolder(t)}/file`;
  const fd = openSync(path, "w");
  t.after(() => closeSync(fd));
  return { fd, path };
}

/** Calls of `write` and `writev` are not begun before `go` is called. */
function heldWrites(t: TestContext): { go(): void; readonly sizes: number[] } {
  const waiting: (() => void)[] = [];
  const sizes: number[] = [];
  let isHeld = true;
  const later = (start: () => void) => {
    if (isHeld) waiting.push(start);
    else start();
  };
  type Write = (fd: number, chunk: Uint8Array, offset: number, length: number, at: number, done: never) => void;
  replaceInFs(t, "write", (original) => (...args: Parameters<Write>) => {
    sizes.push(args[1].byteLength);
    later(() => (original as Write)(...args));
  });
  type Writev = (fd: number, chunks: Uint8Array[], at: number, done: never) => void;
  replaceInFs(t, "writev", (original) => (...args: Parameters<Writev>) => {
    sizes.push(args[1].reduce((sum, { byteLength }) => sum + byteLength, 0));
    later(() => (original as Writev)(...args));
  });
  return {
    sizes,
    go() {
      isHeld = false;
      for (const start of waiting.splice(0)) start();
    },
  };
}

describe("PieceWriter", () => {
  it("frees the memory of what is written, if it is told so and nobody else has a part in it", async (t) => {
    const { fd, path } = newFile(t);
    const own = new Uint8Array(70_000).fill(1);
    const shared = new Uint8Array(10).fill(2);
    await run(function* () {
      const writer = new PieceWriter(fd, 0, "file", true);
      writer.write(own);
      writer.write(shared.subarray(0, 5));
      yield* writer.flush();
    });
    assert.equal(own.byteLength, 0);
    assert.equal(shared.byteLength, 10);
    assert.ok(readFileSync(path).equals(Buffer.concat([Buffer.alloc(70_000, 1), Buffer.alloc(5, 2)])));
  });

  it("writes what comes, from its position on", async (t) => {
    const { fd, path } = newFile(t);
    const random = seeded(5);
    const chunks = Array.from({ length: 500 }, (_, index) => Buffer.alloc(random(20_000), index));
    await run(function* () {
      const writer = new PieceWriter(fd, 3, "file");
      for (const chunk of chunks) if (!writer.write(chunk)) yield* writer.drain();
      yield* writer.flush();
      assert.equal(writer.written, writer.position);
    });
    assert.ok(readFileSync(path).equals(Buffer.concat([Buffer.alloc(3), ...chunks])));
  });

  it("has one write under way, and the next takes all that came meanwhile", async (t) => {
    const { fd, path } = newFile(t);
    const { go, sizes } = heldWrites(t);
    await run(function* () {
      const writer = new PieceWriter(fd, 0, "file");
      for (const text of ["a", "bb", "", "ccc"]) assert.ok(writer.write(Buffer.from(text)));
      assert.deepEqual([sizes, writer.position, writer.written], [[1], 6, 0]);
      go();
      yield* writer.flush();
      assert.deepEqual([sizes, writer.written], [[1, 5], 6]);
    });
    assert.equal(readFileSync(path, "utf8"), "abbccc");
  });

  it("holds no more than some MiB: then drain() waits until half of it is left", async (t) => {
    const { fd } = newFile(t);
    const { go } = heldWrites(t);
    await run(function* () {
      const writer = new PieceWriter(fd, 0, "file");
      let held = 0;
      while (writer.write(Buffer.alloc(100_000))) held += 100_000;
      assert.ok(held > 4_000_000 && held <= 4 * 1024 * 1024, String(held));
      const draining = createTask(writer.drain());
      yield* sleep(5);
      assert.ok(!draining.done());
      go();
      yield* draining;
      assert.ok(writer.position - writer.written <= 2 * 1024 * 1024);
      yield* writer.drain();
      yield* writer.flush();
    });
  });

  it("says that the disk is full, to all who ask from then on", { skip: process.platform !== "linux" }, async (t) => {
    const fd = openSync("/dev/full", "w");
    t.after(() => closeSync(fd));
    await run(function* () {
      const writer = new PieceWriter(fd, 0, "some.bin");
      writer.write(Buffer.from("a"));
      writer.write(Buffer.from("b"));
      const error = (yield* failureOf(writer.flush())) as Error & { code?: string };
      assert.equal(error.message, 'Can\'t write "some.bin": the disk is full (ENOSPC)');
      assert.equal(error.code, "ERR_DISK_FULL");
      assert.throws(() => writer.write(Buffer.from("c")), error);
      assert.equal(yield* failureOf(writer.drain()), error);
      yield* writer.settle();
      assert.equal(writer.written, 0);
    });
  });

  it("wakes who waits at drain() when a write fails", async (t) => {
    const { fd } = newFile(t);
    const { go } = heldWrites(t);
    replaceInFs(t, "writev", () => (...args: unknown[]) => {
      (args.at(-1) as (error: Error) => void)(systemError("EIO"));
    });
    await run(function* () {
      const writer = new PieceWriter(fd, 0, "file");
      while (writer.write(Buffer.alloc(1_000_000)));
      const draining = createTask(failureOf(writer.drain()));
      yield* sleep(0);
      go();
      assert.equal(((yield* draining) as { code?: string }).code, "ERR_DISK");
      assert.equal(writer.written, 1_000_000);
    });
  });

  it("goes on where the disk took a part only", async (t) => {
    const { fd, path } = newFile(t);
    const random = seeded(6);
    type Write = (fd: number, chunk: Uint8Array, offset: number, length: number, at: number, done: never) => void;
    const some =
      (original: unknown) => (fd_: number, chunk: Uint8Array, _: number, length: number, at: number, done: never) =>
        (original as Write)(fd_, chunk, 0, 1 + random(length), at, done);
    type Writev = (fd: number, chunks: Uint8Array[], at: number, done: never) => void;
    replaceInFs(t, "write", some);
    replaceInFs(
      t,
      "writev",
      (original) => (fd_: number, chunks: Uint8Array[], at: number, done: never) =>
        (original as Writev)(fd_, chunks.slice(0, 1 + random(chunks.length)), at, done),
    );
    const chunks = Array.from({ length: 50 }, (_, index) => Buffer.alloc(1 + random(100), index));
    await run(function* () {
      const writer = new PieceWriter(fd, 0, "file");
      for (const chunk of chunks) writer.write(chunk);
      yield* writer.flush();
    });
    assert.ok(readFileSync(path).equals(Buffer.concat(chunks)));
  });

  it("settle() waits for what was taken, however often it is cancelled", async (t) => {
    const { fd, path } = newFile(t);
    const { go } = heldWrites(t);
    await run(function* () {
      const writer = new PieceWriter(fd, 0, "file");
      writer.write(Buffer.from("a"));
      writer.write(Buffer.from("b"));
      const settling = createTask(writer.settle());
      for (let count = 0; count < 3; count++) {
        yield* sleep(0);
        settling.cancel();
      }
      yield* sleep(2);
      assert.ok(!settling.done());
      go();
      assert.ok(isCancelled(yield* failureOf(settling)));
      assert.equal(readFileSync(path, "utf8"), "ab");
    });
  });

  it("can be cancelled at each point", async (t) => {
    const { fd } = newFile(t);
    const chunk = Buffer.alloc(1_000_000);
    const points = await cancelEverywhere(function* (): Coroutine<void> {
      const writer = new PieceWriter(fd, 0, "file");
      try {
        for (let count = 0; count < 12; count++) if (!writer.write(chunk)) yield* writer.drain();
        yield* writer.flush();
      } finally {
        yield* writer.settle();
      }
    });
    assert.ok(points > 3);
  });

  it("holds less where there are many that wait", async (t) => {
    const { fd } = newFile(t);
    const { go } = heldWrites(t);
    await run(function* () {
      const writers = Array.from({ length: 30 }, (_, index) => new PieceWriter(fd, index * 1e7, "file"));
      for (const writer of writers) while (writer.write(Buffer.alloc(100_000)));
      const held = writers.map(({ position, written }) => position - written);
      const sum = held.reduce((total, each) => total + each);
      assert.ok(sum > 24 * 1024 * 1024 && sum < 24 * 1024 * 1024 + 30 * 700_000, String(sum));
      assert.ok(
        held.every((each) => each > 512 * 1024),
        held.join(),
      );
      go();
      for (const writer of writers) yield* writer.flush();
      // All of it is free again, and what the failures of the tests above had.
      const { go: goOn } = heldWrites(t);
      const writer = new PieceWriter(fd, 0, "file");
      let count = 1;
      while (writer.write(Buffer.alloc(100_000))) count++;
      assert.equal(count, 42);
      goOn();
      yield* writer.flush();
    });
  });
});
