import { errors } from "undici";
import { whatHappened } from "./connect-failure.ts";
import { Gone } from "./connection.ts";
import {
  ClientPayloadError,
  type Phase,
  ServerDisconnectedError,
  ServerProtocolError,
  type Subject,
  systemCode,
} from "./errors.ts";

/** Only one exchange of an HTTP/2 connection was ended, the connection goes on. */
const STREAM_RESET = "ERR_HTTP2_STREAM_ERROR";

/** Whether an exchange failed because its connection was lost, and not the exchange alone. */
export function isLostConnection(error: unknown): boolean {
  return error instanceof ServerDisconnectedError && systemCode(error.cause) !== STREAM_RESET;
}

/** Whether undici wanted another connection for it: the server has closed the one there was and not looked at the request. */
export function isRefused(error: unknown): boolean {
  return error instanceof ServerDisconnectedError && error.cause instanceof Gone;
}

/** What was under way when undici reported an error. */
export interface Circumstances extends Subject {
  readonly phase: Phase;
  /** Bytes of the body that came, and how many the server had promised. */
  readonly received: number;
  readonly promised: number | undefined;
}

/** The public error for one of undici's, which becomes its cause. */
export function failureOf(cause: Error, circumstances: Circumstances): Error {
  const { phase } = circumstances;
  const code = systemCode(cause);
  const options = { cause };
  switch (code) {
    case "UND_ERR_INVALID_ARG":
      return new TypeError(`${circumstances.method} ${circumstances.url}: ${cause.message}`, options);
    case "UND_ERR_HEADERS_OVERFLOW":
      return new ServerProtocolError(circumstances, phase, "the response's headers are too large", options);
    case "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH":
      return new ClientPayloadError(circumstances, phase, "`data` is not as long as its Content-Length says", options);
  }
  if (phase === "reading the body") {
    const { received, promised } = circumstances;
    const came = promised === undefined ? `${received} bytes` : `${received} of ${promised} bytes`;
    const what = cause instanceof errors.HTTPParserError ? "the body is malformed" : "the body ended early";
    return new ClientPayloadError(circumstances, phase, `${what} after ${came}: ${whatHappened(cause)}`, options);
  }
  if (isNoHttp(cause, code)) {
    return new ServerProtocolError(circumstances, phase, `the answer is not HTTP: ${whatHappened(cause)}`, options);
  }
  const what =
    cause instanceof Gone
      ? cause.message
      : `the server ${code === STREAM_RESET ? "reset the stream" : "closed the connection"}: ${whatHappened(cause)}`;
  return new ServerDisconnectedError(circumstances, phase, what, options);
}

/** Whether the head of the answer is to blame, and not a lost connection. */
function isNoHttp(error: Error, code: string): boolean {
  if (error instanceof errors.HTTPParserError) return true;
  if (code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH") return true; // Two of them in one head.
  return code === "UND_ERR_SOCKET" && error.message.startsWith("bad "); // "bad upgrade", "bad response"
}
