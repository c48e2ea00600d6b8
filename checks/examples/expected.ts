/**
 * What an example says it prints, and whether it does.
 *
 *   console.log(x); // → 42        this line prints 42; further values stand in comments of their own below
 *   // prints: a                   the program prints exactly this; more lines may follow, each a comment
 *   // reports: text               the loop reports this on standard error
 *   // throws TypeError: text      the program ends with this error
 *
 * `…` stands for anything.
 */

/** What a program did: `line` is where in the example it was done, null if elsewhere. */
export interface Printed {
  readonly line: number | null;
  readonly text: string;
  readonly isError: boolean;
}

export interface Outcome {
  readonly printed: readonly Printed[];
  /** As `Name: message`; null if it came to its end. */
  readonly thrown: string | null;
  /** Where it was thrown in the example, if that is known. */
  readonly thrownAt: number | null;
}

export interface Expectations {
  readonly byLine: ReadonlyMap<number, readonly string[]>;
  readonly prints: { readonly line: number; readonly lines: readonly string[] } | null;
  readonly reports: readonly { readonly line: number; readonly text: string }[];
  readonly throws: { readonly line: number; readonly text: string } | null;
}

export interface Mismatch {
  readonly line: number;
  readonly text: string;
}

export function expectationsOf(text: string): Expectations {
  const byLine = new Map<number, string[]>();
  const reports: { line: number; text: string }[] = [];
  let prints: { line: number; first: string[]; more: string[] } | null = null;
  let throws: { line: number; text: string } | null = null;
  let owner = 0;
  let listing = false;
  for (const [index, line] of text.split("\n").entries()) {
    const number = index + 1;
    const isComment = /^\s*\/\//.test(line);
    if (!isComment) listing = false;
    if (!isComment && line.trim() !== "") owner = number;
    const [, kind, rest = ""] = /\/\/ (→|prints:|reports:|throws)(?: (.*)|$)/.exec(line) ?? [];
    if (kind === "→") {
      byLine.set(owner, [...(byLine.get(owner) ?? []), rest.trimEnd()]);
    } else if (kind === "prints:") {
      prints ??= { line: number, first: rest === "" ? [] : [rest.trimEnd()], more: [] };
      listing = true;
    } else if (kind === "reports:") reports.push({ line: number, text: rest.trim() });
    else if (kind === "throws") throws = { line: number, text: rest.trim() };
    else if (isComment && listing) prints?.more.push(line.replace(/^\s*\/\/ ?/, "").trimEnd());
  }
  return {
    byLine,
    prints: prints && { line: prints.line, lines: [...prints.first, ...dedent(prints.more)] },
    reports,
    throws,
  };
}

/** What is wrong with `outcome`, on the lines of the example. */
export function mismatches(start: number, expected: Expectations, outcome: Outcome): Mismatch[] {
  const found: Mismatch[] = [];
  const say = (line: number, text: string) => found.push({ line, text });
  const { thrown, thrownAt, printed } = outcome;
  const throws = expected.throws;
  if (thrown !== null && throws === null) say(thrownAt ?? start, `ends with ${thrown}`);
  else if (throws !== null && !fits(throws.text, thrown ?? "")) {
    say(throws.line, diff([`throws ${throws.text}`], [thrown === null ? "does not throw" : `throws ${thrown}`]));
  }
  const lines = printed.flatMap((each) => each.text.split("\n").map((text) => ({ ...each, text: text.trimEnd() })));
  if (expected.prints !== null) {
    const is = lines.filter(({ isError, line }) => !isError && !expected.byLine.has(line ?? 0)).map(({ text }) => text);
    if (!allFit(expected.prints.lines, is)) say(expected.prints.line, diff(expected.prints.lines, is));
  }
  for (const [line, texts] of expected.byLine) {
    const is = lines.filter((each) => each.line === line).map(({ text }) => text);
    if (!allFit(texts, is)) say(line, diff(texts, is));
  }
  const reported = printed.filter((each) => each.isError && each.line === null).map(({ text }) => text);
  for (const [index, { line, text }] of expected.reports.entries()) {
    const is = reported[index];
    if (is === undefined || !fits(text, firstLine(is)))
      say(line, diff([text], is === undefined ? [] : [firstLine(is)]));
  }
  for (const text of reported.slice(expected.reports.length)) say(start, `reports what the page does not: ${text}`);
  for (const { line, text, isError } of lines) {
    const isListed = expected.prints !== null && !isError;
    if (line !== null && !expected.byLine.has(line) && !isListed)
      say(line, `prints what the page does not say: ${text}`);
    else if (line === null && !isError && !isListed) say(start, `prints what the page does not say: ${text}`);
  }
  return found;
}

function allFit(expected: readonly string[], is: readonly string[]): boolean {
  return expected.length === is.length && expected.every((text, index) => fits(text, is[index] ?? ""));
}

function fits(expected: string, is: string): boolean {
  const pattern = expected.split("…").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${pattern.join(".*")}$`, "s").test(is);
}

/** The longest common run of lines stays, what is only on the page has a minus, what only came out a plus. */
function diff(expected: readonly string[], is: readonly string[]): string {
  const same = (i: number, j: number) => fits(expected[i] ?? "", is[j] ?? "");
  const longest = Array.from({ length: expected.length + 1 }, () => new Array<number>(is.length + 1).fill(0));
  const at = (i: number, j: number) => longest[i]?.[j] ?? 0;
  for (let i = expected.length - 1; i >= 0; i--) {
    for (let j = is.length - 1; j >= 0; j--) {
      (longest[i] as number[])[j] = same(i, j) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines = ["what the page says (-) is not what comes out (+)"];
  for (let i = 0, j = 0; i < expected.length || j < is.length; ) {
    if (i < expected.length && j < is.length && same(i, j)) {
      lines.push(`    ${expected[i++]}`);
      j++;
    } else if (i < expected.length && (j === is.length || at(i + 1, j) >= at(i, j + 1)))
      lines.push(`  - ${expected[i++]}`);
    else lines.push(`  + ${is[j++]}`);
  }
  return lines.join("\n");
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}

function dedent(lines: readonly string[]): string[] {
  const depth = Math.min(...lines.filter((line) => line !== "").map((line) => line.search(/\S/)));
  return lines.map((line) => line.slice(Number.isFinite(depth) ? depth : 0));
}
