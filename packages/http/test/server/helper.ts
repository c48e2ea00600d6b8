/** Servers for the tests of `serve`, and a client that says exactly what it is told to. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { activeResources, leftovers } from "@yieldfrom/testing";
import { type Awaitable, type Coroutine, type ExceptionContext, getRunningLoop, HostEventLoop, run } from "yieldfrom";
import type { Handler } from "../../src/server/handling.ts";
import type { ServeOptions } from "../../src/server/options.ts";
import { serve } from "../../src/server/serve.ts";
import type { HttpServer } from "../../src/server/server.ts";

/** What the exception handler was told. */
export class Reports {
  readonly all: ExceptionContext[] = [];

  /** The errors' messages, each to be looked at once. */
  take(): string[] {
    return this.all.splice(0).map(({ exception }) => (exception as Error).message);
  }
}

/** Runs `body` beside a server, and sees to it that nothing is left of that, nor reported and not expected. */
export async function withServer(
  handler: Handler,
  body: (server: HttpServer, reports: Reports) => Awaitable<void>,
  options: ServeOptions = {},
): Promise<void> {
  await running(function* (reports) {
    const server = yield* serve(handler, options.path === undefined ? { port: 0, ...options } : options);
    try {
      yield* body(server, reports);
    } finally {
      yield* server.shutdown({ grace: 0 });
    }
  });
}

/** Runs `main`, and sees to it that nothing is left of that, nor reported and not expected. */
export async function running(main: (reports: Reports) => Coroutine<void>): Promise<void> {
  const before = activeResources();
  const reports = new Reports();
  const loop = new HostEventLoop();
  loop.setExceptionHandler((_, context) => reports.all.push(context));
  await run(() => main(reports), { loop, handleSigint: false });
  assert.deepEqual(reports.take(), []);
  assert.deepEqual(await leftovers(before), []);
}

/** The port that it listens on. */
export function portOf(server: HttpServer): number {
  const { address } = server;
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}

/** A connection to a server, on which anything may be said. */
export class Wire {
  readonly socket: Socket;
  /** All that was heard. */
  heard = "";
  closed = false;
  private _changed: (() => void) | undefined = undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    const changed = () => this._changed?.();
    socket.setEncoding("latin1");
    socket.on("data", (text) => {
      this.heard += text;
      changed();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = true;
      changed();
    });
  }

  static async to(server: HttpServer | number, options: { readonly allowHalfOpen?: boolean } = {}): Promise<Wire> {
    const port = typeof server === "number" ? server : portOf(server);
    const socket = connect({ port, host: "127.0.0.1", ...options });
    const wire = new Wire(socket);
    await once(socket, "connect");
    return wire;
  }

  say(text: string | Uint8Array): this {
    this.socket.write(text as string, "latin1");
    return this;
  }

  /** Resolves when that was heard; with all that was. */
  async hears(what: string | RegExp): Promise<string> {
    await this.until(() => (typeof what === "string" ? this.heard.includes(what) : what.test(this.heard)), what);
    return this.heard;
  }

  /** Resolves when the server has closed the connection; with all that was heard. */
  async ends(): Promise<string> {
    await this.until(() => this.closed, "the end");
    return this.heard;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  private async until(condition: () => boolean, what: unknown): Promise<void> {
    while (!condition()) {
      if (this.closed) throw new Error(`closed before ${what} was heard; heard: ${this.heard}`);
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`in vain for ${what}; heard: ${this.heard}`)), 8000);
        this._changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

/** Waits in the loop until `condition` holds; it is asked again each turn of the host. */
export function* until(condition: () => boolean): Coroutine<void> {
  const loop = getRunningLoop();
  const end = loop.time() + 8000;
  while (!condition()) {
    if (loop.time() > end) throw new Error(`in vain: ${condition}`);
    const turn = loop.createFuture<void>();
    setImmediate(() => turn.done() || turn.setResult(undefined));
    yield* turn;
  }
}

export const GET = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
