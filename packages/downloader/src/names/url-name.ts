import type { ContentDisposition } from "@yieldfrom/http";
import { safeName } from "./safe-name.ts";

/** What a file is called whose address ends in a slash. Source: wget, aria2. */
export const NAMELESS = "index.html";

/**
 * The name that an address gives: the last part of its path, decoded once and made safe. Its query is left out.
 * @param url of the request, never of a redirect: that would let a server choose
 */
export function nameFromUrl(url: URL): string {
  const { pathname } = url;
  const last = pathname.slice(pathname.lastIndexOf("/") + 1);
  return last === "" ? NAMELESS : safeName(decoded(last));
}

/** The folders of an address's path, each decoded and made safe: `a/b` of `https://host/a/b/c.jpg`. */
export function foldersFromUrl(url: URL): string {
  return url.pathname
    .split("/")
    .slice(0, -1)
    .filter((part) => part !== "")
    .map((part) => safeName(decoded(part)))
    .join("/");
}

/**
 * The name that a server suggests, its last part made safe, and not decoded any further; `null` if it suggests none.
 * Source: RFC 6266 section 4.3.
 */
export function nameFromDisposition(disposition: ContentDisposition | null): string | null {
  const { filename } = disposition ?? { filename: null };
  if (filename === null) return null;
  const last = filename.slice(Math.max(filename.lastIndexOf("/"), filename.lastIndexOf("\\")) + 1);
  return last === "" ? null : safeName(last);
}

/** Percent-decoded, once. What is no UTF-8 stays as it is written. */
export function decoded(part: string): string {
  if (!part.includes("%")) return part;
  return part.replace(/(?:%[0-9a-f]{2})+/gi, decodedRun);
}

function decodedRun(run: string): string {
  try {
    return decodeURIComponent(run);
  } catch {
    return run;
  }
}
