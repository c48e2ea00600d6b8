import { createServer, type ListenOptions, type Server as NodeServer, type Socket } from "node:net";
import { type Coroutine, type EventLoop, HostCallback } from "yieldfrom";
import { happening, ignore } from "./happening.ts";
import { isOsError, osError } from "./os-errors.ts";
import type { Address } from "./protocols.ts";
import type { Listener } from "./server.ts";

/** How sockets listen, and what becomes of what they accept. */
export interface Listening {
  readonly loop: EventLoop;
  /** Whether TCP tells now and then that it is still there. */
  readonly keepAlive: boolean;
  /** Called in the loop with each socket, which is not read from yet. */
  readonly accepted: (socket: Socket) => void;
}

/** Begins to listen. @throws OSError if that can't be done */
export function* listen(
  where: ListenOptions,
  { loop, keepAlive, accepted }: Listening,
  what: string,
): Coroutine<Listener> {
  const node = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true, keepAlive });
  try {
    yield* happening(loop, node, "listening", () => node.listen(where));
  } catch (error) {
    node.on("error", ignore);
    // It looks up even an address first, and would listen after all.
    node.on("listening", () => node.close());
    node.close();
    throw isOsError(error) ? osError(error, what) : error;
  }
  const arrivals = new HostCallback<Socket>(loop, accepted);
  const troubles = new HostCallback<Error>(loop, (error) => {
    const message = `${what}: a connection could not be accepted; the server goes on`;
    loop.callExceptionHandler({ message, exception: osError(error, what) });
  });
  node.on("connection", (socket) => {
    // Until there is a transport, nobody else would hear of it.
    socket.on("error", ignore);
    if (loop.isClosed()) socket.destroy();
    else arrivals.call(socket);
  });
  node.on("error", (error) => troubles.call(error));
  const address = addressOf(node);
  return { node, getsockname: () => address, close: () => void node.close() };
}

function addressOf(node: NodeServer): Address {
  const address = node.address();
  if (address === null) return "";
  return typeof address === "string" ? address : [address.address, address.port];
}
