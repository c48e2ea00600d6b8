import { Command, InvalidArgumentError } from "commander";

/**
 * Reads the one option of the spinners, `--seconds`.
 *
 * @returns how long the slow function takes, in seconds; 3 as in the seed unless given. After `--help` or a mistake it
 *   does not return: the program ends, with exit code 0 or 2.
 */
export function readSeconds(): number {
  return new Command()
    .option("--seconds <number>", "how long the slow function takes", seconds, 3)
    .allowExcessArguments(false)
    .showHelpAfterError("Try --help.")
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse()
    .opts<{ seconds: number }>().seconds;
}

function seconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected seconds, such as 0.5 or 3");
}
