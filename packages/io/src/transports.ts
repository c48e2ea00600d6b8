/**
 * What a protocol writes to, and reads from: the abstract shapes. `SocketTransport` implements `Transport`.
 */
import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import type { CipherNameAndProtocol, PeerCertificate, SecureContext, TLSSocket } from "node:tls";
import type { EventLoop } from "yieldfrom";
import type { Address, BaseProtocol } from "./protocols.ts";
import type { FlowMarks, MarkOptions } from "./write-marks.ts";

/** What `getExtraInfo` knows, by name; which of them there are depends on the kind of transport. */
export interface ExtraInfo {
  /** The address of this end. */
  sockname: Address;
  /** The address of the other end. */
  peername: Address;
  /** Node's socket. To look at: reading from it or writing to it would disturb the transport. */
  socket: Socket;
  /** What TLS was set up with; of TLS transports only. */
  sslContext: SecureContext;
  /** Node's TLS socket. */
  sslObject: TLSSocket;
  /** The certificate of the other end. */
  peercert: PeerCertificate;
  /** The cipher, and the version of TLS. */
  cipher: CipherNameAndProtocol;
  /** The protocol chosen by ALPN; `null` if none was. */
  alpnProtocol: string | null;
  /** Node's stream, of pipes. */
  pipe: Readable | Writable;
  /** Node's child process, of processes. */
  subprocess: ChildProcess;
}

/** Base of all transports. Source: asyncio `BaseTransport`. */
export abstract class BaseTransport implements Disposable {
  /** The loop it belongs to. */
  abstract getLoop(): EventLoop;

  /**
   * What is known of the connection, or `fallback`.
   *
   * ```text
   * const [host, port] = transport.getExtraInfo("peername");
   * ```
   */
  abstract getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K] | undefined;
  abstract getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback: D): ExtraInfo[K] | D;
  abstract getExtraInfo(name: string, fallback?: unknown): unknown;

  /** Stops reading, sends what waits, then calls the protocol's `connectionLost(null)`. Idempotent. */
  abstract close(): void;

  /** Whether it is closed, or on the way to that. */
  abstract isClosing(): boolean;

  /** Has another protocol told from here on. */
  abstract setProtocol(protocol: BaseProtocol): void;

  abstract getProtocol(): BaseProtocol;

  /** As `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** A transport to read from. Source: asyncio `ReadTransport`. */
export abstract class ReadTransport extends BaseTransport {
  /** Whether data is being received: neither paused nor closing. */
  abstract isReading(): boolean;

  /** No `dataReceived` from here on. Idempotent. */
  abstract pauseReading(): void;

  /** … until here. Idempotent. */
  abstract resumeReading(): void;
}

/** A transport to write to. Source: asyncio `WriteTransport`. */
export abstract class WriteTransport extends BaseTransport {
  /**
   * Sends bytes, or a string in UTF-8; what can't be sent at once is kept. It never waits: flow control is by `pauseWriting`,
   * or the `drain()` of a StreamWriter. Bytes must not be changed before they are sent.
   * @throws TypeError for anything else; RuntimeError after `writeEof()`
   */
  abstract write(data: Uint8Array | string): void;

  /** The same for several pieces. */
  abstract writeLines(list: Iterable<Uint8Array | string>): void;

  /** Ends our half of the connection, once what waits is sent; data can still be received. */
  abstract writeEof(): void;

  /** Whether `writeEof` is supported. */
  abstract canWriteEof(): boolean;

  /** Closes at once, and drops what waits to be sent. `connectionLost(null)` follows. */
  abstract abort(): void;

  /**
   * Sets how many waiting bytes make the transport call `pauseWriting` (more than `high`) and `resumeWriting` (at most `low`).
   * By default `high` is 65536, or four times `low`, and `low` a quarter of `high`.
   * @throws RangeError unless 0 <= low <= high
   */
  abstract setWriteBufferLimits(limits?: MarkOptions): void;

  abstract getWriteBufferLimits(): FlowMarks;

  /** How many bytes wait to be sent. */
  abstract getWriteBufferSize(): number;
}

/** A transport in both directions. Source: asyncio `Transport`. */
export abstract class Transport extends WriteTransport implements ReadTransport {
  abstract isReading(): boolean;
  abstract pauseReading(): void;
  abstract resumeReading(): void;
}

/** A transport of datagrams. Source: asyncio `DatagramTransport`. */
export abstract class DatagramTransport extends BaseTransport {
  /**
   * Sends one datagram; an empty one is sent too. Errors go to the protocol's `errorReceived`.
   * @param address where to; may be left out if the transport was made with a remote address
   */
  abstract sendTo(data: Uint8Array | string, address?: Address | null): void;

  /** Closes at once, and drops what waits to be sent. */
  abstract abort(): void;
}

/** A child process, as a transport of its pipes. Source: asyncio `SubprocessTransport`. */
export abstract class SubprocessTransport extends BaseTransport {
  /** The process id. */
  abstract getPid(): number;

  /** The exit status; -N if signal number N ended it; `null` while it runs. */
  abstract getReturnCode(): number | null;

  /** The transport of the child's file descriptor `fd` (0, 1, 2); `null` if that is no pipe. */
  abstract getPipeTransport(fd: number): BaseTransport | null;

  /** @param signal a name, as "SIGHUP", or a number */
  abstract sendSignal(signal: NodeJS.Signals | number): void;

  /** Asks the child to end: SIGTERM. */
  abstract terminate(): void;

  /** Ends the child: SIGKILL. */
  abstract kill(): void;
}
