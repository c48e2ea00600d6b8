import type { IncomingMessage, ServerResponse } from "node:http";

/** Bytes of a body nobody wants that are taken all the same. */
const MOST_DROPPED = 16 * 2 ** 20;
/** Milliseconds that it may take, and between two looks at how far it is. */
const LONGEST = 5000;
const LOOK_EVERY = 50;

/**
 * Takes the rest of a request's body that nobody has read: a client that is still sending may hear of the answer only
 * after that, and a connection that is closed while it sends is reset, and the answer with it. A client that has very
 * much left to send is cut off. Source: nginx `lingering_close`.
 */
export function dropRest(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { socket } = incoming;
  if (socket.destroyed || incoming.destroyed) return;
  const before = socket.bytesRead;
  let looks = 0;
  // Not by "data" events: Node drops what is left by itself once the response is finished, and tells nobody.
  const timer = setInterval(() => {
    const isOver = incoming.complete || socket.destroyed;
    const isTooMuch = ++looks * LOOK_EVERY >= LONGEST || socket.bytesRead - before > MOST_DROPPED;
    if (!isOver && !isTooMuch) return;
    stop();
    if (isOver) return;
    if (outgoing.writableFinished) socket.destroySoon();
    else outgoing.once("finish", () => socket.destroySoon());
  }, LOOK_EVERY);
  const stop = () => {
    clearInterval(timer);
    socket.off("close", stop); // The connection may serve thousands more.
  };
  socket.once("close", stop);
  incoming.resume();
}
