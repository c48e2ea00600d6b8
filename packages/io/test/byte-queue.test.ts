import assert from "node:assert/strict";
import { test } from "node:test";
import { asBuffer, ByteQueue } from "../src/byte-queue.ts";

function queueOf(...chunks: string[]): ByteQueue {
  const queue = new ByteQueue();
  for (const chunk of chunks) queue.push(Buffer.from(chunk));
  return queue;
}

test("hands a chunk that is taken whole on as it is", () => {
  const chunk = Buffer.from("whole");
  const queue = new ByteQueue();
  queue.push(chunk);
  assert.equal(queue.take(5), chunk);
  assert.equal(queue.length, 0);
});

test("takes parts of chunks, and joins across their borders", () => {
  const queue = queueOf("abc", "def", "gh");
  assert.equal(`${queue.take(2)}`, "ab");
  assert.equal(`${queue.take(3)}`, "cde");
  assert.equal(queue.length, 3);
  assert.equal(`${queue.take(1)}`, "f");
  assert.equal(`${queue.takeAll()}`, "gh");
  assert.equal(`${queue.take(0)}`, "");
});

test("skips and clears", () => {
  const queue = queueOf("abc", "def", "ghi");
  queue.skip(4);
  assert.equal(queue.length, 5);
  assert.equal(`${queue.take(1)}`, "e");
  queue.skip(2);
  assert.equal(`${queue.takeAll()}`, "hi");
  queue.push(Buffer.from("x"));
  queue.clear();
  assert.deepEqual([queue.length, queue.indexOf(Buffer.from("x"), 0)], [0, -1]);
});

test("finds what lies across the borders of chunks, as one buffer of all finds it", () => {
  const whole = "aabaabcaababbaabca";
  for (const wanted of ["a", "c", "ab", "abc", "aabab", "caab", "x", "ca"]) {
    for (let size = 1; size <= 5; size++) {
      const queue = queueOf(...(whole.match(new RegExp(`.{1,${size}}`, "g")) as string[]));
      for (let gone = 0; gone < whole.length; gone++) {
        const rest = Buffer.from(whole.slice(gone));
        for (let start = 0; start < rest.length; start++) {
          const place = `${wanted} in chunks of ${size} without ${gone} from ${start}`;
          assert.equal(queue.indexOf(Buffer.from(wanted), start), rest.indexOf(wanted, start), place);
        }
        queue.skip(1);
      }
    }
  }
});

test("keeps its order through thousands of chunks", () => {
  const queue = new ByteQueue();
  for (let i = 0; i < 3000; i++) queue.push(Buffer.from([i % 251]));
  for (let i = 0; i < 2000; i++) assert.equal(queue.take(1)[0], i % 251);
  queue.push(Buffer.from([7]));
  const rest = queue.takeAll();
  assert.deepEqual([rest.length, rest[0], rest.at(-1)], [1001, 2000 % 251, 7]);
});

test("asBuffer copies nothing", () => {
  const bytes = new Uint8Array([1, 2, 3]).subarray(1);
  const buffer = asBuffer(bytes);
  bytes[0] = 9;
  assert.deepEqual([...buffer], [9, 3]);
  assert.equal(asBuffer(buffer), buffer);
});
