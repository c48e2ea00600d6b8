import type { DownloadItem } from "../item.ts";

/** A line of a list that is no item. It stops none of the others: it is counted, and told of, as an item that failed. */
export interface BadLine {
  /** What is wrong with it, for people: `"url" is missing`. Holds no part of an address. */
  readonly reason: string;
  /** Where the list has it: `urls.txt:12`. */
  readonly at: string;
  /** The line as it was read, option lines included; cut, if `cut`. It may hold credentials. */
  readonly text: string;
  /** `text` is only the beginning. */
  readonly cut?: true;
}

/** What lists are made of. */
export type ListEntry = DownloadItem | BadLine;

/** The code of the errors that bad lines become. */
export const BAD_LINE = "ERR_BAD_LINE";

export function isBadLine(entry: ListEntry): entry is BadLine {
  return "reason" in entry;
}
