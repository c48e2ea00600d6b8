import { ClientSession } from "@yieldfrom/http";
import { run } from "yieldfrom";
import { MOST_SILENCE } from "./flag.ts";
import { MODES, type Mode } from "./modes.ts";
import type { Report } from "./report.ts";
import type { ServerMode } from "./server/mode.ts";
import { startFlagServer } from "./server/server.ts";

/** What to download, how and from where. */
export interface Order {
  readonly codes: readonly string[];
  readonly mode: Mode;
  readonly maxConnections: number;
  /** One of the servers that are started for the purpose, or the address of another. */
  readonly server: ServerMode | URL;
  /** Of the server's delays and errors. */
  readonly seed: number;
  /** The folder to save in. */
  readonly output: string;
  readonly report: Report;
  /** Stops it before its time. */
  readonly signal: AbortSignal;
}

/**
 * Downloads flags.
 *
 * @returns how long it took, in milliseconds, without the start of the server
 * @throws KeyboardInterrupt after Ctrl-C, or the signal's reason; all downloads have been cancelled then
 */
export async function download(order: Order): Promise<number> {
  const { codes, mode, maxConnections, output: folder, report, signal } = order;
  if (codes.length === 0) return 0;
  const { downloadMany } = await MODES[mode]();
  await using site = await siteOf(order);
  // Made outside of the run, which cancels what is left: no connection is closed under a task that uses it.
  await using session = new ClientSession({
    connector: { limit: maxConnections },
    timeout: { total: null, sockRead: MOST_SILENCE },
  });
  const started = performance.now();
  await run(() => downloadMany(codes, { session, base: site.url, folder, maxConnections, report }), { signal });
  return performance.now() - started;
}

async function siteOf({ server, seed }: Order): Promise<{ readonly url: string } & AsyncDisposable> {
  if (typeof server === "string") return await startFlagServer({ mode: server, seed });
  return {
    url: `${server.origin}${server.pathname}`.replace(/\/+$/, ""),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
