import { Command, CommanderError, InvalidArgumentError } from "commander";
import { parseMode } from "./mode.ts";
import { DEFAULT_SEED } from "./plan.ts";
import { type FlagServer, type FlagServerOptions, startFlagServer } from "./server.ts";

/** The flag server as a program of its own; it serves until SIGINT or SIGTERM. */
async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  if (options === undefined) return;
  let server: FlagServer;
  try {
    server = await startFlagServer(options);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
    return;
  }
  // The exit codes a shell reports for a program that a signal ended.
  for (const [signal, exitCode] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.once(signal, () => {
      process.exitCode ??= exitCode;
      void server.close();
    });
  }
  process.stdout.write(`${server.url}\n`);
}

/** The options given, or `undefined` after usage or help was printed and the exit code set. */
function readOptions(args: readonly string[]): FlagServerOptions | undefined {
  const command = new Command("flags-server")
    .usage("[options]")
    .description("Serves the flags of all countries on 127.0.0.1 and prints its address.")
    .option("--mode <mode>", "LOCAL answers at once, DELAY after 50 to 500 ms, ERROR too but fails some", mode, "LOCAL")
    .option("--port <number>", "port to listen on, 0 for any that is free", port, 0)
    .option("--seed <integer>", "the same seed gives the same delays and errors", seed, DEFAULT_SEED)
    .option("-v, --verbose", "print a line for each request on stderr")
    .allowExcessArguments(false)
    .showHelpAfterError("Try --help.")
    .exitOverride();
  try {
    const { verbose, ...rest } = command.parse(args, { from: "user" }).opts<FlagServerOptions & { verbose?: true }>();
    return verbose ? { ...rest, log: (line) => process.stderr.write(`${line}\n`) } : rest;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // commander has printed what is wrong.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return undefined;
  }
}

function mode(text: string) {
  try {
    return parseMode(text);
  } catch (error) {
    throw new InvalidArgumentError((error as RangeError).message);
  }
}

function port(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= 65535) return number;
  throw new InvalidArgumentError("expected a number from 0 to 65535");
}

function seed(text: string): number {
  const number = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError("expected an integer");
}

await main(process.argv.slice(2));
