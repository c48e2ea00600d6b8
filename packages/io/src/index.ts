/** asyncio's streams, transports, servers and subprocesses, on Node's own machinery. */

export { type AcceptedOptions, connectAcceptedSocket } from "./accept.ts";
export {
  type ByteSource,
  type ByteTarget,
  SourceReader,
  stdinReader,
  stdoutWriter,
  streamReaderFrom,
  streamWriterTo,
  type WebSource,
  type WebTarget,
} from "./adapters.ts";
export { type AddressInfo, type AddressOptions, formatAddress, getAddrInfo, getNameInfo } from "./addresses.ts";
export {
  type ClientTlsOptions,
  type ConnectionOptions,
  createConnection,
  createUnixConnection,
} from "./connect.ts";
export {
  type CommonServerOptions,
  createServer,
  createUnixServer,
  type ServerOptions,
  type UnixServerOptions,
} from "./create-server.ts";
export { createDatagramEndpoint, type DatagramOptions } from "./datagram.ts";
export {
  BrokenPipeError,
  ConnectionAbortedError,
  ConnectionError,
  ConnectionRefusedError,
  ConnectionResetError,
  FileNotFoundError,
  GaiError,
  LineTooLongError,
  OSError,
  type OSErrorFacts,
  PermissionError,
  SendfileNotAvailableError,
  SSLCertVerificationError,
  SSLError,
} from "./errors.ts";
export type { GraceOptions } from "./graceful-end.ts";
export { toReadable, toReadableStream, toWritable, toWritableStream } from "./outlets.ts";
export { connectReadPipe, connectWritePipe } from "./pipes.ts";
export { CalledProcessError, ProcessLookupError, TimeoutExpired } from "./process-errors.ts";
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
export { type SendFileOptions, sendFile } from "./send-file.ts";
export { AbstractServer, type ListeningSocket, Server } from "./server.ts";
export { type StartTlsOptions, startTls } from "./start-tls.ts";
export { type ClientConnected, StreamReaderProtocol } from "./stream-protocol.ts";
export { StreamReader, type StreamReaderOptions } from "./stream-reader.ts";
export { StreamWriter, type WriterProtocol } from "./stream-writer.ts";
export {
  type LimitOption,
  openConnection,
  openUnixConnection,
  type Streams,
  startServer,
  startUnixServer,
} from "./streams.ts";
export {
  createSubprocessExec,
  createSubprocessShell,
  Process,
  type ProcessWith,
  subprocessExec,
  subprocessShell,
} from "./subprocess.ts";
export { SubprocessStreamProtocol } from "./subprocess-protocol.ts";
export type { ClientTls, ServerTls, TlsTimeouts } from "./tls.ts";
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
