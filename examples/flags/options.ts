import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { type Codes, SelectionError, select } from "./countries.ts";
import type { Order } from "./download.ts";
import { MODES } from "./modes.ts";
import type { Style } from "./report.ts";
import { parseMode, type ServerMode } from "./server/mode.ts";
import { DEFAULT_SEED } from "./server/plan.ts";

/** What the user asked for. */
export interface Options extends Omit<Order, "codes" | "report" | "signal"> {
  readonly codes: Codes;
  readonly style: Style;
  readonly demo: boolean;
}

/** What commander makes of it. */
interface Given extends Omit<Options, "codes" | "style" | "demo"> {
  readonly every?: true;
  readonly limit?: number;
  readonly verbose?: true;
  readonly json?: true;
  readonly demo?: true;
}

const SERVER =
  "LOCAL, DELAY or ERROR, which the program starts by itself, or the address of another, such as http://127.0.0.1:8080/flags";

/**
 * Reads the command line.
 *
 * @returns the exit code instead, 0 or 2, when help or what is wrong was printed and nothing remains to be done
 */
export function readOptions(args: readonly string[]): Options | number {
  const command = new Command("flags")
    .usage("[options] [codes...]")
    .description("Downloads flags of countries, concurrently.")
    .argument("[codes...]", "country codes such as FR or jp; without any, the twenty most populous countries")
    .addOption(new Option("--mode <mode>", "the way of downloading").choices(Object.keys(MODES)).default("executor"))
    .option("-m, --max-connections <number>", "downloads at a time", wholeNumber, 20)
    .option("--every", "every flag there is")
    .option("--limit <number>", "only the first flags, so many of them", wholeNumber)
    .option("--server <server>", SERVER, server, "LOCAL")
    .option("--seed <integer>", "the same seed gives the same delays and errors", integer, DEFAULT_SEED)
    .option("-v, --verbose", "print a line for each flag")
    .option("--output <folder>", "where to save", "downloads/flags")
    .addOption(new Option("--json", "print a line of JSON for each flag and one at the end").conflicts("verbose"))
    .addOption(new Option("--demo", "mode completed on DELAY, compared with sequential").conflicts(["mode", "server"]))
    .showHelpAfterError("Try --help.")
    .exitOverride();
  try {
    command.parse(args, { from: "user" });
    const { every, limit, verbose, json, demo, ...rest } = command.opts<Given>();
    const codes = select({ codes: command.args, every, limit });
    return { ...rest, codes, style: json ? "json" : verbose ? "verbose" : "brief", demo: demo ?? false };
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // It is printed already.
    if (!(error instanceof SelectionError)) throw error;
    process.stderr.write(`error: ${error.message}\nTry --help.\n`);
    return 2;
  }
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError("expected a whole number of at least 1");
}

function integer(text: string): number {
  const number = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError("expected an integer");
}

function server(text: string): ServerMode | URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  try {
    return parseMode(text);
  } catch {
    throw new InvalidArgumentError("expected LOCAL, DELAY, ERROR or an address such as http://127.0.0.1:8080/flags");
  }
}
