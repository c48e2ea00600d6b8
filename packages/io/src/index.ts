/** asyncio's streams, transports, servers and subprocesses, on Node's own machinery. */

export { DrainGate } from "./drain-gate.ts";
export {
  BrokenPipeError,
  ConnectionAbortedError,
  ConnectionError,
  ConnectionRefusedError,
  ConnectionResetError,
  LineTooLongError,
  OSError,
  type OSErrorFacts,
  SendfileNotAvailableError,
} from "./errors.ts";
export { connectReadPipe, connectWritePipe } from "./pipes.ts";
export { CalledProcessError, ProcessLookupError, SpawnError, TimeoutExpired } from "./process-errors.ts";
export {
  DEVNULL,
  PIPE,
  type ProcessOptions,
  type Redirect,
  STDOUT,
  type StopOptions,
  type SubprocessOptions,
} from "./process-options.ts";
export {
  type Address,
  BaseProtocol,
  BufferedProtocol,
  DatagramProtocol,
  Protocol,
  SubprocessProtocol,
} from "./protocols.ts";
export type { Separator } from "./reading.ts";
export { CompletedProcess, type RunProcessOptions, runProcess } from "./run-process.ts";
export { type ClientConnected, StreamReaderProtocol } from "./stream-protocol.ts";
export { StreamReader, type StreamReaderOptions } from "./stream-reader.ts";
export { StreamWriter, type WriterProtocol } from "./stream-writer.ts";
export {
  createSubprocessExec,
  createSubprocessShell,
  Process,
  subprocessExec,
  subprocessShell,
} from "./subprocess.ts";
export { SubprocessStreamProtocol } from "./subprocess-protocol.ts";
export {
  BaseTransport,
  DatagramTransport,
  type ExtraInfo,
  ReadTransport,
  SubprocessTransport,
  Transport,
  WriteTransport,
} from "./transports.ts";
export type { FlowMarks, MarkOptions } from "./write-marks.ts";
