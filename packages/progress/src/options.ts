/** What a bar may be told, by the caller or by the environment, and what it makes of wrong values. */

import type { Host, Output } from "./host.ts";
import { displayWidth, escapeControls } from "./text.ts";

/** Names and meanings are tqdm's; times are milliseconds. `undefined` means the default, or the environment's. */
export interface TqdmOptions {
  /** How many items there will be; default: the iterable's `length` or `size`. `null` or `Infinity`: not known. */
  total?: number | null | undefined;
  /** Text before the bar. */
  desc?: string | null | undefined;
  /** What is counted; default `"it"`. */
  unit?: string | undefined;
  /** `true` shows counts as 1.50k, 2.00M; a number multiplies them first. Default `false`. */
  unitScale?: boolean | number | undefined;
  /** The step between those prefixes, 1000 (default) or 1024. */
  unitDivisor?: number | undefined;
  /** Columns of the line; default: the terminal's, followed when it is resized. 0: no bar, only numbers. */
  ncols?: number | null | undefined;
  /**
   * `true`: the bar in ASCII; a string: its cells from empty to full; `false`: Unicode blocks. Default `false`, but
   * `true` where the locale names a charset other than UTF-8.
   */
  ascii?: boolean | string | undefined;
  /** How many were done before, left out of the rate; default 0. */
  initial?: number | undefined;
  /** Whether the last line stays when the bar closes; default `true`. */
  leave?: boolean | undefined;
  /** Milliseconds between redraws at least; default 100. */
  mininterval?: number | undefined;
  /** Weight of the newest sample in the rate: 0 for the mean over all time, 1 for the last only; default 0.3. */
  smoothing?: number | undefined;
  /** Text after the rate, or values shown as `name=value`. */
  postfix?: string | Readonly<Record<string, unknown>> | null | undefined;
  /** `null` (default): drawn only on a terminal; `true`: never drawn; `false`: drawn wherever it goes. */
  disable?: boolean | null | undefined;
  /** Where to draw; default standard error. */
  file?: Output | undefined;
  /** Milliseconds before anything is shown; default 0. A job that ends sooner shows nothing. */
  delay?: number | undefined;
}

/** The options with every default filled in. */
export interface Settings {
  readonly total: number | null;
  readonly desc: string;
  readonly unit: string;
  readonly unitScale: boolean | number;
  readonly unitDivisor: number;
  readonly ncols: number | null;
  readonly ascii: boolean | string;
  readonly initial: number;
  readonly leave: boolean;
  readonly mininterval: number;
  readonly smoothing: number;
  readonly postfix: string | Readonly<Record<string, unknown>> | null;
  readonly disable: boolean | null;
  readonly file: Output;
  readonly delay: number;
}

/** What one option takes. `read` makes a value of an environment variable's text; without it there is no variable. */
interface Rule {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
  /** Takes numbers, so that a number it refuses is out of range and not of the wrong kind. */
  readonly numeric?: boolean;
  readonly read?: (text: string) => unknown;
}

const FLAGS = new Map<string, boolean | null>([
  ["1", true],
  ["true", true],
  ["yes", true],
  ["on", true],
  ["0", false],
  ["false", false],
  ["no", false],
  ["off", false],
]);

const readFlag = (text: string): unknown => FLAGS.get(text.toLowerCase()) ?? text;
const readNumber = (text: string): unknown => (text.trim() === "" ? text : Number(text));
const readText = (text: string): unknown => text;
const isText = (value: unknown): boolean => typeof value === "string";
const isFlag = (value: unknown): boolean => typeof value === "boolean";

function number(expected: string, accepts: (value: number) => boolean): Rule {
  return { expected, accepts: (value) => typeof value === "number" && accepts(value), numeric: true, read: readNumber };
}

const milliseconds = number("milliseconds, a number from 0 up", (value) => value >= 0 && Number.isFinite(value));

