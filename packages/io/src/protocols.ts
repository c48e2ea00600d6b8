/**
 * What is told of a connection's life: the bases to derive from, whose methods do nothing. A transport calls them, each in the
 * running loop and outside of any task; they must not wait.
 */
import type { BaseTransport, DatagramTransport, SubprocessTransport, Transport } from "./transports.ts";

/** An IP address and a port, or the path of a Unix socket. */
export type Address = readonly [host: string, port: number] | string;

/** Base of all protocols. Source: asyncio `BaseProtocol`. */
export class BaseProtocol {
  /** The connection is there: the first call of all. */
  connectionMade(_transport: BaseTransport): void {}

  /**
   * The connection is gone: the last call, exactly once, in an iteration of its own.
   * @param _error what it was lost by; `null` after a `close()` or the other side's regular end
   */
  connectionLost(_error: Error | null): void {}

  /** More than the high mark is waiting to be sent. Called from within the `write` that went past it. */
  pauseWriting(): void {}

  /** What waits to be sent is down to the low mark. Follows each `pauseWriting`. */
  resumeWriting(): void {}
}

/** Receives a stream of bytes. Source: asyncio `Protocol`. */
export class Protocol extends BaseProtocol {
  override connectionMade(_transport: Transport): void {}

  /** Some bytes came, at least one. They are the protocol's own: nobody writes into them any more. */
  dataReceived(_data: Buffer): void {}

  /**
   * The other side has ended its half.
   * @returns true to keep our half open; else the transport closes. Over TLS it closes in any case
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a method without a `return` is the commonest answer
  eofReceived(): boolean | void {}
}

/**
 * Receives a stream of bytes in buffers of its own. Source: asyncio `BufferedProtocol`.
 *
 *     connectionMade -> (getBuffer -> bufferUpdated)* -> eofReceived? -> connectionLost
 */
export abstract class BufferedProtocol extends BaseProtocol {
  override connectionMade(_transport: Transport): void {}

  /**
   * Where the next bytes are to be put; it may be any size, but not empty.
   * @param sizeHint how many bytes would fit well; -1 if nobody knows
   */
  abstract getBuffer(sizeHint: number): Uint8Array;

  /** So many bytes were put at the beginning of the buffer that `getBuffer` gave last. */
  bufferUpdated(_bytes: number): void {}

  /** As that of Protocol. */
  // biome-ignore lint/suspicious/noConfusingVoidType: as there
  eofReceived(): boolean | void {}
}

/** Receives datagrams. Source: asyncio `DatagramProtocol`. */
export class DatagramProtocol extends BaseProtocol {
  override connectionMade(_transport: DatagramTransport): void {}

  /** A datagram came, whole; it may be empty. */
  datagramReceived(_data: Buffer, _address: Address): void {}

  /** A send or receive failed; the transport goes on. */
  errorReceived(_error: Error): void {}
}

/** Is told of a child process. Source: asyncio `SubprocessProtocol`. */
export class SubprocessProtocol extends BaseProtocol {
  override connectionMade(_transport: SubprocessTransport): void {}

  /** The child wrote into its file descriptor `fd`: 1 is stdout, 2 stderr. */
  pipeDataReceived(_fd: number, _data: Buffer): void {}

  /** One of the pipes to the child is gone: 0 is stdin, 1 stdout, 2 stderr. */
  pipeConnectionLost(_fd: number, _error: Error | null): void {}

  /** The child has ended. Its pipes may have data yet: the order of these events is not fixed. */
  processExited(): void {}
}
