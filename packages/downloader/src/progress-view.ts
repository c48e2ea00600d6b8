/** What a screen asks for while downloads go on: plain numbers, to be read as often as it likes. */

/** A file that is under way. */
export interface ActiveFile {
  /** The item's number in the list, from 1. */
  readonly n: number;
  /** The name it will have; its address as long as it has none. */
  readonly name: string;
  /** Bytes that are there, those from before included. */
  readonly bytes: number;
  /** Of those, bytes of an earlier run. */
  readonly resumed: number;
  /** Bytes it will have; null: not known (yet). */
  readonly total: number | null;
  /** `performance.now()` at the beginning of its first attempt. */
  readonly startedAt: number;
}

/** How far it all is. Its fields change while it goes on. */
export interface ProgressView {
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
  /** How many items the list has; null as long as it has not been read to its end. */
  readonly total: number | null;
  /** Bytes of bodies that came over the network. */
  readonly bytes: number;
  /** Bytes that all files together have, of those that are known; null as long as `total` is, or one is not known. */
  readonly totalBytes: number | null;
  /** The files under way, oldest first. */
  readonly active: Iterable<ActiveFile>;
}
