import { parseArgs } from "node:util";
import { suggestion } from "./suggest.ts";
import { ENTRIES, type Given, OPTIONS, type Option, type OptionName } from "./table.ts";
import { UsageError } from "./usage-error.ts";

/** What the command line says. */
export interface CommandLine {
  readonly given: Given;
  /** The arguments that are no options, in their order. */
  readonly urls: readonly string[];
  /** Whether help was asked for by its short name. */
  readonly short: boolean;
}

const CONFIG = Object.fromEntries(
  ENTRIES.map(([name, { short, kind }]) => [
    name,
    { type: kind === undefined ? ("boolean" as const) : ("string" as const), ...(short !== undefined && { short }) },
  ]),
);
const LONG = ENTRIES.map(([name]) => `--${name}`);

/**
 * Reads the command line.
 *
 * @throws UsageError for an unknown option, a value that an option does not take, and options that exclude each other
 */
export function parse(args: readonly string[]): CommandLine {
  const given: Record<string, unknown> = {};
  const urls: string[] = [];
  let short = false;
  const { tokens } = parseArgs({
    args: [...args],
    options: CONFIG,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === "positional") urls.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName } = token;
    if (!Object.hasOwn(OPTIONS, name)) {
      throw new UsageError(`unknown option ${rawName}${suggestion(rawName, LONG)}`);
    }
    const option: Option = OPTIONS[name as OptionName];
    const value = valueFor(option, rawName, token.value, token.inlineValue);
    if (name === "help" && rawName === "-h") short = true;
    if (option.many) given[name] = [...((given[name] as unknown[] | undefined) ?? []), value];
    else given[name] = value;
  }
  const checked = given as Given;
  exclude(checked);
  return { given: checked, urls, short };
}

function valueFor({ kind }: Option, rawName: string, value: string | undefined, inline: boolean | undefined): unknown {
  if (kind === undefined) {
    if (value === undefined) return true;
    throw new UsageError(`${rawName} takes no value, got "${value}"`);
  }
  if (value === undefined) throw new UsageError(`${rawName} needs a value: it takes ${kind.takes}`);
  // `-d --json`: most likely the value was forgotten.
  if (inline === false && LONG.includes(value)) {
    throw new UsageError(`${rawName} needs a value before ${value}: it takes ${kind.takes}`);
  }
  const read = kind.read(value);
  if (read === undefined)
    throw new UsageError(`${rawName} takes ${kind.takes}${kind.secret ? "" : `; got "${value}"`}`);
  return read;
}

const EXCLUSIVE: readonly (readonly [OptionName, OptionName])[] = [
  ["quiet", "verbose"],
  ["proxy", "no-proxy"],
  ["output", "input"],
  ["output", "name"],
  ["checksum", "input"],
];

function exclude(given: Given): void {
  for (const [a, b] of EXCLUSIVE) {
    if (given[a] !== undefined && given[b] !== undefined) throw new UsageError(`--${a} and --${b} exclude each other`);
  }
  if (given.key !== undefined && given.cert === undefined) throw new UsageError("--key needs --cert, whose key it is");
}
