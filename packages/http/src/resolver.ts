import { lookup } from "node:dns";
import { type Awaitable, type Coroutine, type EventLoop, type Future, from, type Task } from "yieldfrom";
import type { Waiting } from "./places.ts";

/** An IP address of a host. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** 0: both kinds of addresses. */
export type AddressFamily = 0 | 4 | 6;

/**
 * Finds the addresses of a host: a coroutine function, or one that returns a Promise or the addresses themselves. What
 * it throws becomes the cause of a ClientConnectorDNSError. Source: aiohttp `AbstractResolver.resolve`.
 */
export type Resolver = (
  host: string,
  port: number,
  family: AddressFamily,
) => Awaitable<readonly ResolvedAddress[]> | PromiseLike<readonly ResolvedAddress[]> | readonly ResolvedAddress[];

/** Asks the system, as other programs do: getaddrinfo. It can't be interrupted; who no longer waits does not wait. */
export const systemResolver: Resolver = (host, _port, family) =>
  new Promise((resolve, reject) => {
    lookup(host, { all: true, family }, (error, addresses) => {
      if (error === null) resolve(addresses as ResolvedAddress[]);
      else reject(error);
    });
  });

/** What a look-up tells of itself. All methods are coroutines, awaited at their place. */
export interface LookupObserver {
  onDnsCacheHit(host: string): Coroutine<void>;
  onDnsCacheMiss(host: string): Coroutine<void>;
  onDnsResolveHostStart(host: string): Coroutine<void>;
  onDnsResolveHostEnd(host: string): Coroutine<void>;
}

/** Hosts whose addresses are kept, the ones that were looked up last. As in aiohttp. */
const MOST_KEPT = 1000;

interface Entry {
  readonly addresses: readonly ResolvedAddress[];
  /** In loop time. */
  readonly until: number;
  /** Which one is tried first next time. */
  turn: number;
}

/** A look-up under way, and who waits for it. */
interface Lookup {
  readonly task: Task<readonly ResolvedAddress[]>;
  readonly waiters: Set<Future<readonly ResolvedAddress[]>>;
}

export interface AddressBookOptions {
  readonly resolver: Resolver;
  readonly family: AddressFamily;
  readonly useDnsCache: boolean;
  /** Milliseconds; null: for ever. */
  readonly ttlDnsCache: number | null;
}

/**
 * The addresses of hosts. Source: aiohttp `TCPConnector._resolve_host`.
 *
 * A1. Many who ask for one host at a time cause one look-up. It goes on while anybody waits for it, whoever of them is
 *     cancelled, and is cancelled with the last.
 * A2. What was found is kept for `ttlDnsCache`; that nothing was found is not. From time to time all begin with
 *     another address, so that each of a host's gets its share.
 */
export class AddressBook {
  private readonly _options: AddressBookOptions;
  private readonly _entries = new Map<string, Entry>();
  private readonly _lookups = new Map<string, Lookup>();

  constructor(options: AddressBookOptions) {
    this._options = options;
  }

  /** @throws what the resolver does; an Error if it finds nothing */
  *resolve(
    loop: EventLoop,
    host: string,
    port: number,
    waiting: Waiting,
    observer: LookupObserver | null,
  ): Coroutine<readonly ResolvedAddress[]> {
    const { useDnsCache } = this._options;
    const key = useDnsCache ? `${host}:${port}` : "";
    if (useDnsCache) {
      const entry = this._entries.get(key);
      if (entry !== undefined && loop.time() < entry.until) {
        if (observer !== null) yield* observer.onDnsCacheHit(host);
        return nextTurn(entry);
      }
      const lookup = this._lookups.get(key);
      if (lookup !== undefined) {
        if (observer !== null) yield* observer.onDnsCacheHit(host);
        if (this._lookups.get(key) === lookup) return yield* this._join(loop, key, lookup, waiting);
      }
      if (observer !== null) yield* observer.onDnsCacheMiss(host);
    }
    if (observer !== null) yield* observer.onDnsResolveHostStart(host);
    const started = useDnsCache ? this._lookups.get(key) : undefined;
    const addresses = yield* this._join(loop, key, started ?? this._start(loop, key, host, port), waiting);
    if (observer !== null) yield* observer.onDnsResolveHostEnd(host);
    return addresses;
  }

  /** Forgets one host's addresses, or all. Source: aiohttp `clear_dns_cache`. */
  clear(host?: string, port?: number): void {
    if (host === undefined) this._entries.clear();
    else this._entries.delete(`${host}:${port}`);
  }

  private _start(loop: EventLoop, key: string, host: string, port: number): Lookup {
    const { family, resolver, ttlDnsCache } = this._options;
    const task = loop.createTask(resolveBy(resolver, host, port, family), { name: `resolving ${host}` });
    const lookup: Lookup = { task, waiters: new Set() };
    if (key !== "") this._lookups.set(key, lookup);
    task.addDoneCallback(() => {
      this._end(key, lookup);
      const error = task.cancelled() ? null : task.exception();
      if (key !== "" && error === null && !task.cancelled()) {
        const until = ttlDnsCache === null ? Number.POSITIVE_INFINITY : loop.time() + ttlDnsCache;
        this._entries.delete(key);
        this._entries.set(key, { addresses: task.result(), until, turn: 1 });
        if (this._entries.size > MOST_KEPT) this._entries.delete(this._entries.keys().next().value as string);
      }
      for (const waiter of lookup.waiters) {
        if (waiter.done()) continue;
        if (task.cancelled()) waiter.setException(new Error(`the look-up of ${host} was cancelled`));
        else if (error !== null) waiter.setException(error as Error);
        else waiter.setResult(task.result());
      }
    });
    return lookup;
  }

  private *_join(
    loop: EventLoop,
    key: string,
    lookup: Lookup,
    waiting: Waiting,
  ): Coroutine<readonly ResolvedAddress[]> {
    const waiter = loop.createFuture<readonly ResolvedAddress[]>();
    lookup.waiters.add(waiter);
    try {
      return yield* waiting.wait(waiter);
    } catch (error) {
      lookup.waiters.delete(waiter);
      if (lookup.waiters.size === 0 && !lookup.task.done()) {
        this._end(key, lookup);
        lookup.task.cancel();
      }
      throw error;
    }
  }

  private _end(key: string, lookup: Lookup): void {
    if (this._lookups.get(key) === lookup) this._lookups.delete(key);
  }
}

function* resolveBy(
  resolver: Resolver,
  host: string,
  port: number,
  family: AddressFamily,
): Coroutine<readonly ResolvedAddress[]> {
  const found = resolver(host, port, family);
  const addresses = Array.isArray(found)
    ? (found as readonly ResolvedAddress[])
    : "then" in found && !(Symbol.iterator in found)
      ? yield* from(found as PromiseLike<readonly ResolvedAddress[]>)
      : yield* found as Awaitable<readonly ResolvedAddress[]>;
  if (addresses.length === 0) throw new Error("it has no address");
  return addresses;
}

function nextTurn(entry: Entry): readonly ResolvedAddress[] {
  const { addresses } = entry;
  const first = entry.turn % addresses.length;
  entry.turn = first + 1;
  return first === 0 ? addresses : [...addresses.slice(first), ...addresses.slice(0, first)];
}
