/** What a part file is of, kept beside it as `.NAME.part.json`. */
import { closeSync, constants, fstatSync, openSync, readSync, renameSync } from "node:fs";
import { errnoOf } from "./file-errors.ts";
import { createAnew, removeIfThere, writeAll } from "./small-files.ts";
import type { Validator } from "./validators.ts";

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** A record that is longer is none of ours. */
const LONGEST = 1024 * 1024;

/** An address that bytes of a part file came from, and by what its version is known. */
export interface PartSource {
  /** Without user information. */
  readonly url: string;
  readonly validator: Validator | null;
}

/** A piece of a split file: bytes from `start` to `end`, which is not of it; those before `next` are there. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/** What a part file is of. */
export interface PartRecord {
  /** The item's address and those mirrors that were used. */
  readonly sources: readonly PartSource[];
  /** Bytes of the whole file; `null` if nobody has told. */
  readonly total: number | null;
  /** Of a split file. Without them the part is one piece, from 0 to its size. */
  readonly pieces?: readonly Piece[];
  /** The checksum that was asked for, `sha256=…`. */
  readonly checksum?: string;
}

const VERSION = 1;

/** The address as a record has it: without user information and fragment. */
export function recordedUrl(url: URL): string {
  if (url.username === "" && url.password === "" && url.hash === "") return url.href;
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  bare.hash = "";
  return bare.href;
}

/** The record at `path`; `null` if there is none, or none that can be read. @throws errors of the file system */
export function readRecord(path: string): PartRecord | null {
  let fd: number;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (/^(?:ENOENT|ELOOP|EMLINK)$/.test(errnoOf(error))) return null;
    throw error;
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size > LONGEST) return null;
    const buffer = Buffer.allocUnsafe(stat.size);
    return parsed(buffer.toString("utf8", 0, readSync(fd, buffer)));
  } finally {
    closeSync(fd);
  }
}

/**
 * Writes a record. One that is there is replaced in one step: whoever looks, at whatever moment, finds a whole one. Where there
 * is none the part is empty yet, and half a record is as good as none.
 * @param temporary its path while it is written
 */
export function writeRecord(path: string, temporary: string, record: PartRecord, isFirst: boolean): void {
  const text = JSON.stringify({ version: VERSION, ...record } satisfies PartRecord & { version: number });
  const written = isFirst ? path : temporary;
  const fd = createAnew(written, 0o600);
  try {
    try {
      writeAll(fd, [Buffer.from(text)]);
    } finally {
      closeSync(fd);
    }
    if (!isFirst) renameSync(temporary, path);
  } catch (error) {
    removeIfThere(written);
    throw error;
  }
}

/** Whether a part file of `size` bytes can be what the record says. */
export function fitsRecord({ total, pieces }: PartRecord, size: number): boolean {
  if (pieces === undefined) return total === null || size <= total;
  return pieces.every(({ start, next, end }) => (next === start || next <= size) && (total === null || end <= total));
}

function parsed(text: string): PartRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value) || value.version !== VERSION) return null;
  const { sources, total, pieces, checksum } = value;
  if (!Array.isArray(sources) || sources.length === 0 || !sources.every(isSource)) return null;
  if (total !== null && !isCount(total)) return null;
  if (pieces !== undefined && !(Array.isArray(pieces) && pieces.every(isPiece))) return null;
  if (checksum !== undefined && typeof checksum !== "string") return null;
  return {
    sources,
    total,
    ...(pieces === undefined ? {} : { pieces }),
    ...(checksum === undefined ? {} : { checksum }),
  };
}

function isSource(value: unknown): value is PartSource {
  if (!isObject(value) || typeof value.url !== "string") return false;
  const validator = value.validator;
  if (validator === null) return true;
  if (!isObject(validator) || typeof validator.value !== "string") return false;
  return validator.kind === "etag" || validator.kind === "last-modified";
}

function isPiece(value: unknown): value is Piece {
  if (!isObject(value)) return false;
  const { start, end, next } = value;
  return isCount(start) && isCount(end) && isCount(next) && start <= next && next <= end;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** What may be in an object that was read. */
type Fields = { readonly [Key in keyof (PartRecord & PartSource & Piece & Validator & { version: number })]?: unknown };

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}
