import type { Socket } from "node:net";

/** Who is told how sending goes, by the host and outside of the loop. */
interface Sender {
  /** Fewer bytes wait than before. */
  progressed(): void;
  /** What was sent failed. @param now from within `send`, and so perhaps from within code of the loop */
  sendFailed(error: Error, now: boolean): void;
}

/**
 * What waits to be sent on a socket.
 *
 * It goes to the socket by the methods that Node gives to those who implement streams (`_write`, `_writev`), past the buffer of
 * the Writable in between: that says nothing when it is down to the low mark, and costs as much again as all that is done
 * here. The operating system takes most writes at once, and then the socket's callback comes from within `_write`.
 */
export class Outgoing {
  /** How many bytes wait: those that were handed over and are not gone yet included. */
  size = 0;
  private readonly _socket: Socket;
  private readonly _sender: Sender;
  private _queue: Uint8Array[] = [];
  /** Bytes of the write that is under way; 0 if none is. */
  private _underWay = 0;
  private _within = false;

  constructor(socket: Socket, sender: Sender) {
    this._socket = socket;
    this._sender = sender;
  }

  send(bytes: Uint8Array): void {
    this.size += bytes.length;
    if (this._underWay > 0) {
      this._queue.push(bytes);
      return;
    }
    this._underWay = bytes.length;
    this._within = true;
    this._socket._write(bytes, "buffer" as BufferEncoding, this._written);
    this._within = false;
  }

  sendAll(pieces: readonly Uint8Array[]): void {
    for (const bytes of pieces) {
      this._queue.push(bytes);
      this.size += bytes.length;
    }
    if (this._underWay > 0 || this._queue.length === 0) return;
    this._within = true;
    this._sendQueue();
    this._within = false;
  }

  /** Drops what is not under way. */
  clear(): void {
    this._queue = [];
    this.size = this._underWay;
  }

  private readonly _written = (error?: Error | null): void => {
    this.size -= this._underWay;
    this._underWay = 0;
    if (error) {
      this.clear();
      this._sender.sendFailed(error, this._within);
      return;
    }
    if (this._within) return;
    if (this._queue.length > 0) this._sendQueue();
    this._sender.progressed();
  };

  /** All of it in one system call, if there is more than one. */
  private _sendQueue(): void {
    const queue = this._queue;
    this._queue = [];
    const socket = this._socket;
    const [first] = queue;
    if (queue.length === 1 || socket._writev === undefined || socket._writev === null) {
      const bytes = queue.length === 1 ? (first as Uint8Array) : Buffer.concat(queue);
      this._underWay = bytes.length;
      socket._write(bytes, "buffer" as BufferEncoding, this._written);
      return;
    }
    this._underWay = queue.reduce((sum, bytes) => sum + bytes.length, 0);
    const chunks = queue.map((chunk) => ({ chunk, encoding: "buffer" as BufferEncoding }));
    socket._writev(Object.assign(chunks, { allBuffers: true }), this._written);
  }
}
