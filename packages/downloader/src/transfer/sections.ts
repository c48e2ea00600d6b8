import type { Coroutine } from "yieldfrom";
import type { PartFile } from "../files/part-file.ts";
import type { PartRecord, Piece } from "../files/part-record.ts";
import type { PieceWriter } from "../files/piece-writer.ts";
import type { Target } from "./receive.ts";

/** A stretch of a file that one connection at a time writes, from its start on. */
export class Section implements Target {
  readonly start: number;
  /** Behind its last byte. It becomes less when another connection takes a part of it. */
  end: number;
  readonly hashing = null;
  /** Whether a connection has it. */
  isBusy = false;
  /** Whether its connection gets all of the file, and so could go on behind its end. */
  isOpen = false;
  private readonly _next: number;
  private _writer: PieceWriter | null = null;

  constructor({ start, end, next }: Piece) {
    this.start = start;
    this.end = end;
    this._next = next;
  }

  /** @throws TypeError before `open` */
  get writer(): PieceWriter {
    if (this._writer === null) throw new TypeError("a section is written before it is opened");
    return this._writer;
  }

  /** Where the next byte goes. */
  get position(): number {
    return this._writer?.position ?? this._next;
  }

  /** Up to here the bytes are the system's. */
  get written(): number {
    return this._writer?.written ?? this._next;
  }

  get rest(): number {
    return this.end - this.position;
  }

  open(part: PartFile): void {
    this._writer ??= part.writer(this._next, true);
  }

  *settle(): Coroutine<void> {
    if (this._writer !== null) yield* this._writer.settle();
  }
}

/** All of a file in sections, in their order, without gaps. */
export class Sections {
  private _all: Section[];
  private readonly _least: number;

  /** @param least bytes of a section that is made by taking half of another */
  constructor(pieces: readonly Piece[], least: number) {
    this._all = pieces.map((piece) => new Section(piece));
    this._least = least;
  }

  get isComplete(): boolean {
    return this._all.every(({ rest }) => rest <= 0);
  }

  /** Bytes that are there. */
  get written(): number {
    return this._all.reduce((sum, { start, written }) => sum + written - start, 0);
  }

  get pieces(): Piece[] {
    return this._all.map(({ start, end, written }) => ({ start, end, next: written }));
  }

  /** A section for one more connection: one that nobody has, else half of what the slowest has before it; null: none. */
  take(part: PartFile): Section | null {
    const section = this._all.find(({ isBusy, rest }) => !isBusy && rest > 0) ?? this._half();
    if (section === null) return null;
    section.isBusy = true;
    section.open(part);
    return section;
  }

  /** Its connection has ended. Where hardly anything came of it, perhaps nothing ever will: who gets all anyway goes on. */
  giveBack(section: Section): void {
    section.isBusy = false;
    section.isOpen = false;
    const index = this._all.findIndex(({ isOpen }) => isOpen);
    const open = this._all[index];
    if (open === undefined) return;
    for (let next = this._all[index + 1]; next !== undefined && this._isIdle(next); next = this._all[index + 1]) {
      open.end = next.end;
      this._all.splice(index + 1, 1);
    }
  }

  *settle(): Coroutine<void> {
    for (const section of this._all) yield* section.settle();
  }

  private _isIdle({ isBusy, position, start }: Section): boolean {
    return !isBusy && position - start < this._least;
  }

  private _half(): Section | null {
    let largest: Section | null = null;
    for (const section of this._all) if (largest === null || section.rest > largest.rest) largest = section;
    if (largest === null || largest.rest < 2 * this._least) return null;
    const middle = largest.end - Math.floor(largest.rest / 2);
    const half = new Section({ start: middle, end: largest.end, next: middle });
    largest.end = middle;
    this._all.splice(this._all.indexOf(largest) + 1, 0, half);
    return half;
  }
}

/**
 * The pieces of a part that can be gone on from: all of the file and no more, and no byte counted that is not there. If all
 * is there, the last byte is missing, so that the server is asked whether it is still that version.
 */
export function piecesOf({ total, pieces }: PartRecord, size: number): readonly Piece[] | null {
  if (total === null || total === 0 || size > total) return null;
  const sorted = pieces?.toSorted((one, other) => one.start - other.start) ?? [{ start: 0, end: total, next: size }];
  let end = 0;
  for (const piece of sorted) {
    if (piece.start !== end || piece.end <= piece.start || (piece.next > piece.start && piece.next > size)) return null;
    end = piece.end;
  }
  if (end !== total) return null;
  const last = sorted.at(-1);
  if (last === undefined || sorted.some(({ next, end }) => next < end)) return sorted;
  return [...sorted.slice(0, -1), { ...last, next: last.end - 1 }];
}
