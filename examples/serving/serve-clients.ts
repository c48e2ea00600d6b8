import {
  formatAddress,
  type LimitOption,
  LineTooLongError,
  OSError,
  type ServerOptions,
  type StreamReader,
  type StreamWriter,
  startServer,
} from "@yieldfrom/io";
import { type Coroutine, coroutine, getRunningLoop, isCancelled, TimeoutError, timeout } from "yieldfrom";
import type { Place } from "./options.ts";

/** What is done with one client. The connection is closed after it. `log` prints a line with the client's address. */
export type ServeClient = (reader: StreamReader, writer: StreamWriter, log: (line: string) => void) => Coroutine<void>;

/** How long a client may take to read what was sent to it last, in milliseconds. */
const LAST_READING = 1000;

/** How long the clients may go on when the server is to end, in milliseconds: not at all, as they would never leave by themselves. */
export const GRACE = 0;

/**
 * Serves until it is cancelled, or the process gets SIGTERM. The clients' tasks are cancelled then: each can say good-bye, and
 * what was sent to it last has a while to arrive.
 *
 * @throws OSError if it can't listen there
 */
export const serveClients = coroutine(function* serveClients(
  { host, port }: Place,
  serveClient: ServeClient,
  options: ServerOptions & LimitOption = {},
): Coroutine<void> {
  const attend = (reader: StreamReader, writer: StreamWriter) => attendTo(reader, writer, serveClient);
  const server = yield* startServer(attend, host, port, options);
  console.log(`Serving on ${formatAddress([host, server.port])} (Ctrl-C to stop)`);
  yield* server.serveForever({ grace: GRACE });
});

/** One client, from its first byte to the last; what goes wrong with it is no matter of the others. */
const attendTo = coroutine(function* attendTo(
  reader: StreamReader,
  writer: StreamWriter,
  serveClient: ServeClient,
): Coroutine<void> {
  const peer = formatAddress(writer.getExtraInfo("peername"));
  const log = (line: string) => console.log(`${peer} ${line}`);
  log("connected");
  try {
    yield* serveClient(reader, writer, log);
  } catch (error) {
    if (isCancelled(error)) throw error;
    if (error instanceof OSError || error instanceof LineTooLongError) log(error.message);
    else getRunningLoop().callExceptionHandler({ message: `${peer} could not be served`, exception: error });
  } finally {
    yield* close(writer);
    log("closed");
  }
});

/** Sends what waits to be sent, for a while, and closes the connection. */
function* close(writer: StreamWriter): Coroutine<void> {
  writer.close();
  try {
    yield* timeout(LAST_READING, () => writer.waitClosed());
  } catch (error) {
    if (error instanceof TimeoutError) writer.transport.abort();
    else if (isCancelled(error)) throw error;
  }
}
