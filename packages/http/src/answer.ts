import type { Coroutine, EventLoop } from "yieldfrom";
import { Attempt } from "./attempt.ts";
import type { Connection } from "./connection.ts";
import type { BaseConnector } from "./connector.ts";
import type { ConnectDeadline } from "./connector-options.ts";
import { ServerTimeoutError } from "./errors.ts";
import { type Deadlines, Exchange } from "./exchange.ts";
import { isLostConnection, isRefused } from "./failure.ts";
import type { Hop } from "./hop.ts";
import type { Host } from "./hosts.ts";
import type { ClientResponse } from "./response.ts";
import { type Routing, routeOf } from "./routing.ts";
import type { Timeouts } from "./timeouts.ts";
import type { Tracer } from "./tracing.ts";

/** How one hop is to be answered. */
export interface Terms {
  readonly loop: EventLoop;
  readonly connector: BaseConnector;
  readonly timeouts: Timeouts;
  readonly routing: Routing | null;
  readonly tracer: Tracer | null;
}

/** Methods that may be repeated without harm. Source: aiohttp, RFC 9110 section 9.2.2. */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/** How often a request is sent again, over another HTTP/2 connection each time, because the server has not looked at it. */
const MOST_REFUSALS = 10;

/**
 * The response to one hop. A server may close an idle connection at the moment when a request is about to go over it,
 * or on its way: such a request is repeated once, on a new connection, if that does no harm. It may end an HTTP/2 connection
 * after so many requests (RFC 9113 section 6.8): those that it has not looked at then are repeated.
 */
export function* answer(hop: Hop, terms: Terms, total: number | null): Coroutine<ClientResponse> {
  const { loop, timeouts, connector, routing, tracer } = terms;
  const route = routing === null ? null : routeOf(hop.target, routing);
  let fresh = false;
  for (let refusals = 0; ; ) {
    const host = connector._hostOf(hop.target, route);
    const deadlines: Deadlines = {
      timeouts,
      total,
      connect: timeouts.connect === null ? null : loop.time() + timeouts.connect,
    };
    let connection = fresh || tracer !== null ? null : connector._takeNowait(host);
    connection ??= yield* acquire(hop, terms, host, deadlines, fresh);
    const exchange = new Exchange(loop, hop, connection, deadlines, tracer);
    try {
      return yield* exchange.head;
    } catch (error) {
      exchange.abort(error as Error);
      const refused = connection.isMultiplexed && isRefused(error) && (exchange.isUnsent || hop.isReplayable);
      if (refused && refusals++ < MOST_REFUSALS) continue;
      if (fresh || !mayBeRepeated(hop, exchange, error)) throw error;
      fresh = true;
    }
  }
}

function mayBeRepeated(hop: Hop, exchange: Exchange, error: unknown): boolean {
  if (!isLostConnection(error) || !exchange.reused || exchange.answered) return false;
  if (exchange.isUnsent) return true;
  return IDEMPOTENT.has(hop.method) && hop.isReplayable;
}

function acquire(
  hop: Hop,
  { connector, loop, tracer }: Terms,
  host: Host,
  { total, connect, timeouts }: Deadlines,
  fresh: boolean,
): Coroutine<Connection> {
  const name = connect !== null && (total === null || connect < total) ? "connect" : "total";
  const deadline: ConnectDeadline = {
    when: name === "connect" ? connect : total,
    late: (phase, cause) => new ServerTimeoutError(hop, phase, name, timeouts[name] ?? 0, { cause }),
    sockConnect: timeouts.sockConnect,
  };
  return connector._acquire(host, new Attempt(loop, hop), fresh, deadline, tracer);
}
