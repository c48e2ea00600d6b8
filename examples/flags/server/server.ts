import { createServer, type Server } from "node:http";
import { isIPv6 } from "node:net";
import { answer, answerBroken } from "./exchange.ts";
import type { ServerMode } from "./mode.ts";
import { createPlanner, type PlanOptions } from "./plan.ts";

export interface FlagServerOptions extends PlanOptions {
  /** LOCAL unless given. */
  readonly mode?: ServerMode | undefined;
  /** 0, the default, takes any free port. */
  readonly port?: number | undefined;
  /** The address to listen on, 127.0.0.1 unless given: only programs on this machine reach it. */
  readonly host?: string | undefined;
  /** Receives one line for each request, after it has ended. */
  readonly log?: ((line: string) => void) | undefined;
}

/** A running flag server. It keeps the process alive until it is closed. */
export interface FlagServer extends AsyncDisposable {
  /** Where the flags are, such as `http://127.0.0.1:8080/flags`: a flag is at `${url}/fr/fr.svg`. */
  readonly url: string;
  readonly port: number;
  readonly mode: ServerMode;
  /** How many requests have come. */
  readonly requests: number;
  /** The greatest number of requests that were under way at the same time. */
  readonly maxConcurrent: number;
  /** Ends all connections at once and resolves when nothing is left. It may be called again. */
  close(): Promise<void>;
}

/**
 * Starts a server that has the flag of every country at `/flags/{cc}/{cc}.svg` and its name at
 * `/flags/{cc}/metadata.json` (the addresses of Fluent Python's flag servers, whose three modes it has too).
 *
 * - LOCAL answers at once;
 * - DELAY waits before each answer, by default 50 to 500 ms;
 * - ERROR waits too, then answers some requests with 404 or 503 and drops the connection of others.
 *
 * @throws RangeError for an impossible option
 * @throws Error when the port cannot be listened on; its `cause` is the system's error
 */
export async function startFlagServer(options: FlagServerOptions = {}): Promise<FlagServer> {
  const { mode = "LOCAL", port = 0, host = "127.0.0.1", log } = options;
  const plan = createPlanner(mode, options);
  const handlers = new Set<Promise<void>>();
  let requests = 0;
  let underWay = 0;
  let maxConcurrent = 0;

  const server = createServer((request, response) => {
    requests += 1;
    underWay += 1;
    maxConcurrent = Math.max(maxConcurrent, underWay);
    const started = performance.now();
    const gone = new AbortController();
    response.once("close", () => {
      underWay -= 1;
      gone.abort();
    });
    const exchange = { request, response, gone: gone.signal };
    const handler = answer(exchange, plan)
      .catch((error: unknown) => answerBroken(exchange, error))
      .then((outcome) => {
        handlers.delete(handler);
        log?.(`${request.method} ${request.url} ${outcome} (${Math.round(performance.now() - started)} ms)`);
      });
    handlers.add(handler);
  });

  await listen(server, port, host);
  const address = server.address();
  // A string or null belongs to pipes and closed servers.
  const actualPort = typeof address === "object" && address !== null ? address.port : port;

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
    await Promise.all(handlers);
  };

  const flagServer: FlagServer = {
    url: `http://${isIPv6(host) ? `[${host}]` : host}:${actualPort}/flags`,
    port: actualPort,
    mode,
    get requests() {
      return requests;
    },
    get maxConcurrent() {
      return maxConcurrent;
    },
    close() {
      closing ??= close();
      return closing;
    },
    [Symbol.asyncDispose]() {
      return flagServer.close();
    },
  };
  return flagServer;
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.once("listening", resolve);
  // Throws by itself, and clearly, for a port that is no port.
  server.listen(port, host);
  try {
    await promise;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === "EADDRINUSE"
        ? `another program uses port ${port}; choose a different one, or 0 for any that is free`
        : code === "EACCES"
          ? `this user may not use port ${port}; choose one above 1023, or 0 for any that is free`
          : message;
    throw new Error(`Cannot serve flags on ${host}, port ${port}: ${reason}`, { cause: error });
  } finally {
    server.off("error", reject);
    server.off("listening", resolve);
  }
}
