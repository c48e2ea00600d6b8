import type { FileHandle } from "node:fs/promises";
import { type Coroutine, coroutine, from, RuntimeError } from "yieldfrom";
import { DrainGate } from "./drain-gate.ts";
import { SendfileNotAvailableError } from "./errors.ts";
import { hostLoop } from "./host-loop.ts";
import { BaseProtocol } from "./protocols.ts";
import type { Transport } from "./transports.ts";

/** Bytes that are read from the file at a time. */
const PIECE = 262_144;

/** What of a file is sent, and how. */
export interface SendFileOptions {
  /** Where in the file to begin; 0 by default. */
  readonly offset?: number | undefined;
  /** How many bytes to send; all that follow by default. */
  readonly count?: number | undefined;
  /** Whether the file may be read and sent piece by piece, which is all that Node can do; true by default. */
  readonly fallback?: boolean | undefined;
}

/**
 * Sends a file, no faster than the other end takes it, and gives the number of bytes sent. Nothing is received meanwhile.
 * Source: asyncio `loop.sendfile`.
 * @param file as `open` of node:fs/promises gives it; it is not closed
 * @throws SendfileNotAvailableError with `fallback: false`, as Node can't leave it to the operating system
 * @throws ConnectionResetError if the connection is lost meanwhile; RuntimeError if it is closing
 */
export function sendFile(transport: Transport, file: FileHandle, options: SendFileOptions = {}): Coroutine<number> {
  return send(transport, file, options);
}

const send = coroutine(function* sendFile(
  transport: Transport,
  file: FileHandle,
  { offset = 0, count = Number.POSITIVE_INFINITY, fallback = true }: SendFileOptions,
): Coroutine<number> {
  hostLoop("sendFile");
  if (!(offset >= 0)) throw new RangeError(`Expected \`offset\` to be 0 or more, got ${offset}`);
  if (!(count > 0)) throw new RangeError(`Expected \`count\` to be a positive number of bytes, got ${count}`);
  if (transport.isClosing()) throw new RuntimeError(`sendFile() on ${transport}, which is closing`);
  if (!fallback) {
    throw new SendfileNotAvailableError(
      `sendFile() on ${transport} with \`fallback: false\`: Node has no access to the operating system's sendfile`,
    );
  }
  const sending = new Sending(transport);
  try {
    let sent = 0;
    while (sent < count) {
      yield* sending.gate.wait("sendFile()");
      const wanted = Math.min(PIECE, count - sent);
      // A buffer for each piece: the one before may still be on its way.
      const { bytesRead, buffer } = yield* from(file.read(Buffer.allocUnsafeSlow(wanted), 0, wanted, offset + sent));
      if (bytesRead === 0) break;
      transport.write(buffer.subarray(0, bytesRead));
      sent += bytesRead;
    }
    yield* sending.gate.wait("sendFile()");
    return sent;
  } finally {
    sending.end();
  }
});

/** Takes the protocol's place while a file is sent, to be told when to pause, and hands on what it is told. */
class Sending extends BaseProtocol {
  readonly gate = new DrainGate();
  private readonly _transport: Transport;
  private readonly _protocol: BaseProtocol;
  private readonly _wasReading: boolean;

  constructor(transport: Transport) {
    super();
    this._transport = transport;
    this._protocol = transport.getProtocol();
    this._wasReading = transport.isReading();
    if (this._wasReading) transport.pauseReading();
    transport.setProtocol(this);
  }

  override pauseWriting(): void {
    this.gate.pause();
    this._protocol.pauseWriting();
  }

  override resumeWriting(): void {
    this.gate.resume();
    this._protocol.resumeWriting();
  }

  override connectionLost(error: Error | null): void {
    this.gate.lose(error);
    this._protocol.connectionLost(error);
  }

  end(): void {
    if (this._transport.getProtocol() === this) this._transport.setProtocol(this._protocol);
    if (this._wasReading) this._transport.resumeReading();
  }
}
