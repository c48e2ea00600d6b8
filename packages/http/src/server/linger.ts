import type { IncomingMessage, ServerResponse } from "node:http";

/** Bytes of a body nobody wants that are taken all the same. */
const MOST_DROPPED = 2 ** 20;
/** Milliseconds that it may take. */
const LONGEST = 2000;

/**
 * Takes the rest of a request's body that nobody has read: a client that is still sending may hear of the answer only
 * after that, and a connection that is closed while it sends is reset, and the answer with it. A client that has very
 * much left to send is cut off.
 */
export function dropRest(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { socket } = incoming;
  if (socket.destroyed || incoming.destroyed) return;
  const before = socket.bytesRead;
  const stop = () => {
    clearTimeout(timer);
    incoming.off("data", count).off("end", stop).off("close", stop);
  };
  const cutOff = () => {
    stop();
    if (outgoing.writableFinished) socket.destroySoon();
    else outgoing.once("finish", () => socket.destroySoon());
  };
  const timer = setTimeout(cutOff, LONGEST);
  const count = () => {
    if (socket.bytesRead - before > MOST_DROPPED) cutOff();
  };
  incoming.on("data", count).on("end", stop).on("close", stop);
  incoming.resume();
}
