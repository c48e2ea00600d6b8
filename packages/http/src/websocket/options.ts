/** What both ends of a WebSocket may choose. Sizes in bytes, times in milliseconds. Source: aiohttp. */
export interface WebSocketOptions {
  /** The subprotocols that are known here, the best first. */
  readonly protocols?: readonly string[] | undefined;
  /**
   * How often the other side is asked whether it is still there. If half of that passes without a word from it, the
   * connection is broken: a message of type ERROR, close code 1006. Default: never.
   */
  readonly heartbeat?: number | null | undefined;
  /** Whether pings are answered, and not received. Default: true. */
  readonly autoping?: boolean | undefined;
  /** Whether the other side's closing is answered; without, `close()` does it. Default: true. */
  readonly autoclose?: boolean | undefined;
  /** The largest message that is received; a larger one ends the connection with 1009. 0: any. Default: 4 MiB. */
  readonly maxMsgSize?: number | undefined;
  /**
   * Whether messages of 1 KiB or more may be compressed (RFC 7692), if the other side wants it too. It costs memory, some
   * 300 KiB a connection, and time. A number, 9 to 15, is the size of the window. Default: false.
   */
  readonly compress?: boolean | number | undefined;
  /** How long `receive()` waits. Default: without end. */
  readonly receiveTimeout?: number | null | undefined;
  /** How long `close()` waits for the other side. Default: 10,000. */
  readonly timeout?: number | undefined;
}

export interface WebSocketSettings {
  readonly heartbeat: number | null;
  readonly autoping: boolean;
  readonly autoclose: boolean;
  readonly receiveTimeout: number | null;
  readonly timeout: number;
}

/** @throws RangeError for an option that is out of range */
export function webSocketSettings(options: WebSocketOptions): WebSocketSettings {
  const { autoping = true, autoclose = true, heartbeat = null, receiveTimeout = null, timeout = 10_000 } = options;
  if (heartbeat !== null && !(heartbeat > 0)) {
    throw new RangeError(`Expected \`heartbeat\` to be milliseconds of more than 0, or null, got ${heartbeat}`);
  }
  for (const [name, value] of Object.entries({ receiveTimeout, timeout })) {
    if (value !== null && !(value >= 0)) {
      throw new RangeError(`Expected \`${name}\` to be milliseconds of at least 0, got ${value}`);
    }
  }
  return { heartbeat, autoping, autoclose, receiveTimeout, timeout };
}

/** What `ws` is told. @throws RangeError for an option that is out of range */
export function wsOptions({
  autoping = true,
  maxMsgSize = 4 * 2 ** 20,
  compress = false,
  timeout = 10_000,
}: WebSocketOptions) {
  if (!(Number.isInteger(maxMsgSize) && maxMsgSize >= 0)) {
    throw new RangeError(`Expected \`maxMsgSize\` to be a whole number of bytes (0: no limit), got ${maxMsgSize}`);
  }
  return {
    autoPong: autoping,
    maxPayload: maxMsgSize,
    perMessageDeflate: deflate(compress),
    // `close()` has its own, and it is for that to say when it is enough.
    closeTimeout: timeout + 1000,
  };
}

/** As `ws` calls them. Its own types are not among what users install. */
interface Windows {
  readonly clientMaxWindowBits?: number;
  readonly serverMaxWindowBits?: number;
}

function deflate(compress: boolean | number): Windows | false {
  if (compress === false || compress === 0) return false;
  if (compress === true) return {};
  if (Number.isInteger(compress) && compress >= 9 && compress <= 15) {
    return { clientMaxWindowBits: compress, serverMaxWindowBits: compress };
  }
  throw new RangeError(`Expected \`compress\` to be a boolean or a whole number from 9 to 15, got ${compress}`);
}
