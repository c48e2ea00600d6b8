/**
 * Errors as a tree for people to read: causes and the members of groups included, each with its stack. Source: Python's
 * `traceback.print_exception`. It prints whatever was thrown, and never throws itself.
 */

/** Members of one group that are shown; the others are only counted. */
const MOST_MEMBERS = 15;
/** Levels of groups and causes that are shown. */
const DEEPEST = 10;
/** Characters shown of a thrown value that is no error. */
const LONGEST_VALUE = 200;

/**
 * For example
 *
 *     ExceptionGroup: could not save (2 sub-exceptions)
 *         at save (file:///app/save.ts:12:9)
 *     ├─ 1: TypeError: no path
 *     │      at open (file:///app/save.ts:30:11)
 *     └─ 2: Error: disk full
 *            at write (file:///app/save.ts:41:7)
 */
export function errorText(thrown: unknown): string {
  return treeOf(thrown, 0, new Set()).join("\n");
}

/** An error's name and message. */
export function headerOf(error: Error): string {
  const made: unknown = error.constructor?.name;
  // A class that did not give itself a name.
  const name = error.name === "Error" && typeof made === "string" && made !== "" ? made : error.name;
  return error.message === "" ? String(name) : `${name}: ${error.message}`;
}

/** The lines of its stack, without the name and the message that some engines put before them. */
export function framesOf(error: Error): string {
  const { stack } = error;
  if (typeof stack !== "string") return "";
  const header = String(error);
  if (stack.startsWith(header)) return stack.slice(header.length).replace(/^\n/, "");
  // Its name or message was changed after the stack was written down.
  const first = stack.search(/^[ \t]+at /m);
  if (first >= 0) return stack.slice(first);
  return stack.includes("@") ? stack.trimEnd() : "";
}

/** `shown`: the errors printed so far. Each is printed once, so a circle ends and sharing does not multiply. */
function treeOf(thrown: unknown, depth: number, shown: Set<unknown>): string[] {
  try {
    if (!isError(thrown)) return valueText(thrown).split("\n");
    if (shown.has(thrown)) return `${headerOf(thrown)} (shown above)`.split("\n");
    shown.add(thrown);
    const frames = framesOf(thrown);
    const lines = headerOf(thrown).split("\n");
    if (frames !== "") lines.push(...frames.split("\n"));
    return [...lines, ...branches(partsOf(thrown, depth, shown))];
  } catch (error) {
    return [`an error that can't be shown, as that throws ${valueText(error)}`];
  }
}

/** What hangs on an error: its cause and its members, as trees. */
function partsOf(error: Error, depth: number, shown: Set<unknown>): string[][] {
  const errors: unknown = error instanceof AggregateError ? error.errors : undefined;
  const members: readonly unknown[] = Array.isArray(errors) ? errors : [];
  const hasCause = error.cause !== undefined;
  if (depth === DEEPEST) return hasCause || members.length > 0 ? [["… nested too deep to be shown"]] : [];
  const parts = hasCause ? [labelled("cause", error.cause, depth, shown)] : [];
  for (const [index, member] of members.slice(0, MOST_MEMBERS).entries()) {
    parts.push(labelled(`${index + 1}`, member, depth, shown));
  }
  if (members.length > MOST_MEMBERS) parts.push([`and ${members.length - MOST_MEMBERS} more`]);
  return parts;
}

function labelled(label: string, thrown: unknown, depth: number, shown: Set<unknown>): string[] {
  const [first, ...rest] = treeOf(thrown, depth + 1, shown);
  return [`${label}: ${first}`, ...rest];
}

function branches(parts: readonly string[][]): string[] {
  return parts.flatMap((part, index) => {
    const [first, others] = index < parts.length - 1 ? ["├─ ", "│  "] : ["└─ ", "   "];
    return part.map((line, at) => `${at === 0 ? first : others}${line}`);
  });
}

/** Also of another realm, whose `Error` is another one. */
function isError(thrown: unknown): thrown is Error {
  if (typeof thrown !== "object" || thrown === null) return false;
  return thrown instanceof Error || typeof (thrown as { stack?: unknown }).stack === "string";
}

/** A thrown value that is no error, in few characters. */
export function valueText(value: unknown): string {
  let text: string | undefined;
  try {
    if (typeof value === "function") return `[function ${value.name || "anonymous"}]`;
    text = typeof value === "object" || typeof value === "string" ? JSON.stringify(value) : String(value);
  } catch {
    // A circle, a bigint inside, a toJSON that throws.
  }
  text ??= Object.prototype.toString.call(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
