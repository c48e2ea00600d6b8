import { Command, CommanderError, InvalidArgumentError } from "commander";

/** Where a server listens. */
export interface Place {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/** What `--help` says of a server, and what it does when nothing is said. */
export interface Program {
  readonly name: string;
  readonly description: string;
  readonly port: number;
}

/**
 * The command line of a server: `--host` and `--port`. Options may be added to it.
 */
export function serverCommand({ name, description, port }: Program): Command {
  return new Command(name)
    .usage("[options]")
    .description(description)
    .option("--host <address>", "address to listen on; 0.0.0.0 or :: for everybody", "127.0.0.1")
    .option("--port <number>", "port to listen on, 0 for any that is free", portNumber, port)
    .allowExcessArguments(false)
    .showHelpAfterError("Try --help.")
    .exitOverride();
}

/**
 * Reads the options of the command.
 *
 * @returns the exit code instead, 0 or 2, when help or what is wrong was printed and nothing remains to be done
 */
export function readOptions<T extends object>(command: Command, args: readonly string[]): T | number {
  try {
    return command.parse(args, { from: "user" }).opts<T>();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2; // It is printed already.
  }
}

/** A port, for commander. */
export function portNumber(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= 65535) return number;
  throw new InvalidArgumentError("expected a number from 0 to 65535");
}