const RULES: Readonly<Record<keyof TqdmOptions, Rule>> = {
  total: number("a number from 0 up, or Infinity when it is not known", (value) => value >= 0),
  desc: { expected: "a string", accepts: isText, read: readText },
  unit: { expected: "a string", accepts: isText, read: readText },
  unitScale: {
    expected: "true, false or a number above 0",
    accepts: (value) => isFlag(value) || (typeof value === "number" && value > 0 && Number.isFinite(value)),
    numeric: true,
    // Here 1 is the number and 0 the flag; both mean what the flag means.
    read: (text) => (text === "1" ? true : (FLAGS.get(text.toLowerCase()) ?? readNumber(text))),
  },
  unitDivisor: number("a number above 1, such as 1000 or 1024", (value) => value > 1 && Number.isFinite(value)),
  ncols: number("a whole number of columns from 0 up", (value) => value >= 0 && Number.isInteger(value)),
  ascii: {
    expected: "true, false or a string of two or more characters, each one column wide",
    accepts: (value) => isFlag(value) || (typeof value === "string" && isCharset(value)),
    read: readFlag,
  },
  initial: number("a finite number", Number.isFinite),
  leave: { expected: "true or false", accepts: isFlag, read: readFlag },
  mininterval: milliseconds,
  smoothing: number("a number from 0 to 1", (value) => value >= 0 && value <= 1),
  postfix: {
    expected: "a string or an object of values",
    accepts: (value) => isText(value) || (typeof value === "object" && !Array.isArray(value)),
  },
  disable: { expected: "true, false or null (drawn only on a terminal)", accepts: isFlag, read: readFlag },
  file: {
    expected: "a writable stream such as process.stderr",
    accepts: (value) => typeof (value as Partial<Output> | null)?.write === "function",
  },
  delay: milliseconds,
};

/** The options for which `null` is a value or stands for "none". */
const NULLABLE: ReadonlySet<string> = new Set(["total", "desc", "ncols", "postfix", "disable"]);

/** Checks `options`, fills in from `TQDM_*` variables and then from defaults. Explicit options win, as in tqdm. */
export function resolveOptions(options: TqdmOptions, host: Host): Settings {
  for (const [name, value] of Object.entries(options)) checkOption(name, value);
  const given = <K extends keyof TqdmOptions>(name: K): TqdmOptions[K] =>
    options[name] === undefined ? fromEnvironment(name, host.env) : options[name];
  const total = given("total") ?? null;
  return {
    total: total === Number.POSITIVE_INFINITY ? null : total,
    desc: given("desc") ?? "",
    unit: given("unit") ?? "it",
    unitScale: given("unitScale") ?? false,
    unitDivisor: given("unitDivisor") ?? 1000,
    ncols: given("ncols") ?? null,
    ascii: given("ascii") ?? hasOtherCharset(host.env),
    initial: given("initial") ?? 0,
    leave: given("leave") ?? true,
    mininterval: given("mininterval") ?? 100,
    smoothing: given("smoothing") ?? 0.3,
    postfix: given("postfix") ?? null,
    disable: given("disable") ?? null,
    file: given("file") ?? host.stderr,
    delay: given("delay") ?? 0,
  };
}

/**
 * Throws unless `value` may be given for the option `name`.
 *
 * @throws TypeError for a wrong kind of value or an option that does not exist; RangeError for a wrong number.
 */
export function checkOption(name: string, value: unknown): void {
  if (!Object.hasOwn(RULES, name)) throw new TypeError(unknownOption(name));
  const { accepts, expected, numeric } = RULES[name as keyof TqdmOptions];
  if (value === undefined || (value === null && NULLABLE.has(name)) || (value !== null && accepts(value))) return;
  const message = `tqdm: expected \`${name}\` to be ${expected}; got ${show(value)}.`;
  throw numeric && typeof value === "number" ? new RangeError(message) : new TypeError(message);
}

/** A value as an error may show it: short, and without control characters. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(escapeControls(value).slice(0, 80));
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? "an array" : `an object (${value.constructor?.name ?? "no prototype"})`;
}

function fromEnvironment<K extends keyof TqdmOptions>(name: K, env: Host["env"]): TqdmOptions[K] {
  const { read, accepts, expected } = RULES[name];
  const variable = `TQDM_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`;
  const text = env[variable];
  if (text === undefined || text === "" || read === undefined) return undefined;
  const value = read(text);
  if (accepts(value)) return value as TqdmOptions[K];
  throw new RangeError(
    `tqdm: expected the environment variable ${variable} to be ${expected}; got ${show(text)}. Correct it or unset it.`,
  );
}

/** Only a charset that is named counts: where there is no locale, or "C", terminals nearly always speak UTF-8. */
export function hasOtherCharset(env: Host["env"]): boolean {
  const locale = ["LC_ALL", "LC_CTYPE", "LANG"].map((name) => env[name]).find((value) => value);
  const charset = locale?.split(".")[1];
  return charset !== undefined && !/^utf-?8\b/i.test(charset);
}

function unknownOption(name: string): string {
  const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const known = Object.keys(RULES).join(", ");
  const advice = Object.hasOwn(RULES, camel) ? `Write \`${camel}\`.` : `The options are ${known}.`;
  return `tqdm: there is no option ${show(name)}. ${advice}`;
}

function isCharset(text: string): boolean {
  const characters = Array.from(text);
  return (
    characters.length >= 2 && characters.every((each) => displayWidth(each) === 1 && escapeControls(each) === each)
  );
}
