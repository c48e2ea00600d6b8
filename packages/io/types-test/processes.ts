/** What the types of processes and of the adapters accept and give. Compiled, never run. */
import type { Coroutine } from "yieldfrom";
import {
  type CompletedProcess,
  createSubprocessExec,
  createSubprocessShell,
  DEVNULL,
  PIPE,
  type Process,
  type ProcessOptions,
  runProcess,
  STDOUT,
  type StreamReader,
  type StreamWriter,
  streamReaderFrom,
  streamWriterTo,
} from "../src/index.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

export function* pipes(options: ProcessOptions, stdout: typeof PIPE | null): Coroutine<void> {
  const plain = yield* createSubprocessExec("ls");
  same<typeof plain, Process<null, null, null>>(true);
  const piped = yield* createSubprocessExec("sort", ["-r"], { stdin: PIPE, stdout: PIPE, stderr: STDOUT });
  same<typeof piped, Process<StreamWriter, StreamReader, null>>(true);
  const outputs = yield* piped.communicate("input");
  same<typeof outputs, [stdout: Buffer, stderr: null]>(true);
  const literal = yield* createSubprocessShell("ls", { stdout: "pipe", stderr: DEVNULL, stdin: 0 });
  same<typeof literal, Process<null, StreamReader, null>>(true);
  const maybe = yield* createSubprocessShell("ls", { stdout });
  same<typeof maybe, Process<null, StreamReader | null, null>>(true);
  const any = yield* createSubprocessExec("ls", [], options);
  same<typeof any, Process>(true);
  const process: Process = piped;
  const code: number = yield* process.wait();
  same<typeof code, number>(true);

  // @ts-expect-error a typing mistake is found
  createSubprocessExec("ls", [], { stdot: PIPE });
  // @ts-expect-error only stderr can follow stdout
  createSubprocessExec("ls", [], { stdin: STDOUT });
  // @ts-expect-error arguments are in an array
  createSubprocessExec("ls", "-l");
  // @ts-expect-error pipes carry bytes
  createSubprocessExec("ls", [], { encoding: "utf8" });
}

export function* completed(text: boolean): Coroutine<void> {
  same<ResultOf<ReturnType<typeof plainRun>>, CompletedProcess<Buffer>>(true);
  const strings = yield* runProcess("ls", [], { text: true, check: true });
  same<typeof strings, CompletedProcess<string>>(true);
  const either = yield* runProcess("ls", [], { text });
  same<typeof either.stdout, Buffer | string>(true);
}

const plainRun = () => runProcess("ls", ["-l"], { timeout: 1000, stop: { grace: 10 } });
type ResultOf<C> = C extends Coroutine<infer T> ? T : never;

export function sources(response: Response, compression: CompressionStream): void {
  using reader = streamReaderFrom(response.body!);
  const plain: StreamReader = reader;
  using writer = streamWriterTo(compression.writable);
  streamReaderFrom(compression.readable);
  // @ts-expect-error text is no source
  streamReaderFrom("text");
  void [plain, writer];
}
