import { DownloadError } from "../errors.ts";

/** More addresses of one text are taken for a slip of the pen. */
const MOST_ADDRESSES = 10_000_000;
const MOST_DEPTH = 32;

/** Text that may come in several ways; `text(k)` is the way number k, from 0. */
interface Choice {
  readonly count: number;
  text(k: number): string;
}

/**
 * The texts that `text` stands for: `{a,b}` is each of the list, `{1..10}` each whole number, `{10..1..3}` in steps,
 * `{001..100}` with zeros before, `{a..e}` letters. They may be combined and nested, the last changes fastest. Braces
 * that are none of these, as `{id}`, `{}` or one without its partner, stand for themselves. Source: bash's brace expansion.
 *
 *     {a,b}{08..10}   a08 a09 a10 b08 b09 b10
 *
 * The texts are made one by one as they are asked for.
 * @throws DownloadError `ERR_RANGE`, at once, if there would be more than 10 million, or braces are nested more than 32 deep
 */
export function expandBraces(text: string): Iterable<string> & { readonly count: number } {
  if (!text.includes("{")) return { count: 1, [Symbol.iterator]: () => [text].values() };
  const choice = new Parser(text).sequence(0, text.length, 0);
  if (choice.count > MOST_ADDRESSES) {
    throw new DownloadError(
      "ERR_RANGE",
      `the ranges {…} stand for more than ${MOST_ADDRESSES.toLocaleString("en")} addresses: make them smaller`,
    );
  }
  return { count: choice.count, [Symbol.iterator]: () => texts(choice) };
}

function* texts({ count, text }: Choice): Generator<string, undefined> {
  for (let k = 0; k < count; k++) yield text(k);
}

class Parser {
  private readonly _text: string;
  /** Where the brace that is open at a place is closed, and the commas between that are its own. */
  private readonly _groups = new Map<number, { readonly commas: number[]; end: number }>();

  constructor(text: string) {
    this._text = text;
    const open: number[] = [];
    for (let at = 0; at < text.length; at++) {
      const character = text[at];
      if (character === "{") {
        open.push(at);
        this._groups.set(at, { commas: [], end: -1 });
      } else if (open.length > 0 && character === ",") this._groups.get(open.at(-1)!)!.commas.push(at);
      else if (open.length > 0 && character === "}") this._groups.get(open.pop()!)!.end = at;
    }
  }

  sequence(from: number, end: number, depth: number): Choice {
    if (depth > MOST_DEPTH) {
      throw new DownloadError("ERR_RANGE", `braces are nested more than ${MOST_DEPTH} deep`);
    }
    const parts: Choice[] = [];
    let literal = "";
    for (let at = from; at < end; at++) {
      const group = this._text[at] === "{" ? this._group(at, depth) : null;
      if (group === null) {
        literal += this._text[at];
        continue;
      }
      if (literal !== "") parts.push(fixed(literal));
      literal = "";
      parts.push(group);
      at = this._groups.get(at)!.end;
    }
    if (literal !== "" || parts.length === 0) parts.push(fixed(literal));
    return parts.length === 1 ? parts[0]! : product(parts);
  }

  private _group(at: number, depth: number): Choice | null {
    const { commas, end } = this._groups.get(at)!;
    if (end === -1) return null;
    if (commas.length === 0) return range(this._text.slice(at + 1, end));
    const bounds = [at, ...commas, end];
    return sum(bounds.slice(1).map((bound, index) => this.sequence(bounds[index]! + 1, bound, depth + 1)));
  }
}

function fixed(literal: string): Choice {
  return { count: 1, text: () => literal };
}

function product(parts: readonly Choice[]): Choice {
  const count = parts.reduce((all, part) => all * part.count, 1);
  return {
    count,
    text(k) {
      let text = "";
      let left = k;
      for (let index = parts.length - 1; index >= 0; index--) {
        const part = parts[index]!;
        text = part.text(left % part.count) + text;
        left = Math.floor(left / part.count);
      }
      return text;
    },
  };
}

function sum(parts: readonly Choice[]): Choice {
  return {
    count: parts.reduce((all, part) => all + part.count, 0),
    text(k) {
      let left = k;
      for (const part of parts) {
        if (left < part.count) return part.text(left);
        left -= part.count;
      }
      return "";
    },
  };
}

/** `1..10`, `001..100`, `1..10..2`, `a..e`; `null` if it is none. */
function range(text: string): Choice | null {
  const match = /^(?:(-?\d{1,15})\.\.(-?\d{1,15})|([A-Za-z])\.\.([A-Za-z]))(?:\.\.(-?\d{1,15}))?$/.exec(text);
  if (match === null) return null;
  const [, first, last, firstLetter, lastLetter, stepText = "1"] = match;
  const from = firstLetter === undefined ? Number(first) : firstLetter.charCodeAt(0);
  const to = lastLetter === undefined ? Number(last) : lastLetter.charCodeAt(0);
  // As in bash: the step's sign says nothing, and 0 is 1.
  const step = (Math.abs(Number(stepText)) || 1) * (to < from ? -1 : 1);
  const isPadded = [first, last].some((bound) => /^-?0\d/.test(bound ?? ""));
  const width = isPadded ? Math.max(first!.length, last!.length) : 0;
  return {
    count: Math.floor((to - from) / step) + 1,
    text(k) {
      const value = from + k * step;
      if (firstLetter !== undefined) return String.fromCharCode(value);
      return value < 0 ? `-${String(-value).padStart(width - 1, "0")}` : String(value).padStart(width, "0");
    },
  };
}
