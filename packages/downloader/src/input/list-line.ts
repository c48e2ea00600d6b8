import type { DownloadItem } from "../item.ts";
import { MOST_LINE_BYTES } from "./line-splitter.ts";
import { isBadLine, type ListEntry } from "./list-entry.ts";

/** What would not be read as it is written: line ends, TABs, what is not UTF-8, blanks at an end, a comment, JSON. */
const UNPLAIN =
  /[\n\r\t\ufffd]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|^[ #{\ufeff]|^$| $/;
const ADDRESS = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * `entry` as a line of a list, with its end, so that the list may be fed back: the address; the address, a TAB and its name;
 * or JSON, if it has more. A list may mix them. A bad line stays as it is, under a comment that says what is wrong with it.
 * Only `at` is not written.
 */
export function listLine(entry: ListEntry): string {
  if (isBadLine(entry)) {
    const note = `# ${entry.at.replace(/[\n\r]/g, " ")}: ${entry.reason.replace(/[\n\r]/g, " ")}\n`;
    return entry.cut || entry.text === "" ? note : `${note}${entry.text}\n`;
  }
  const line = plainLine(entry) ?? jsonLine(entry);
  if (Buffer.byteLength(line) <= MOST_LINE_BYTES) return `${line}\n`;
  return `# ${entry.at ?? "an item"}: left out, as its line is longer than ${MOST_LINE_BYTES / 1024} KiB\n`;
}

function plainLine({ url, mirrors, name, dir, headers, checksum }: DownloadItem): string | null {
  const hasMore = dir ?? headers ?? checksum ?? (mirrors?.length ? mirrors : undefined);
  const address = String(url);
  if (hasMore !== undefined || UNPLAIN.test(address)) return null;
  if (name === undefined) return address;
  return UNPLAIN.test(name) || ADDRESS.test(name) ? null : `${address}\t${name}`;
}

function jsonLine({ url, mirrors, name, dir, headers, checksum }: DownloadItem): string {
  const line = JSON.stringify({ url: String(url), mirrors: mirrors?.map(String), name, dir, headers, checksum });
  return line.replaceAll("\ufffd", "\\ufffd");
}
