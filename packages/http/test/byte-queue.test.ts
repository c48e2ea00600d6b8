import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ByteQueue } from "../src/byte-queue.ts";

const KIB = 1024;

/** A queue whose source notes what it is asked to do. */
function queue() {
  const asked: string[] = [];
  const bytes = new ByteQueue({ pause: () => asked.push("pause"), resume: () => asked.push("resume") });
  return { bytes, asked };
}

function chunk(...values: number[]): Uint8Array {
  return new Uint8Array(values);
}

describe("a ByteQueue", () => {
  test("gives what came, together", () => {
    const { bytes } = queue();
    assert.equal(bytes.takeSome(), undefined);
    const only = chunk(1);
    bytes.push(only);
    assert.equal(bytes.takeSome(), only);
    assert.equal(bytes.takeSome(), undefined);
    bytes.push(chunk(2, 3));
    bytes.push(chunk(4));
    assert.deepEqual(bytes.takeSome(), chunk(2, 3, 4));
    bytes.push(chunk(5));
    bytes.end();
    assert.deepEqual([bytes.takeSome(), bytes.takeSome(), bytes.takeSome()], [chunk(5), null, null]);
    assert.equal(bytes.received, 5);
  });

  test("gives the rest when it is whole, in a buffer of its own", () => {
    const { bytes } = queue();
    bytes.push(new Uint8Array(chunk(9, 1, 2, 9).buffer, 1, 2));
    assert.equal(bytes.takeRest(), undefined);
    bytes.end();
    const rest = bytes.takeRest();
    assert.deepEqual([rest, rest?.buffer.byteLength], [chunk(1, 2), 2]);
    assert.deepEqual(bytes.takeRest(), chunk());
  });

  test("puts crumbs together, and gives them as they came", () => {
    const { bytes } = queue();
    const sent: number[] = [];
    const got: number[] = [];
    const take = (piece: Uint8Array | null | undefined) => got.push(...(piece ?? []));
    const push = (...values: number[]) => {
      bytes.push(chunk(...values));
      sent.push(...values);
    };
    for (let i = 0; i < 40_000; i++) {
      push(i % 251);
      if (i % 9000 === 0) push(...Array<number>(1500).fill(7));
      if (i % 700 === 0) take(bytes.takeUpTo(i % 500));
    }
    assert.ok((Reflect.get(bytes, "_chunks") as unknown[]).length < 100);
    take(bytes.takeUpTo(20_000));
    const some = bytes.takeSome()!;
    take(some);
    for (let i = 0; i < 100; i++) push(i);
    bytes.unread(some.subarray(some.byteLength - 5));
    got.splice(-5);
    for (let i = 0; i < 100; i++) push(i);
    bytes.end();
    take(bytes.takeRest());
    assert.deepEqual(got, sent);
  });

  test("wakes who wants the rest once, and who wants pieces for each", () => {
    const { bytes } = queue();
    let woken = 0;
    const wake = () => void woken++;
    assert.equal(bytes.takeRest(), undefined);
    assert.ok(bytes.watch(wake));
    assert.ok(!bytes.watch(wake));
    bytes.push(chunk(1));
    bytes.push(chunk(2));
    assert.equal(woken, 0);
    bytes.end();
    assert.equal(woken, 1);
    assert.deepEqual(bytes.takeRest(), chunk(1, 2));

    const { bytes: others } = queue();
    assert.equal(others.takeSome(), undefined);
    assert.ok(others.watch(wake));
    // Somebody else asks for the rest, in vain.
    assert.equal(others.takeRest(), undefined);
    assert.ok(!others.watch(wake));
    others.push(chunk(1));
    assert.equal(woken, 2);
    assert.equal(others.takeRest(), undefined);
    assert.deepEqual(others.takeSome(), chunk(1));
    assert.ok(others.watch(wake));
    others.push(chunk(2));
    assert.equal(woken, 3);
    assert.equal(others.takeRest(), undefined);
    assert.ok(others.watch(wake));
    others.fail(new Error("lost"));
    assert.equal(woken, 4);
  });

  test("gives at most so many bytes, across chunks and within them", () => {
    const { bytes } = queue();
    assert.equal(bytes.takeUpTo(2), undefined);
    for (const values of [[1], [2, 3], [4, 5, 6, 7, 8], [9]]) bytes.push(chunk(...values));
    assert.deepEqual(bytes.takeUpTo(2), chunk(1, 2));
    assert.deepEqual(bytes.takeUpTo(3), chunk(3, 4, 5));
    assert.deepEqual(bytes.takeUpTo(1), chunk(6));
    assert.deepEqual([bytes.size, bytes.isAtEnd], [3, false]);
    bytes.end();
    assert.deepEqual([bytes.takeUpTo(9), bytes.takeUpTo(9), bytes.isAtEnd], [chunk(7, 8, 9), null, true]);
  });

  test("takes back what was not wanted", () => {
    const { bytes } = queue();
    bytes.push(chunk(1, 2, 3));
    const taken = bytes.takeSome()!;
    bytes.push(chunk(4));
    bytes.unread(taken.subarray(1));
    bytes.unread(chunk());
    assert.deepEqual([bytes.size, bytes.takeUpTo(2), bytes.takeSome()], [3, chunk(2, 3), chunk(4)]);
    bytes.unread(chunk(5));
    bytes.fail(new Error("lost"));
    assert.throws(() => bytes.takeUpTo(1), /lost/);
    assert.deepEqual([bytes.size, bytes.isAtEnd], [0, false]);
  });

  test("lets its source go on when half of it was taken in pieces", () => {
    const { bytes, asked } = queue();
    for (let i = 0; i < 9; i++) bytes.push(new Uint8Array(64 * KIB));
    assert.deepEqual(asked, ["pause"]);
    for (let i = 0; i < 4; i++) bytes.takeUpTo(64 * KIB);
    assert.deepEqual(asked, ["pause"]);
    bytes.takeUpTo(64 * KIB);
    assert.deepEqual(asked, ["pause", "resume"]);
  });

  test("an empty chunk is not the end", () => {
    const { bytes } = queue();
    bytes.push(chunk());
    assert.equal(bytes.takeSome(), undefined);
  });

  test("pauses its source above half a mebibyte, and lets it go on when it was emptied", () => {
    const { bytes, asked } = queue();
    bytes.push(new Uint8Array(512 * KIB));
    assert.deepEqual(asked, []);
    bytes.push(chunk(1));
    bytes.push(chunk(1));
    assert.deepEqual(asked, ["pause"]);
    bytes.takeSome();
    assert.deepEqual(asked, ["pause", "resume"]);
    bytes.takeSome();
    assert.deepEqual(asked, ["pause", "resume"]);
  });

  test("does not pause for somebody who wants all of it", () => {
    const { bytes, asked } = queue();
    bytes.push(new Uint8Array(513 * KIB));
    bytes.takeRest();
    bytes.push(new Uint8Array(513 * KIB));
    assert.deepEqual(asked, ["pause", "resume"]);
  });

  test("does not wake a source that has ended or failed", () => {
    for (const finish of ["end", "fail", "breakOff"] as const) {
      const { bytes, asked } = queue();
      bytes.push(new Uint8Array(513 * KIB));
      bytes[finish](new Error("gone"));
      try {
        bytes.takeSome();
      } catch {}
      assert.deepEqual(asked, ["pause"]);
    }
  });

  test("gives its failure from then on, to everybody", () => {
    const { bytes } = queue();
    const error = new Error("cut");
    bytes.push(chunk(1));
    bytes.fail(error);
    assert.throws(() => bytes.takeSome(), error);
    assert.throws(() => bytes.takeSome(), error);
    assert.throws(() => bytes.takeRest(), error);
  });

  test("broken off gives what is there, and then its failure", () => {
    const { bytes } = queue();
    const error = new Error("cut");
    bytes.push(chunk(1, 2, 3));
    bytes.breakOff(error);
    assert.throws(() => bytes.takeRest(), error);
    assert.equal(bytes.takeUpTo(2)?.byteLength, 2);
    assert.equal(bytes.takeSome()?.byteLength, 1);
    assert.throws(() => bytes.takeUpTo(1), error);
    assert.throws(() => bytes.takeSome(), error);
    assert.equal(bytes.isAtEnd, false);
  });

  test("notifies one watcher, of the next change, once", () => {
    for (const change of ["push", "end", "fail", "breakOff"] as const) {
      const { bytes } = queue();
      let told = 0;
      const watcher = () => told++;
      assert.equal(bytes.watch(watcher), true);
      assert.equal(bytes.watch(watcher), false);
      assert.equal(told, 0);
      bytes[change](chunk(1));
      bytes.push(chunk(1));
      assert.equal(told, 1);
      assert.equal(bytes.watch(watcher), true);
    }
  });
});
