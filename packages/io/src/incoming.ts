import type { Socket } from "node:net";
import { asBuffer } from "./byte-queue.ts";

/** The end of what the other end sends. */
export const END = null;

/** Bytes that may wait for a busy loop before the socket is stopped. */
const MOST_UNSEEN = 131_072;

/** Who receives, outside of the loop. */
interface Receiver {
  /** Is handed chunks as they come, and then END. */
  received(chunk: Buffer | typeof END): void;
}

/**
 * What comes from a socket, which hands its chunks over by `push`. Overriding that for the one socket spares the buffer, the
 * events and the ticks of the Readable in between, and stops the socket at the very chunk after which reading is paused.
 */
export class Incoming {
  private readonly _socket: Socket;
  private readonly _receiver: Receiver;
  /** Nothing more is wanted: it is read and dropped, or not read. */
  private _wanted = false;
  /** Bytes handed over that the loop has not come to yet. */
  private _unseen = 0;
  /** The socket was stopped by an answer to `push`, or was never started. */
  private _stopped = true;
  private _ended = false;

  constructor(socket: Socket, receiver: Receiver) {
    this._socket = socket;
    this._receiver = receiver;
    socket.push = this._push;
  }

  /** Starts the socket, and goes on until `stop`. */
  start(): void {
    this._wanted = true;
    this._goOn();
  }

  /** Stops the socket, at the next chunk if it is not within one: that one is handed over yet. */
  stop(): void {
    this._wanted = false;
  }

  /** The loop has come to so many bytes of what was handed over. */
  seen(bytes: number): void {
    this._unseen -= bytes;
    if (this._unseen === 0 && this._wanted) this._goOn();
  }

  /** Gives the socket back to Node, for TLS to be put over it. */
  release(): void {
    this._wanted = false;
    // What is seen from here on is the method of the class.
    Reflect.deleteProperty(this._socket, "push");
  }

  private _goOn(): void {
    if (!this._stopped || this._ended || this._socket.destroyed) return;
    this._stopped = false;
    this._socket._read(0);
  }

  /** What came before the socket was ours. */
  takeBuffered(): void {
    while (this._socket.readableLength > 0) {
      const chunk: Uint8Array | null = this._socket.read();
      if (chunk === null) return;
      this._push(asBuffer(chunk));
    }
  }

  private readonly _push = (chunk: Buffer | null): boolean => {
    if (chunk === END) {
      this._ended = true;
      this._receiver.received(END);
      return false;
    }
    this._unseen += chunk.length;
    this._receiver.received(chunk);
    const goOn = this._wanted && this._unseen <= MOST_UNSEEN;
    this._stopped = !goOn;
    return goOn;
  };
}
