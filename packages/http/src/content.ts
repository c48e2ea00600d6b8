import { type Coroutine, coroutine, RuntimeError } from "yieldfrom";
import { ClientConnectionError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";

/**
 * A response's body as it comes. Source: aiohttp `StreamReader`.
 *
 * In a coroutine:
 *
 * ```ts
 * using session = new ClientSession();
 * using response = yield* session.get(url);
 * for (;;) {
 *   const chunk = yield* response.content.readAny();
 *   if (chunk === null) break;
 *   process.stdout.write(chunk); // → this is /a
 * }
 * ```
 *
 * In an async function, or for `Readable.from`, it is an AsyncIterable of the same chunks; leaving its loop early
 * releases the response. When the reader is slow, the server is made to wait.
 */
export class ResponseContent implements AsyncIterable<Uint8Array> {
  private readonly _exchange: Exchange;

  /** @internal */
  constructor(exchange: Exchange) {
    this._exchange = exchange;
  }

  /**
   * Waits until something has come, and gives all that is there; `null` at the end of the body. A task that is
   * cancelled while it waits drops the connection.
   * @throws ClientPayloadError if the body ended early; ServerTimeoutError; RuntimeError if another task is reading
   */
  readAny(): Coroutine<Uint8Array | null> {
    return readAny(this._exchange);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    const { body } = this._exchange;
    try {
      for (;;) {
        const chunk = body.takeSome();
        if (chunk === null) return;
        if (chunk !== undefined) yield chunk;
        else await new Promise<void>((resolve) => watch(this._exchange, resolve));
      }
    } finally {
      drop(this._exchange);
    }
  }
}

const readAny = coroutine(function* readAny(exchange: Exchange): Coroutine<Uint8Array | null> {
  for (;;) {
    const chunk = exchange.body.takeSome();
    if (chunk !== undefined) return chunk;
    yield* change(exchange);
  }
});

/** What is left of the body, all of it. */
export const readRest = coroutine(function* read(exchange: Exchange): Coroutine<Uint8Array> {
  for (;;) {
    const rest = exchange.body.takeRest();
    if (rest !== undefined) return rest;
    yield* change(exchange);
  }
});

/** Drops a body that nobody will read to its end, with its connection. A body that has come whole has none any more. */
export function drop(exchange: Exchange): void {
  if (exchange.ended) return;
  const what = "the response was released before its body was read";
  exchange.abort(new ClientConnectionError(exchange, exchange.phase, what));
}

function* change(exchange: Exchange): Coroutine<void> {
  const changed = exchange.loop.createFuture<void>();
  watch(exchange, () => {
    if (!changed.done()) changed.setResult(undefined);
  });
  try {
    yield* changed;
  } catch (error) {
    drop(exchange);
    throw error;
  }
}

function watch(exchange: Exchange, notify: () => void): void {
  if (exchange.body.watch(notify)) return;
  throw new RuntimeError(
    `${exchange.method} ${exchange.url}: somebody is reading the body already; read it in one task`,
  );
}
