/** How a server ends that gives its clients time. */
import { type Coroutine, coroutine, type EventLoop, type Task, wait } from "yieldfrom";

/** Milliseconds in which clients' tasks that were cancelled, and connections that were closed, are to come to their end. */
const MOMENT = 1000;

const GRACE = 10_000;

/** How long a server that ends waits for its clients. */
export interface GraceOptions {
  /** Milliseconds that the clients have before they are ended; 10 000 by default, 0 for none. */
  readonly grace?: number | undefined;
}

/** What a server must have to be ended. */
export interface Endable {
  readonly _loop: EventLoop;
  /** The tasks that serve its clients. */
  readonly _tasks: ReadonlySet<Task<unknown>>;
  /** From now on clients that were just accepted are turned away. */
  _turnAway(): void;
  close(): void;
  closeClients(): void;
  abortClients(): void;
  waitClosed(): Coroutine<void>;
}

/** `options.grace`. @throws RangeError if it can't be */
export function graceOf({ grace = GRACE }: GraceOptions): number {
  if (grace >= 0) return grace;
  throw new RangeError(`Expected \`grace\` to be milliseconds of at least 0, got ${grace}`);
}

/** See Server.shutdown. */
export const shutdown = coroutine(function* shutdown(server: Endable, grace: number): Coroutine<void> {
  server.close();
  const tasks = server._tasks;
  // One task for all three waits, as a wait that is given up must leave nothing behind.
  const ended = server._loop.createTask(endOf(server));
  try {
    if (grace > 0) yield* wait([ended], { timeout: grace });
    if (ended.done()) return;
    server._turnAway();
    for (const task of tasks) task.cancel("the server is shutting down");
    if (tasks.size > 0) yield* wait([...tasks], { timeout: MOMENT });
    server.closeClients();
    yield* wait([ended], { timeout: MOMENT });
  } finally {
    ended.cancel();
    yield* abort(server);
  }
  // They hear of it that their connections are lost.
  if (tasks.size > 0) yield* wait([...tasks], { timeout: MOMENT });
  for (const task of tasks) {
    const message = `${server} ended without ${task}, which serves a client and has not ended since it was cancelled`;
    server._loop.callExceptionHandler({ message, task });
  }
});

/** Ends what there is, at once, and waits for the connections only. */
function* abort(server: Endable): Coroutine<void> {
  server._turnAway();
  for (const task of server._tasks) task.cancel("the server was aborted");
  server.abortClients();
  yield* server.waitClosed();
}

/** Waits for the last connection, and for whoever served it. */
function* endOf(server: Endable): Coroutine<void> {
  yield* server.waitClosed();
  while (server._tasks.size > 0) yield* wait([...server._tasks]);
}
