/**
 * What a download tells while it goes on. Events are plain objects that `JSON.stringify` takes; `--json` prints them as
 * they are. Addresses in them hold no user information.
 */

/** Why something failed or is tried again. */
export interface Reason {
  /** Stable, to be matched on: `ERR_STATUS`, `ERR_CHECKSUM`, `ERR_CLIENT_PAYLOAD` for instance. */
  readonly code: string;
  /** For people. */
  readonly message: string;
  /** The HTTP status, where the answer had one. */
  readonly status?: number;
}

/** What all events about one item say. */
interface OfItem {
  /** The item's number, from 1, in the order of the list. */
  readonly n: number;
  readonly url: string;
  /** Where the list has it, if that is known. */
  readonly at?: string;
  /** Path inside the output folder, with "/"; not there as long as no name was found. */
  readonly name?: string;
}

/** A request for the item goes out. */
export interface StartEvent extends OfItem {
  readonly type: "start";
  /** From 1. */
  readonly attempt: number;
  /** Bytes that are there from before. */
  readonly offset: number;
}

/** An attempt failed; there will be another. */
export interface RetryEvent extends OfItem {
  readonly type: "retry";
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  /** Milliseconds until the next one at the earliest. */
  readonly delay: number;
  readonly reason: Reason;
}

/** The file is there, whole and under its name. */
export interface DoneEvent extends OfItem {
  readonly type: "done";
  readonly name: string;
  /** Bytes of the file. */
  readonly bytes: number;
  /** Bytes of the body that came over the network in all attempts. */
  readonly received: number;
  /** Bytes that an earlier, interrupted download had left. 0: none. */
  readonly resumed: number;
  readonly attempts: number;
  /** Milliseconds since the first attempt. */
  readonly elapsed: number;
  readonly status: number;
  /** What was compared: `sha256=…`; not there if nothing was given to compare with. */
  readonly checksum?: string;
  /** Where redirects led, if they did. */
  readonly finalUrl?: string;
  readonly contentType?: string;
  readonly etag?: string;
  readonly lastModified?: string;
}

/** Nothing was to be done for the item. */
export interface SkippedEvent extends OfItem {
  readonly type: "skipped";
  /**
   * `exists`: the file was there; `unchanged`: it was, and the server has no newer one; `duplicate`: the list has it twice;
   * `clash`: another item of the list has its name; `dry-run`.
   */
  readonly reason: "exists" | "unchanged" | "duplicate" | "clash" | "dry-run";
  /** Dry run: bytes that the server announces. */
  readonly bytes?: number;
}

/** The item could not be had. */
export interface FailedEvent extends OfItem {
  readonly type: "failed";
  readonly attempts: number;
  readonly reason: Reason;
  /** Bytes that are kept for a later run. 0: none. */
  readonly kept: number;
}

/** How many came to which end. */
export interface Summary {
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
  /** Of the files that are done. */
  readonly bytes: number;
  /** That came over the network, of bodies. */
  readonly received: number;
  /** Milliseconds. */
  readonly elapsed: number;
  /** Whether it was stopped before its end. */
  readonly interrupted: boolean;
}

/** The last event. */
export interface EndEvent extends Summary {
  readonly type: "end";
}

/** What is told of one item. */
export type ItemEvent = StartEvent | RetryEvent | DoneEvent | SkippedEvent | FailedEvent;
/** What is told: of items, and at last of all. */
export type DownloadEvent = ItemEvent | EndEvent;
