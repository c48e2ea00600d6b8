/** The flags of countries, downloaded in six ways; `--help` says how to choose. */

import { KeyboardInterrupt } from "yieldfrom";
import { demo } from "./demo.ts";
import { download } from "./download.ts";
import { FlagError } from "./flag.ts";
import { type Options, readOptions } from "./options.ts";
import { Report } from "./report.ts";
import { savedSince } from "./saved-since.ts";

/** Aborted with the exit code, which is what a shell reports for the signal. Ctrl-C is seen to by `run`. */
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort(143));
// Whoever reads our output has seen enough, as `head` does.
process.stdout.on("error", () => stop.abort(141));

/** Does what the options say, and returns the exit code. */
async function main({ codes, style, demo: isDemo, ...options }: Options): Promise<number> {
  const report = new Report(style);
  const order = { ...options, codes: codes.known, report, signal: stop.signal };
  const saved = savedSince(order.output, order.codes);
  try {
    for (const code of codes.unknown) report.failed(new FlagError(code, "error", "unknown country code"));
    if (isDemo) await demo(order);
    else report.end(await download(order));
    return report.failures === 0 ? 0 : 1;
  } catch (error) {
    const isInterrupt = error instanceof KeyboardInterrupt;
    if (!isInterrupt && error !== stop.signal.reason) throw error;
    report.interrupted(saved(), order.codes.length, order.output);
    return isInterrupt ? 130 : stop.signal.reason;
  }
}

const options = readOptions(process.argv.slice(2));
process.exitCode = typeof options === "number" ? options : await main(options);
