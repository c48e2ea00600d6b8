import { parseArgs } from "node:util";

export const HELP = `npm run bench [-- [WORD…] [OPTIONS]]

Measures yieldfrom beside native async/await. With words, the rows whose name or id contains all of them.

  --source       measure the sources, for a profile of them, and not the built package
  --rounds N     rounds that are measured, after six of warm-up (default: 11)
  --full         also Effect, Effection, CPython's asyncio and uvloop, and memory, latency, import and size
  --json FILE    write all figures to FILE
  --write        write bench/results/ and the README's table; with --full, and without words
  --help         this text
`;

export interface Options {
  readonly words: readonly string[];
  readonly source: boolean;
  readonly rounds: number;
  readonly full: boolean;
  readonly json: string | null;
  readonly write: boolean;
  readonly help: boolean;
}

/** @throws Error whose message names the option that is wrong */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      source: { type: "boolean", default: false },
      rounds: { type: "string", default: "11" },
      full: { type: "boolean", default: false },
      json: { type: "string" },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const rounds = wholeNumber("--rounds", values.rounds);
  if (values.write && (!values.full || positionals.length > 0)) {
    throw new Error("Expected --write only together with --full and without words: it writes the whole table");
  }
  if (values.write && values.source) {
    throw new Error("Expected --write without --source: what is published is measured on the built package");
  }
  return {
    words: positionals,
    source: values.source,
    rounds,
    full: values.full,
    json: values.json ?? null,
    write: values.write,
    help: values.help,
  };
}

/** @throws RangeError that names the option */
export function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1) {
    throw new RangeError(`Expected ${option} to be a whole number of at least 1, got ${text}`);
  }
  return value;
}

/** What a command was given; prints its help, or what is wrong, and ends there. */
export function fromCommandLine<T extends { readonly help: boolean }>(
  parse: (args: readonly string[]) => T,
  help: string,
): T {
  let options: T;
  try {
    options = parse(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`);
    process.exit(2);
  }
  if (options.help) {
    console.log(help);
    process.exit();
  }
  return options;
}
