import { type Awaitable, type Coroutine, from, getRunningLoop, isCancelled } from "yieldfrom";
import type { ListEntry } from "./list-entry.ts";

/** Where items come from, whatever it is. Used in one task at a time. */
export interface ItemSource {
  /** Waits for some more, at least one; `null` at the end. What came before an error was given before it is thrown. */
  next(): Awaitable<readonly ListEntry[] | null>;
  /** Closes what it reads from, also when that is silent. Idempotent. */
  close(): void;
}

/** What library callers may give: a list of any kind, also an endless one. */
export type Items = ItemSource | Iterable<GivenItem> | AsyncIterable<GivenItem>;
/** One of them: an address, or an item in full. */
export type GivenItem = string | URL | ListEntry;

/** Items that are taken at a time of what has them ready. */
const MOST_ITEMS = 256;

/**
 * `items` as an ItemSource. Each is asked for only when `next` is; what is no item becomes a BadLine. Closing calls
 * the iterator's `return`.
 * @throws TypeError if it is nothing to go through, or one string
 */
export function itemSource(items: Items): ItemSource {
  const given = items as Partial<ItemSource & Iterable<GivenItem> & AsyncIterable<GivenItem>> | null | undefined;
  if (typeof items !== "string") {
    if (typeof given?.next === "function" && typeof given.close === "function") return items as ItemSource;
    const asynchronous = given?.[Symbol.asyncIterator]?.();
    if (asynchronous !== undefined) return new AsyncItems(asynchronous);
    const plain = given?.[Symbol.iterator]?.();
    if (plain !== undefined) return new PlainItems(plain);
  }
  const advice = typeof items === "string" || items instanceof URL ? ", one address: write [address]" : "";
  throw new TypeError(`Expected \`items\` to be an Iterable or AsyncIterable of items, got ${typeof items}${advice}`);
}

class PlainItems implements ItemSource {
  private readonly _iterator: Iterator<GivenItem>;
  private _count = 0;
  private _ended = false;
  private _failure: { readonly error: unknown } | null = null;

  constructor(iterator: Iterator<GivenItem>) {
    this._iterator = iterator;
  }

  *next(): Coroutine<readonly ListEntry[] | null> {
    const entries: ListEntry[] = [];
    try {
      while (!this._ended && entries.length < MOST_ITEMS) {
        const { done, value } = this._iterator.next();
        if (done) this._ended = true;
        else entries.push(entryOf(value, ++this._count));
      }
    } catch (error) {
      this._ended = true;
      this._failure = { error };
    }
    if (entries.length > 0) return entries;
    const failure = this._failure;
    this._failure = null;
    if (failure !== null) throw failure.error;
    return null;
  }

  close(): void {
    if (this._ended) return;
    this._ended = true;
    this._iterator.return?.();
  }
}

class AsyncItems implements ItemSource {
  private readonly _iterator: AsyncIterator<GivenItem>;
  private _count = 0;
  private _ended = false;

  constructor(iterator: AsyncIterator<GivenItem>) {
    this._iterator = iterator;
  }

  /** One at a time: the next one may be long in coming. */
  *next(): Coroutine<readonly ListEntry[] | null> {
    if (this._ended) return null;
    let result: IteratorResult<GivenItem, unknown>;
    try {
      result = yield* from(() => this._iterator.next());
    } catch (error) {
      if (!isCancelled(error)) this._ended = true;
      throw error;
    }
    if (!result.done) return [entryOf(result.value, ++this._count)];
    this._ended = true;
    return null;
  }

  /** An async generator that waits ends when it goes on, if ever: that is not waited for. */
  close(): void {
    if (this._ended) return;
    this._ended = true;
    const loop = getRunningLoop();
    const closing = async () => void (await this._iterator.return?.());
    closing().catch((exception: unknown) => {
      if (!loop.isClosed())
        loop.callExceptionHandler({ message: "exception while a list of items was closed", exception });
    });
  }
}

function entryOf(given: unknown, count: number): ListEntry {
  if (typeof given === "string" || given instanceof URL) return { url: given };
  if (typeof given === "object" && given !== null) {
    const { url, reason } = given as { url?: unknown; reason?: unknown };
    if (typeof url === "string" || url instanceof URL || typeof reason === "string") return given as ListEntry;
  }
  const kind = given === null ? "null" : typeof given === "object" ? "an object without `url`" : typeof given;
  return { reason: `expected a string, a URL or an object with \`url\`, got ${kind}`, at: `item ${count}`, text: "" };
}
