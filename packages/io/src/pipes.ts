import { createReadStream, createWriteStream, fstatSync } from "node:fs";
import { Socket } from "node:net";
import { Readable, Writable } from "node:stream";
import { isatty, ReadStream, WriteStream } from "node:tty";
import { type Coroutine, coroutine, type EventLoop } from "yieldfrom";
import { brief } from "./brief.ts";
import { OSError } from "./errors.ts";
import { hostLoop } from "./host-loop.ts";
import type { BaseProtocol } from "./protocols.ts";
import { ReadPipeTransport } from "./read-pipe.ts";
import type { ReadTransport, WriteTransport } from "./transports.ts";
import { WritePipeTransport } from "./write-pipe.ts";

/**
 * Reads from a pipe: a Node Readable, or a file descriptor of a pipe, socket, terminal or file. It is the transport's from then
 * on, which closes it at its end. Source: asyncio `loop.connect_read_pipe`, which takes no files.
 *
 * `stdinReader()` does what this is used for most.
 * @param protocolFactory makes a Protocol, which is given what comes
 * @returns the transport and the protocol
 * @throws TypeError for anything else; OSError if there is no such descriptor
 */
export const connectReadPipe: <P extends BaseProtocol>(
  protocolFactory: () => P,
  pipe: Readable | number,
) => Coroutine<[transport: ReadTransport, protocol: P]> = coroutine(function* connectReadPipe<P extends BaseProtocol>(
  protocolFactory: () => P,
  pipe: Readable | number,
): Coroutine<[ReadTransport, P]> {
  const source = typeof pipe === "number" ? openForReading(pipe) : pipe;
  if (!(source instanceof Readable)) {
    throw new TypeError(`Expected \`pipe\` to be a Node Readable or a file descriptor, got ${brief(pipe)}`);
  }
  const loop = hostLoop("connectReadPipe");
  const protocol = protocolFactory();
  const transport = new ReadPipeTransport(loop, source, protocol);
  yield* connected(loop, transport);
  return [transport, protocol];
});

/**
 * Writes to a pipe: a Node Writable, or a file descriptor of a pipe, socket, terminal or file. It is the transport's from then on,
 * which ends it when it is closed. Source: asyncio `loop.connect_write_pipe`.
 * @param protocolFactory makes the protocol, which is told to pause and to resume writing
 * @returns the transport and the protocol
 * @throws TypeError for anything else; OSError if there is no such descriptor
 */
export const connectWritePipe: <P extends BaseProtocol>(
  protocolFactory: () => P,
  pipe: Writable | number,
) => Coroutine<[transport: WriteTransport, protocol: P]> = coroutine(function* connectWritePipe<P extends BaseProtocol>(
  protocolFactory: () => P,
  pipe: Writable | number,
): Coroutine<[WriteTransport, P]> {
  const target = typeof pipe === "number" ? openForWriting(pipe) : pipe;
  if (!(target instanceof Writable)) {
    throw new TypeError(`Expected \`pipe\` to be a Node Writable or a file descriptor, got ${brief(pipe)}`);
  }
  const loop = hostLoop("connectWritePipe");
  const protocol = protocolFactory();
  const transport = new WritePipeTransport(loop, target, protocol);
  yield* connected(loop, transport);
  return [transport, protocol];
});

/** Waits until the protocol was told of the connection and reading has begun. Who stops waiting has no use for it. */
export function* connected(loop: EventLoop, transport: ReadTransport | WriteTransport): Coroutine<void> {
  const waiter = loop.createFuture<void>();
  loop.callSoon(() => waiter.done() || waiter.setResult());
  try {
    yield* waiter;
  } catch (error) {
    transport.close();
    throw error;
  }
}

function openForReading(fd: number): Readable {
  switch (kindOf(fd)) {
    case "terminal":
      return new ReadStream(fd);
    case "file":
      return createReadStream("", { fd });
    case "pipe":
      return new Socket({ fd, readable: true, writable: false });
  }
}

function openForWriting(fd: number): Writable {
  switch (kindOf(fd)) {
    case "terminal":
      return new WriteStream(fd);
    case "file":
      return createWriteStream("", { fd });
    case "pipe":
      return new Socket({ fd, readable: false, writable: true });
  }
}

function kindOf(fd: number): "terminal" | "file" | "pipe" {
  if (isatty(fd)) return "terminal";
  try {
    const status = fstatSync(fd);
    return status.isFIFO() || status.isSocket() ? "pipe" : "file";
  } catch (cause) {
    throw new OSError(`there is no open file descriptor ${fd}`, { code: "EBADF", syscall: "fstat", cause });
  }
}
