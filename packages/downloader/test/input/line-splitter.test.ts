import assert from "node:assert/strict";
import { test } from "node:test";
import { LineSplitter, MOST_LINE_BYTES } from "../../src/input/line-splitter.ts";
import { seeded } from "./reading.ts";

function lines(...chunks: (string | Uint8Array)[]): [number, string, boolean][] {
  const splitter = new LineSplitter();
  const found: [number, string, boolean][] = [];
  const take = () => {
    for (let line = splitter.next(); line !== null; line = splitter.next()) {
      found.push([splitter.number, line, splitter.isCut]);
    }
  };
  for (const chunk of chunks) {
    splitter.push(Buffer.from(chunk as string));
    take();
  }
  splitter.end();
  take();
  return found;
}

const texts = (...chunks: (string | Uint8Array)[]) => lines(...chunks).map(([, text]) => text);

test("lines end with LF or CRLF, the last one may have no end", () => {
  assert.deepEqual(lines("a\nb\r\n\nc"), [
    [1, "a", false],
    [2, "b", false],
    [3, "", false],
    [4, "c", false],
  ]);
  assert.deepEqual(texts("a\r\n"), ["a"]);
  assert.deepEqual(texts(), []);
  assert.deepEqual(texts("a\rb\n"), ["a\rb"], "a CR alone is no end");
});

test("a byte order mark is dropped at the beginning only", () => {
  assert.deepEqual(texts("\ufeffa\n\ufeffb\n"), ["a", "\ufeffb"]);
  assert.deepEqual(texts(Buffer.from([0xef]), Buffer.from([0xbb]), Buffer.from([0xbf]), "a\n"), ["a"]);
});

test("however the bytes are cut, the lines are the same", () => {
  const text = Buffer.from("\ufeffone\r\nzwei ü\n\n三三三\r\n\u{1f600}\nlast\r");
  const whole = lines(text);
  assert.deepEqual(
    whole.map(([, line]) => line),
    ["one", "zwei ü", "", "三三三", "\u{1f600}", "last"],
  );
  const random = seeded(1);
  for (let round = 0; round < 200; round++) {
    const chunks: Buffer[] = [];
    for (let at = 0; at < text.length; ) {
      const end = at + 1 + random(6);
      chunks.push(text.subarray(at, end));
      at = end;
    }
    assert.deepEqual(lines(...chunks), whole);
  }
});

test("a chunk may be used again by its owner once its lines are taken", () => {
  const splitter = new LineSplitter();
  const chunk = Buffer.from("a\nbeg");
  splitter.push(chunk);
  assert.deepEqual([splitter.next(), splitter.next()], ["a", null]);
  chunk.fill("x");
  splitter.push(Buffer.from("in\n"));
  assert.equal(splitter.next(), "begin");
});

test("a line that is too long is cut, and the next one is whole", () => {
  const most = "x".repeat(MOST_LINE_BYTES);
  assert.deepEqual(lines(`${most}\n${most}y\nz\n`), [
    [1, most, false],
    [2, "x".repeat(80), true],
    [3, "z", false],
  ]);
  const chunk = "0123456789".repeat(1000);
  assert.deepEqual(lines(...Array(10).fill(chunk), "\nz"), [
    [1, "0123456789".repeat(8), true],
    [2, "z", false],
  ]);
  assert.deepEqual(lines(...Array(10).fill(chunk)), [[1, "0123456789".repeat(8), true]]);
});

test("a line without an end takes no memory", () => {
  const splitter = new LineSplitter();
  const chunk = Buffer.alloc(1 << 20, "x");
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < 300; count++) {
    splitter.push(chunk);
    assert.equal(splitter.next(), null);
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 50_000_000);
});
