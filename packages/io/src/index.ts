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
export {
  type Address,
  BaseProtocol,
  BufferedProtocol,
  DatagramProtocol,
  Protocol,
  SubprocessProtocol,
} from "./protocols.ts";
export type { Separator } from "./reading.ts";
export { type ClientConnected, StreamReaderProtocol } from "./stream-protocol.ts";
export { StreamReader, type StreamReaderOptions } from "./stream-reader.ts";
export { StreamWriter, type WriterProtocol } from "./stream-writer.ts";
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
