/** Connections and servers as pairs of StreamReader and StreamWriter. */

import type { Socket } from "node:net";
import { type Coroutine, coroutine } from "yieldfrom";
import { type ClientTlsOptions, type ConnectionOptions, createConnection, createUnixConnection } from "./connect.ts";
import { createServer, createUnixServer, type ServerOptions, type UnixServerOptions } from "./create-server.ts";
import { hostLoop } from "./host-loop.ts";
import type { Server } from "./server.ts";
import { type ClientConnected, StreamReaderProtocol } from "./stream-protocol.ts";
import { StreamReader } from "./stream-reader.ts";
import { StreamWriter } from "./stream-writer.ts";
import type { Transport } from "./transports.ts";

/** The two ends of a connection in our hands. */
export type Streams = [reader: StreamReader, writer: StreamWriter];

/** What a reader's `limit` can be set by. */
export interface LimitOption {
  /** Bytes that the reader holds before it stops its transport, and the longest line; 65536 by default. See StreamReader. */
  readonly limit?: number | undefined;
}

/**
 * Connects to a TCP server. Source: asyncio `open_connection`.
 *
 * ```ts
 * import { run } from "yieldfrom";
 * import { openConnection, startServer } from "@yieldfrom/io";
 *
 * await run(function* () {
 *   const server = yield* startServer(
 *     function* (reader, writer) {
 *       writer.write((yield* reader.readLine()).toString().toUpperCase());
 *       writer.close();
 *     },
 *     "127.0.0.1",
 *     0,
 *   );
 *   yield* server.use(function* () {
 *     const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
 *     writer.write("hello\n");
 *     console.log((yield* reader.readLine()).toString().trim()); // → HELLO
 *     writer.close();
 *     yield* writer.waitClosed();
 *   });
 * });
 * ```
 * @param options `limit`, and those of `createConnection`, which also says what is thrown
 */
export function openConnection(
  host: string | null,
  port: number | null,
  options: ConnectionOptions & LimitOption = {},
): Coroutine<Streams> {
  return openTcp(host, port, options);
}

const openTcp = coroutine(function* openConnection(
  host: string | null,
  port: number | null,
  options: ConnectionOptions & LimitOption,
): Coroutine<Streams> {
  return joined(yield* createConnection(newProtocol("openConnection", null, options), host, port, options));
});

/** Connects to a Unix socket. Source: asyncio `open_unix_connection`. @param options as of `createUnixConnection` */
export function openUnixConnection(
  path: string | null,
  options: ClientTlsOptions & LimitOption & { readonly sock?: Socket | undefined } = {},
): Coroutine<Streams> {
  return openUnix(path, options);
}

const openUnix = coroutine(function* openUnixConnection(
  path: string | null,
  options: ClientTlsOptions & LimitOption & { readonly sock?: Socket | undefined },
): Coroutine<Streams> {
  return joined(yield* createUnixConnection(newProtocol("openUnixConnection", null, options), path, options));
});

/**
 * Listens for TCP connections, and calls a function with a reader and a writer for each. A coroutine that it returns becomes a task: its
 * failure is reported to the loop's exception handler, and the connection closed. Source: asyncio `start_server`.
 *
 * ```text
 * const server = yield* startServer(echo, "127.0.0.1", 8888);
 * yield* server.serveForever({ grace: 10_000 });
 * ```
 * @param clientConnected most often a coroutine function; it closes the writer
 * @param options `limit`, and those of `createServer`, which also says what is thrown
 */
export function startServer(
  clientConnected: ClientConnected,
  host: string | readonly string[] | null,
  port: number,
  options: ServerOptions & LimitOption = {},
): Coroutine<Server> {
  return startTcp(clientConnected, host, port, options);
}

const startTcp = coroutine(function* startServer(
  clientConnected: ClientConnected,
  host: string | readonly string[] | null,
  port: number,
  options: ServerOptions & LimitOption,
): Coroutine<Server> {
  return yield* createServer(newProtocol("startServer", clientConnected, options), host, port, options);
});

/** The same on a Unix socket. Source: asyncio `start_unix_server`. @param options as of `createUnixServer` */
export function startUnixServer(
  clientConnected: ClientConnected,
  path: string,
  options: UnixServerOptions & LimitOption = {},
): Coroutine<Server> {
  return startUnix(clientConnected, path, options);
}

const startUnix = coroutine(function* startUnixServer(
  clientConnected: ClientConnected,
  path: string,
  options: UnixServerOptions & LimitOption,
): Coroutine<Server> {
  return yield* createUnixServer(newProtocol("startUnixServer", clientConnected, options), path, options);
});

/** Made one for now, so that a wrong limit is found before anything is connected. */
function newProtocol(asked: string, clientConnected: ClientConnected | null, { limit }: LimitOption) {
  const loop = hostLoop(asked);
  if (clientConnected !== null && typeof clientConnected !== "function") {
    throw new TypeError(`${asked}() takes a function (reader, writer), got ${String(clientConnected)}`);
  }
  new StreamReader({ limit, loop });
  return () => new StreamReaderProtocol(new StreamReader({ limit, loop }), clientConnected);
}

function joined([transport, protocol]: [Transport, StreamReaderProtocol]): Streams {
  return [protocol._reader, new StreamWriter(transport, protocol, protocol._reader)];
}
