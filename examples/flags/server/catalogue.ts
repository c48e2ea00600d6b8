import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { ALL_CODES, countryName } from "../countries.ts";

/** What an address stands for, ready to be sent. */
export interface Content {
  readonly body: Buffer;
  /** The value of `Content-Type`. */
  readonly type: string;
  /** The value of `ETag`, with its quotes; it changes with the body. */
  readonly etag: string;
}

/** Loads the content of one address; it fails only when the image package is damaged. */
export type Loader = () => Promise<Content>;

/** `/flags/cn/cn.svg` or `/flags/cn/metadata.json`: nothing else of a path ever reaches a file name. */
const FLAG_PATH = /^\/flags\/([a-z]{2})\/(?:(metadata\.json)|([a-z]{2})\.svg)$/;

const SVG = "image/svg+xml";
const JSON_TYPE = "application/json; charset=utf-8";
export const TEXT = "text/plain; charset=utf-8";

/** Finds the flag or the metadata at this decoded path, `undefined` when there is none (codes are lower case). */
export function findFlag(path: string): Loader | undefined {
  const [, code = "", metadata, imageCode] = FLAG_PATH.exec(path) ?? [];
  const country = countryName(code.toUpperCase());
  if (country === undefined) return undefined;
  if (metadata !== undefined) {
    return async () => content(Buffer.from(JSON.stringify({ country, code: code.toUpperCase() })), JSON_TYPE);
  }
  if (imageCode !== code) return undefined;
  // Resolved, not joined to node_modules: where npm puts the package is npm's business.
  return async () => content(await readFile(new URL(import.meta.resolve(`flag-icons/flags/4x3/${code}.svg`))), SVG);
}

/** Finds the short description of the server for people who open its address. */
export function findIndex(path: string): Loader | undefined {
  if (path !== "/" && path !== "/flags" && path !== "/flags/") return undefined;
  const codes = ALL_CODES.map((code) => code.toLowerCase());
  const text = `Flags of ${codes.length} countries

/flags/{cc}/{cc}.svg         the flag
/flags/{cc}/metadata.json    the country's name

{cc} is one of
${codes.join(" ")}
`;
  return async () => content(Buffer.from(text), TEXT);
}

function content(body: Buffer, type: string): Content {
  return { body, type, etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"` };
}
