import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PartFile } from "../../src/files/part-file.ts";
import type { PartRecord, Piece } from "../../src/files/part-record.ts";
import { piecesOf, Sections } from "../../src/transfer/sections.ts";

/** A part whose writers write at once. */
const part = {
  writer: (position: number) => {
    const writer = { position, written: position };
    return writer;
  },
} as unknown as PartFile;

const whole = (end: number): Piece => ({ start: 0, end, next: 0 });

/** `start+there-end` of each piece. */
function shown(sections: Sections): string {
  return sections.pieces.map(({ start, next, end }) => `${start}+${next - start}-${end}`).join(" ");
}

function write(section: { readonly writer: { position: number; written: number } } | null, bytes: number): void {
  assert.ok(section !== null);
  section.writer.position += bytes;
  section.writer.written += bytes;
}

describe("Sections", () => {
  it("give each connection half of the largest rest", () => {
    const sections = new Sections([whole(1000)], 100);
    write(sections.take(part), 200);
    sections.take(part);
    assert.equal(shown(sections), "0+200-600 600+0-1000");
    sections.take(part);
    assert.equal(shown(sections), "0+200-400 400+0-600 600+0-1000");
    assert.equal(sections.written, 200);
  });

  it("give no half that is too small", () => {
    const sections = new Sections([whole(299)], 100);
    assert.notEqual(sections.take(part), null);
    assert.notEqual(sections.take(part), null);
    assert.equal(sections.take(part), null);
    assert.equal(shown(sections), "0+0-150 150+0-299");
  });

  it("give first what nobody has", () => {
    const sections = new Sections([whole(1000)], 100);
    sections.take(part);
    const second = sections.take(part);
    write(second, 100);
    assert.ok(second !== null);
    sections.giveBack(second);
    assert.equal(sections.take(part), second);
    assert.equal(sections.pieces.length, 2);
  });

  it("are run through by the one that gets all, where hardly anything came of the others", () => {
    const sections = new Sections([whole(1000)], 100);
    const first = sections.take(part);
    assert.ok(first !== null);
    first.isOpen = true;
    const [second, third] = [sections.take(part), sections.take(part)];
    assert.ok(second !== null && third !== null);
    write(second, 99);
    sections.giveBack(second);
    assert.equal(shown(sections), "0+0-250 250+0-500 500+99-1000", "the third is before it");
    sections.giveBack(third);
    assert.equal(shown(sections), "0+0-1000");
    write(first, 1000);
    assert.ok(sections.isComplete);
  });

  it("that have come far are not run through", () => {
    const sections = new Sections([whole(1000)], 100);
    const first = sections.take(part);
    const second = sections.take(part);
    assert.ok(first !== null && second !== null);
    first.isOpen = true;
    write(second, 100);
    sections.giveBack(second);
    assert.equal(shown(sections), "0+0-500 500+100-1000");
  });
});

describe("piecesOf a record", () => {
  const record = (total: number | null, pieces?: readonly Piece[]): PartRecord => ({
    sources: [],
    total,
    ...(pieces === undefined ? null : { pieces }),
  });
  const [left, right]: [Piece, Piece] = [
    { start: 0, end: 50, next: 20 },
    { start: 50, end: 100, next: 60 },
  ];

  it("are those it has, in their order", () => {
    assert.deepEqual(piecesOf(record(100, [right, left]), 60), [left, right]);
  });

  it("without pieces is one, of what is there", () => {
    assert.deepEqual(piecesOf(record(100), 30), [{ start: 0, end: 100, next: 30 }]);
  });

  it("that is complete lacks its last byte", () => {
    assert.deepEqual(piecesOf(record(100), 100), [{ start: 0, end: 100, next: 99 }]);
    const complete = [left, right].map((piece) => ({ ...piece, next: piece.end }));
    assert.deepEqual(piecesOf(record(100, complete), 100)?.at(-1), { ...right, next: 99 });
  });

  const unfit: readonly [string, PartRecord, number][] = [
    ["has no total", record(null), 10],
    ["is of nothing", record(0), 0],
    ["is of less than is there", record(100), 101],
    ["has a gap", record(100, [left, { ...right, start: 51, next: 60 }]), 60],
    ["overlaps", record(100, [left, { ...right, start: 49 }]), 60],
    ["ends early", record(101, [left, right]), 60],
    ["begins late", record(100, [right]), 60],
    ["counts bytes that are not there", record(100, [left, right]), 59],
    ["has an empty piece", record(100, [{ start: 0, end: 0, next: 0 }, whole(100)]), 60],
  ];
  for (const [name, given, size] of unfit) {
    it(`that ${name} are none`, () => {
      assert.equal(piecesOf(given, size), null);
    });
  }
});
