import {
  type LimitOption,
  LineTooLongError,
  OSError,
  type ServerOptions,
  type StreamReader,
  type StreamWriter,
  startServer,
} from "@yieldfrom/io";
import { type Coroutine, coroutine, getRunningLoop, isCancelled, TimeoutError, taskGroup, timeout } from "yieldfrom";
import { addressText } from "./address.ts";
import type { Place } from "./options.ts";

/** What is done with one client. The connection is closed after it. `log` prints a line with the client's address. */
export type ServeClient = (reader: StreamReader, writer: StreamWriter, log: (line: string) => void) => Coroutine<void>;

/** How long a client may take to read what was sent to it last, in milliseconds. */
const LAST_READING = 1000;

/**
 * Serves until it is cancelled. The server and its clients are tasks of one group: a cancellation reaches them all, each
 * client's coroutine can say good-bye, and the group is over when the last connection is.
 *
 * @throws ExceptionGroup of an OSError if it can't listen there
 */
export const serveClients = coroutine(function* serveClients(
  { host, port }: Place,
  serveClient: ServeClient,
  options: ServerOptions & LimitOption = {},
): Coroutine<void> {
  yield* taskGroup(function* (group) {
    // Started at once: a task that is cancelled before it begins has no `finally` that would close the connection.
    const attend = (reader: StreamReader, writer: StreamWriter) =>
      void group.createTask(attendTo(reader, writer, serveClient), { eagerStart: true });
    const server = yield* startServer(attend, host, port, options);
    group.createTask(server.serveForever());
    console.log(`Serving on ${addressText([host, server.port])} (Ctrl-C to stop)`);
  });
});

/** One client, from its first byte to the last; what goes wrong with it is no matter of the others. */
const attendTo = coroutine(function* attendTo(
  reader: StreamReader,
  writer: StreamWriter,
  serveClient: ServeClient,
): Coroutine<void> {
  const peer = addressText(writer.getExtraInfo("peername", "a client"));
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
