import { type Coroutine, run } from "yieldfrom";
import { downloadMany } from "../download-many.ts";
import type { ProgressView } from "../progress-view.ts";
import { readChecksumFiles } from "./checksum-files.ts";
import { loadCookies } from "./cookie-file.ts";
import { end } from "./end.ts";
import { CommandError, causeOf, understood } from "./failure.ts";
import { Interrupts, Stopped } from "./interrupts.ts";
import { CommandList } from "./list.ts";
import type { CommandLine } from "./options/parse.ts";
import { Outputs } from "./outputs.ts";
import { Screen } from "./screen/screen.ts";
import { settingsOf } from "./settings.ts";

const { stdout, stderr } = process;

/**
 * Downloads what the command line says, and shows it.
 *
 * @param args the command line as it was typed
 * @returns the exit code
 * @throws UsageError, CommandError if it can't begin; an error that is a defect of the program
 */
export async function download({ given, urls }: CommandLine, args: readonly string[]): Promise<number> {
  const options = settingsOf(given);
  using list = understood(() => new CommandList(urls, given, { remember: given.failed !== undefined }));
  using screen = new Screen({ mode: given.quiet ? "none" : (given.progress ?? "auto"), stream: stderr });
  const line = (text: string) => screen.line(text);
  // On a terminal the bar makes room for what is printed.
  const print = stdout.isTTY
    ? (text: string) => screen.line(text, stdout)
    : (text: string) => void stdout.write(`${text}\n`);
  using outputs = new Outputs(given, list, { line, print });
  using interrupts = new Interrupts(
    () => {
      // What is cut short now is no progress.
      screen.close();
      line("Stopping; what is there is kept. Once more leaves at once.");
    },
    () => screen.close(),
  );
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    // Whoever reads our output has seen enough, as `head` does.
    if (error.code === "EPIPE") interrupts.stop(new Stopped("SIGPIPE"));
    else interrupts.stop(new CommandError(`can't write to standard output: ${error.message}`, { cause: error }));
  });
  const start = performance.now();
  let progress: ProgressView | undefined;
  let failure: unknown;
  const main = function* (): Coroutine<void> {
    const checksums = yield* readChecksumFiles(given.checksums ?? []);
    const session = { ...options.session, ...(yield* loadCookies(given.cookies, line)) };
    const all = { ...options, ...checksums, session, onEvent: outputs.take };
    const downloads = understood(() => downloadMany(list, all));
    progress = downloads.progress;
    screen.show(progress);
    yield* downloads;
  };
  try {
    await run(main, { signal: interrupts.signal, handleSigint: false });
  } catch (error) {
    failure = causeOf(error);
  } finally {
    screen.close();
  }
  const wasStopped = failure instanceof Stopped;
  // Also if a list could not be read on: what became of the others is known.
  if (failure === undefined || wasStopped || outputs.tally.ended > 0) {
    try {
      outputs.commit(failure !== undefined);
    } catch (error) {
      if (failure === undefined || wasStopped) failure = error;
    }
  }
  return end({ given, args, failure, progress, tally: outputs.tally, elapsed: performance.now() - start });
}
