/** How far a download is, for whoever shows it: read ten times a second, and never changed by them. */
export interface ProgressView {
  /** Files that are there now. */
  readonly done: number;
  /** Items that nothing was to be done for. */
  readonly skipped: number;
  readonly failed: number;
  /** Items in all; `null` until the list has been read to its end. */
  readonly total: number | null;
  /** Bytes of bodies that have come over the network, in all attempts. What was there from before is not among them. */
  readonly bytes: number;
  /** What `bytes` will come to, if the sizes of all that is left are known. */
  readonly totalBytes: number | null;
  /** The files now in flight. */
  readonly active: Iterable<ActiveFile>;
}

/** A file in flight. */
export interface ActiveFile {
  /** Its path inside the output folder, or its address as long as it has none; as it is, not escaped. */
  readonly name: string;
  /** Bytes that were there from before. */
  readonly offset: number;
  /** Bytes that have come since. */
  readonly received: number;
  /** Bytes that it will have, `offset` included; `null`: not known. */
  readonly size: number | null;
  /** When it was begun, in milliseconds of `performance.now()`. */
  readonly startedAt: number;
}
