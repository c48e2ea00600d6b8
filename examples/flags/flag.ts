/** A downloaded flag. */
export interface Flag {
  /** The country code in upper case. */
  readonly cc: string;
  readonly image: Uint8Array;
  /** How long the download took, in milliseconds. */
  readonly ms: number;
  /** What the server calls the country; only the mode `named` asks for it. */
  readonly country?: string | undefined;
}

/** Milliseconds in which a server must say something. */
export const MOST_SILENCE = 30_000;

/** Where a server has the flag; `base` is its address such as `http://127.0.0.1:8080/flags`. */
export function flagUrl(base: string, cc: string): string {
  return `${base}/${cc.toLowerCase()}/${cc.toLowerCase()}.svg`;
}

/** Where a server has what it knows of the country: its name, as JSON. */
export function metadataUrl(base: string, cc: string): string {
  return `${base}/${cc.toLowerCase()}/metadata.json`;
}

/** What became of a flag (Fluent Python, flags2: `DownloadStatus`). */
export type Status = "ok" | "not found" | "error";

/** Why there is no file for a flag. The message stands beside the code, so it does not name it. */
export class FlagError extends Error {
  override readonly name = "FlagError";
  readonly cc: string;
  readonly status: Status;

  constructor(cc: string, status: Exclude<Status, "ok">, message: string, options?: ErrorOptions) {
    super(message, options);
    this.cc = cc;
    this.status = status;
  }
}

/** By its name: the class of an error does not survive the way from a worker thread. */
export function isFlagError(error: unknown): error is FlagError {
  return error instanceof Error && error.name === "FlagError";
}
