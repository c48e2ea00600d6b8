/**
 * Stacks of the engine as data: which lines of the program stand on one, without those of this library.
 */

/** A place in the source: `file` is a URL or path as the host gives it, line and column count from 1. */
export interface CodePlace {
  /** The function's name; empty if it has none. */
  readonly fn: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Lines kept of the stack where something was made, as in asyncio's debug mode. */
const MADE_AT_LINES = 10;

/** `    at fn (file:line:column)` of V8 and Bun, `fn@file:line:column` of Safari. */
const V8_LINE = /^\s*at (?:async )?(?:(.*?) \()?(.*?):(\d+):(\d+)\)?$/;
const SAFARI_LINE = /^(.*?)@(.*?):(\d+):(\d+)$/;

/** The places of a stack, innermost first; lines without one, as of built-in functions (`native` in Bun), are left out. */
export function parseStack(stack: string): CodePlace[] {
  return stack.split("\n").flatMap((text) => {
    const [, fn = "", file, line, column] = V8_LINE.exec(text) ?? SAFARI_LINE.exec(text) ?? [];
    return file === undefined || file === "native"
      ? []
      : [{ fn: nameOf(fn), file, line: Number(line), column: Number(column) }];
  });
}

/** `Object.` before a name and `<anonymous>` are of nobody's making. */
function nameOf(fn: string): string {
  return fn.replace(/^((Object|Generator|Module|globalThis)(\.|$))?(<anonymous>$)?/, "").replace(/ \[as \w+\]$/, "");
}

/** For example `spin (/home/me/spinner.ts:9:5)`. */
export function formatPlace(place: CodePlace): string {
  const at = `${formatLine(place)}:${place.column}`;
  return place.fn === "" ? at : `${place.fn} (${at})`;
}

/** For example `/home/me/spinner.ts:9`. */
export function formatLine({ file, line }: { readonly file: string; readonly line: number }): string {
  return `${file.replace(/^file:\/\//, "")}:${line}`;
}

/** The stack of an error as text; empty where it has none, or `Error.prepareStackTrace` makes something else of it. */
export function stackText(error: Error): string {
  const stack: unknown = error.stack;
  return typeof stack === "string" ? stack : "";
}

/** The stack at this call as it is, of `most` lines. */
export function rawStack(most: number): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = most;
  try {
    return stackText(new Error());
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Where the program is at this call, innermost first, this library left out. Costs microseconds: for debug mode. */
export function programStack(): CodePlace[] {
  const all = parseStack(rawStack(MOST_LINES));
  const program = all.filter(({ file }) => !isOurs(file) && !file.startsWith("node:"));
  return program.slice(0, MADE_AT_LINES);
}

/** Enough for a program's part and what of the library stands between. */
const MOST_LINES = 50;

const { url } = import.meta;
/** As published, the library is one file, which its name tells from a program's bundle that it is a part of. */
const isBuilt = /\/yieldfrom\.js(\?|$)/.test(url);
/** Where it is in files of its own, their folder; null where it is in a file with others, and can't be told from them. */
const folder = /\/traceback\.[jt]s$/.test(url) ? url.slice(0, url.lastIndexOf("/") + 1) : null;
const ENGINE = /^(loop|loops|task|introspect)\/|^(future|run|traceback|host)\.[jt]s/;

/** Whether a file is one of this library. */
export function isOurs(file: string): boolean {
  return isBuilt ? withScheme(file) === url : folder !== null && withScheme(file).startsWith(folder);
}

/**
 * Whether a file is of the part of this library that drives coroutines, and contains none. Built, the file has all parts:
 * then the library's own coroutines are no more shown than what drives them.
 */
export function isEngine(file: string): boolean {
  return isOurs(file) && (folder === null || ENGINE.test(withScheme(file).slice(folder.length)));
}

function withScheme(file: string): string {
  return file.startsWith("/") ? `file://${file}` : file;
}
