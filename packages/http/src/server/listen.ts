import { unlink } from "node:fs/promises";
import type { Server } from "node:http";
import { connect } from "node:net";
import { type Coroutine, from, getRunningLoop, isCancelled } from "yieldfrom";
import type { Settings } from "./options.ts";

/** Has `node` listen, and waits until it does. It does not, when that fails or is cancelled. */
export function* listen(node: Server, settings: Settings): Coroutine<void> {
  try {
    yield* tryToListen(node, settings);
  } catch (error) {
    const { path } = settings;
    if (path === undefined || (error as { code?: string }).code !== "EADDRINUSE") throw error;
    // A server that was killed leaves its socket file behind. Source: asyncio `create_unix_server`, which does not ask.
    if (!(yield* from(isStale(path)))) throw error;
    yield* from(unlink(path));
    yield* tryToListen(node, settings);
  }
}

function* tryToListen(node: Server, { host, port, path, backlog }: Settings): Coroutine<void> {
  const listening = getRunningLoop().createFuture<void>();
  const fail = (error: unknown) => listening.done() || listening.setException(error);
  const succeed = () => listening.done() || listening.setResult(undefined);
  node.once("error", fail);
  node.once("listening", succeed);
  try {
    node.listen({ ...(path === undefined ? { host, port } : { path }), ...(backlog === undefined ? {} : { backlog }) });
    yield* listening;
    node.off("error", fail);
  } catch (error) {
    node.off("listening", succeed);
    if (isCancelled(error)) {
      node.close();
      // It may be looking a name up still, and listen after that.
      node.once("listening", () => node.close());
    }
    throw error;
  }
}

/** Whether nobody listens on that socket any more. */
function isStale(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", (error: { code?: string }) => resolve(error.code === "ECONNREFUSED"));
  });
}
