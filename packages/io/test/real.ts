/** For tests with real sockets: a run on the host after which nothing may have been reported, and nothing be open. */
import assert from "node:assert/strict";
import { type AddressInfo, createServer as createNodeServer, type Server as NodeServer, type Socket } from "node:net";
import { activeResources, leftovers } from "@yieldfrom/testing";
import { type Awaitable, type Coroutine, type ExceptionContext, from, HostEventLoop, run, timeout } from "yieldfrom";

/** Milliseconds after which something that a test waits for will never come. */
const PATIENCE = 10_000;

export async function real(main: () => Awaitable<unknown>): Promise<void> {
  const reports = await reporting(main);
  assert.deepEqual(
    reports.map(({ message, exception }) => (exception === undefined ? message : `${message}: ${exception}`)),
    [],
    "nothing was to reach the exception handler",
  );
}

/** The same, for tests that expect reports. */
export async function reporting(main: () => Awaitable<unknown>): Promise<ExceptionContext[]> {
  const before = activeResources();
  const reports: ExceptionContext[] = [];
  const loop = new HostEventLoop();
  loop.setExceptionHandler((_, context) => reports.push(context));
  await run(() => timeout(PATIENCE, main), { loop });
  assert.deepEqual(await leftovers(before), [], "something was left open");
  return reports;
}

/** A server by Node itself, as the other end. It ends with the body, and so do its connections. */
export function* nodeServer<T>(
  onSocket: (socket: Socket) => void,
  body: (port: number, server: NodeServer) => Coroutine<T>,
): Coroutine<T> {
  const sockets = new Set<Socket>();
  const server = createNodeServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  yield* from(new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  try {
    return yield* body((server.address() as AddressInfo).port, server);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

/** Gives the host time for what would come by now, if it came: some turns, in which loopback delivers. */
export function* turns(): Coroutine<void> {
  for (let i = 0; i < 10; i++) yield* from(new Promise<void>((resolve) => void setImmediate(resolve)));
}

/** A port that refuses connections. */
export function* refusedPort(): Coroutine<number> {
  return yield* nodeServer(
    () => {},
    function* (port) {
      return port;
    },
  );
}
