import { type Coroutine, type EventLoop, TimeoutError, timeoutAt } from "yieldfrom";
import type { Connection } from "./connection.ts";
import type { Connector } from "./connector.ts";
import { ClientConnectionError, ServerDisconnectedError, ServerTimeoutError } from "./errors.ts";
import { type Deadlines, Exchange } from "./exchange.ts";
import type { Hop } from "./hop.ts";
import type { ClientResponse } from "./response.ts";
import type { Timeouts } from "./timeouts.ts";

/** How one hop is to be answered. */
export interface Terms {
  readonly loop: EventLoop;
  readonly connector: Connector;
  readonly timeouts: Timeouts;
}

/** Methods that may be repeated without harm. Source: aiohttp, RFC 9110 section 9.2.2. */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/**
 * The response to one hop. A server may close an idle connection at the moment when a request is about to go over it,
 * or on its way: such a request is repeated once, on a new connection, if that does no harm.
 */
export function* answer(hop: Hop, terms: Terms, total: number | null): Coroutine<ClientResponse> {
  const repeatable = IDEMPOTENT.has(hop.method) && hop.isReplayable;
  for (let fresh = false; ; fresh = true) {
    const { loop, timeouts } = terms;
    const connect = timeouts.connect === null ? null : loop.time() + timeouts.connect;
    const deadlines: Deadlines = { timeouts, total, connect };
    const exchange = new Exchange(loop, hop, yield* acquire(hop, terms, deadlines, fresh), deadlines);
    try {
      return yield* exchange.head;
    } catch (error) {
      exchange.abort(error as Error);
      const wasStale = error instanceof ServerDisconnectedError && exchange.reused && !exchange.answered;
      const unsent = exchange.phase === "connecting";
      if (fresh || !wasStale || !(unsent || repeatable)) throw error;
    }
  }
}

function* acquire(hop: Hop, { connector }: Terms, deadlines: Deadlines, fresh: boolean): Coroutine<Connection> {
  const { origin } = hop.target;
  const { total, connect, timeouts } = deadlines;
  const phase = "waiting for a connection";
  let connection: Connection | null;
  if (!connector.isFull(origin)) {
    connection = yield* connector.acquire(origin, fresh);
  } else {
    const name = connect !== null && (total === null || connect < total) ? "connect" : "total";
    try {
      const when = name === "connect" ? connect : total;
      connection = yield* timeoutAt(when, () => connector.acquire(origin, fresh));
    } catch (cause) {
      if (!(cause instanceof TimeoutError)) throw cause;
      throw new ServerTimeoutError(hop, phase, name, timeouts[name] ?? 0, { cause });
    }
  }
  if (connection === null) throw new ClientConnectionError(hop, phase, "the session was closed");
  return connection;
}
