/** Sends words to the echo server, and prints what comes back. `--help` has the options. */

import { readFileSync } from "node:fs";
import { openConnection } from "@yieldfrom/io";
import { Command } from "commander";
import { type Place, portNumber, readOptions } from "../serving/options.ts";
import { untilStopped } from "../serving/until-stopped.ts";

interface Options extends Place {
  /** A file. */
  readonly ca?: string;
}

function main({ host, port, ca }: Options, words: readonly string[]): Promise<number> {
  const message = Buffer.from(`${words.join(" ")}\n`);
  return untilStopped(function* () {
    const ssl = ca !== undefined && { ca: readFileSync(ca) };
    const [reader, writer] = yield* openConnection(host, port, { ssl });
    try {
      writer.write(message);
      process.stdout.write(yield* reader.readExactly(message.length));
    } finally {
      writer.close();
    }
    yield* writer.waitClosed();
  });
}

const command = new Command("echo-client")
  .usage("[options] words...")
  .argument("<words...>", "what to send")
  .option("--host <address>", "where the server is", "127.0.0.1")
  .option("--port <number>", "its port", portNumber, 8007)
  .option("--ca <file>", "speak TLS, and trust this certificate (PEM)")
  .showHelpAfterError("Try --help.")
  .exitOverride();
const options = readOptions<Options>(command, process.argv.slice(2));
process.exitCode = typeof options === "number" ? options : await main(options, command.args);
