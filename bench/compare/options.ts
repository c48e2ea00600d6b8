import { parseArgs } from "node:util";
import { wholeNumber } from "../options.ts";

export const HELP = `npm run bench:compare [-- [WORD…] [--base REV] [--rounds N]]

Runs the rows on the core of this checkout and on that of another commit, both built, in turns in one process, and fails if a row has
become clearly slower. With words, the rows whose name or id contains all of them.

  --base REV     the other commit (default: the one that bench/results/results.json was made of)
  --rounds N     rounds of each (default: 9)
  --help         this text
`;

export interface CompareOptions {
  readonly words: readonly string[];
  readonly base: string | null;
  readonly rounds: number;
  readonly help: boolean;
}

/** @throws Error whose message names the option that is wrong */
export function parseCompareOptions(args: readonly string[]): CompareOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      base: { type: "string" },
      rounds: { type: "string", default: "9" },
      help: { type: "boolean", default: false },
    },
  });
  return {
    words: positionals,
    base: values.base ?? null,
    rounds: wholeNumber("--rounds", values.rounds),
    help: values.help,
  };
}
