import { displayWidth, escapeControls, formatSizeof, type Space, trimToWidth } from "@yieldfrom/tqdm";
import type { ActiveFile } from "../../progress-view.ts";

const MOST_FILES = 5;
/** Milliseconds a file is in flight before it is shown: what comes at once would only flicker. */
const SHOWN_AFTER = 1000;
/** Lines that are left free: the total, and one of what is printed above. */
const OTHER_ROWS = 2;
/** On a wide screen the eye should find the way from the name to its numbers. */
const MOST_COLUMNS = 100;
const LEAST_NAME = 10;
/** Characters of the end of a name that stay when it is cut: its number and its ending. */
const TAIL = 10;
const INDENT = "  ";
const GAP = "  ";

/** A line for each of those files that have been in flight for longest: `  disk.iso   45%  461MB/1.02GB  41.2MB/s`. */
export function fileLines(files: Iterable<ActiveFile>, now: number, { columns, rows, ascii }: Space): string[] {
  const most = rows === null ? MOST_FILES : Math.min(MOST_FILES, rows - OTHER_ROWS);
  if (most <= 0) return [];
  const slow = [...files].filter(({ startedAt }) => now - startedAt >= SHOWN_AFTER);
  slow.sort((a, b) => a.startedAt - b.startedAt);
  const width = Math.min(columns ?? MOST_COLUMNS, MOST_COLUMNS);
  return slow.slice(0, most).map((file) => fileLine(file, now, width, ascii));
}

function fileLine(file: ActiveFile, now: number, width: number, ascii: boolean): string {
  const name = escapeControls(file.name === "" ? file.url : file.name);
  let numbers = numbersOf(file, now);
  const room = () => width - INDENT.length - numbers.reduce((sum, text) => sum + GAP.length + text.length, 0);
  // The first ones say the most.
  while (numbers.length > 0 && room() < LEAST_NAME) numbers = numbers.slice(0, -1);
  const cut = cutName(name, Math.max(1, room()), ascii);
  const padding = " ".repeat(Math.max(0, room() - displayWidth(cut)));
  return [INDENT + cut + padding, ...numbers].join(GAP);
}

function numbersOf({ bytes, received, total, startedAt }: ActiveFile, now: number): string[] {
  const speed = `${formatSizeof((received / (now - startedAt)) * 1000, "B")}/s`;
  if (!total) return [formatSizeof(bytes, "B").padStart(13), speed.padStart(8)];
  const percent = `${Math.floor(Math.min(1, bytes / total) * 100)}%`;
  const sizes = `${formatSizeof(bytes, "B")}/${formatSizeof(total, "B")}`;
  return [percent.padStart(4), sizes.padStart(13), speed.padStart(8)];
}

/** `name` in `columns`: a long one is cut in the middle. */
function cutName(name: string, columns: number, ascii: boolean): string {
  if (displayWidth(name) <= columns) return name;
  const mark = ascii ? "..." : "…";
  const tail = columns >= 2 * TAIL ? Array.from(name).slice(-TAIL).join("") : "";
  const head = trimToWidth(name, Math.max(0, columns - displayWidth(mark + tail)));
  return trimToWidth(head + mark + tail, columns);
}
