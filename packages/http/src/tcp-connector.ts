import { isIP, type Socket } from "node:net";
import { type Coroutine, isCancelled } from "yieldfrom";
import type { Attempt } from "./attempt.ts";
import { CallbackFailure, type Step } from "./connect-failure.ts";
import { BaseConnector } from "./connector.ts";
import type { BaseConnectorOptions } from "./connector-options.ts";
import { type DialOptions, Race } from "./dial.ts";
import {
  AddressBook,
  type AddressFamily,
  type LookupObserver,
  type ResolvedAddress,
  type Resolver,
  systemResolver,
} from "./resolver.ts";
import type { Tracer } from "./tracing.ts";

/** Options of a TCPConnector. Source: aiohttp `TCPConnector`. */
export interface TCPConnectorOptions extends BaseConnectorOptions {
  /** 4 or 6: addresses of that kind only. Default: 0, both. */
  readonly family?: AddressFamily;
  /** The address to connect from, or address and port. */
  readonly localAddr?: string | readonly [address: string, port: number];
  /**
   * Milliseconds after which a host's next address is tried beside the one that has not answered yet (RFC 8305); null:
   * only after that has failed. Default: 250.
   */
  readonly happyEyeballsDelay?: number | null;
  /** Whether addresses are kept. Default: true. */
  readonly useDnsCache?: boolean;
  /** Milliseconds that addresses are kept; null: for ever. Default: 10000. */
  readonly ttlDnsCache?: number | null;
  /** What finds the addresses of a host. Default: the system. */
  readonly resolver?: Resolver;
}

/** Connections by TCP, with TLS for https. Source: aiohttp `TCPConnector`. */
export class TCPConnector extends BaseConnector {
  private readonly _book: AddressBook;
  private readonly _dialing: DialOptions;

  /** @throws RangeError for an option that is out of range */
  constructor(options: TCPConnectorOptions = {}) {
    super(options);
    const { family = 0, useDnsCache = true, ttlDnsCache = 10_000, resolver = systemResolver } = options;
    const { localAddr, happyEyeballsDelay = 250 } = options;
    milliseconds("ttlDnsCache", ttlDnsCache);
    milliseconds("happyEyeballsDelay", happyEyeballsDelay);
    if (family !== 0 && family !== 4 && family !== 6) {
      throw new RangeError(`Expected \`connector.family\` to be 4, 6 or 0 for both, got ${family}`);
    }
    const [localAddress, localPort] = typeof localAddr === "string" ? [localAddr] : (localAddr ?? []);
    if (localAddress !== undefined && isIP(localAddress) === 0) {
      throw new RangeError(`Expected \`connector.localAddr\` to be an IP address of this machine, got ${localAddress}`);
    }
    this._book = new AddressBook({ resolver, family, useDnsCache, ttlDnsCache });
    this._dialing = { happyEyeballsDelay, localAddress, localPort };
  }

  /** Forgets the addresses of one host and port, or all. Source: aiohttp `TCPConnector.clear_dns_cache`. */
  clearDnsCache(host?: string, port?: number): void {
    if ((host === undefined) !== (port === undefined)) {
      throw new TypeError("Expected clearDnsCache() to get both host and port, or none of them");
    }
    this._book.clear(host, port);
  }

  protected override *_dial(
    hostname: string,
    port: number,
    attempt: Attempt,
    tracer: Tracer | null,
    progress: (step: Step) => void,
  ): Coroutine<Socket> {
    const family = isIP(hostname) as AddressFamily;
    let addresses: readonly ResolvedAddress[];
    if (family !== 0) {
      addresses = [{ address: hostname, family }];
    } else {
      progress("resolving");
      addresses = yield* this._addresses(hostname, port, attempt, tracer);
      progress("connecting");
    }
    const race = new Race(attempt.loop, addresses, port, this._dialing, this._register);
    try {
      return yield* attempt.wait(race.connected);
    } catch (error) {
      race.abandon();
      throw error;
    }
  }

  protected override *_resolve(
    hostname: string,
    port: number,
    attempt: Attempt,
    tracer: Tracer | null,
  ): Coroutine<readonly string[]> {
    const addresses = yield* this._addresses(hostname, port, attempt, tracer);
    return addresses.map(({ address }) => address);
  }

  private _addresses(hostname: string, port: number, attempt: Attempt, tracer: Tracer | null) {
    const observer = tracer === null ? null : observing(tracer);
    return this._book.resolve(attempt.loop, hostname, port, attempt, observer);
  }
}

function observing(tracer: Tracer): LookupObserver {
  const send = (name: DnsSignal) => (host: string) => sendDns(tracer, name, host);
  return {
    onDnsCacheHit: send("onDnsCacheHit"),
    onDnsCacheMiss: send("onDnsCacheMiss"),
    onDnsResolveHostStart: send("onDnsResolveHostStart"),
    onDnsResolveHostEnd: send("onDnsResolveHostEnd"),
  };
}

type DnsSignal = keyof LookupObserver;

function* sendDns(tracer: Tracer, name: DnsSignal, host: string): Coroutine<void> {
  try {
    yield* tracer.send(name, { host });
  } catch (error) {
    throw isCancelled(error) ? error : new CallbackFailure(error);
  }
}

function milliseconds(name: string, value: number | null): void {
  if (value === null || (Number.isFinite(value) && value >= 0)) return;
  throw new RangeError(
    `Expected \`connector.${name}\` to be a number of milliseconds of at least 0, or null, got ${value}`,
  );
}
