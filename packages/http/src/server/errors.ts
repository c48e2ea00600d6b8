/** What goes wrong between a server and a client of it. As everywhere, `code` is stable. */

/**
 * Something was written for a client that has gone away. A handler that lets it through is as good as cancelled, which it
 * is anyway. Source: aiohttp `ClientConnectionResetError`.
 */
export class ClientConnectionResetError extends Error {
  override readonly name = "ClientConnectionResetError";
  readonly code = "ERR_CLIENT_CONNECTION_RESET";
}

/**
 * A request's body is larger than `clientMaxSize` of `serve` allows. A handler that lets it through is answered with 413.
 * Source: aiohttp `HTTPRequestEntityTooLarge`.
 */
export class RequestEntityTooLargeError extends Error {
  override readonly name = "RequestEntityTooLargeError";
  readonly code = "ERR_REQUEST_ENTITY_TOO_LARGE";
  readonly status = 413;

  constructor(what: string, maxSize: number) {
    super(
      `${what}: its body is larger than ${maxSize} bytes; \`clientMaxSize\` of serve() sets that, null for no limit`,
    );
  }
}
