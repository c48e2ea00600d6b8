/** What a screen asks for while downloads go on: plain numbers, to be read as often as it likes. */

/** A file that is under way. */
export interface ActiveFile {
  /** The item's number in the list, from 1. */
  readonly n: number;
  /** Its address, without user info. */
  readonly url: string;
  /** The name it will have; "" as long as it has none. As it is, not escaped. */
  readonly name: string;
  /** Bytes that are there, those from before included. */
  readonly bytes: number;
  /** Bytes of it that came over the network, in all attempts. */
  readonly received: number;
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
  /** Bytes of the files that are done. */
  readonly saved: number;
  /** What `saved` will come to; null as long as `total` is, or the size of a file is not known. */
  readonly totalBytes: number | null;
  /** The files under way, oldest first. */
  readonly active: Iterable<ActiveFile>;
}
