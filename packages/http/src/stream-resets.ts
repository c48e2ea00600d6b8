import { subscribe } from "node:diagnostics_channel";
import type { ClientHttp2Stream } from "node:http2";
import type { Socket } from "node:net";

/** Marks the sockets of our connections. */
const OURS: unique symbol = Symbol("yieldfrom.http2");
/** RFC 9113 section 7. Node reports all others by itself. */
const UNREPORTED: ReadonlyMap<number | undefined, string> = new Map([
  [0, "NGHTTP2_NO_ERROR"],
  [8, "NGHTTP2_CANCEL"],
]);

let watching = false;

/**
 * Has streams of the HTTP/2 connection over `socket` fail that the server resets before their end. A reset with CANCEL or
 * NO_ERROR is to Node an end like any other, and to undici then a whole body, if no Content-Length says otherwise.
 */
export function reportResets(socket: Socket): void {
  Object.assign(socket, { [OURS]: true });
  if (watching) return;
  watching = true;
  // It is told of a stream's end before what is to read it.
  subscribe("http2.client.stream.close", (message) => {
    const { stream } = message as { stream: ClientHttp2Stream & { _readableState: { ended: boolean } } };
    const name = UNREPORTED.get(stream.rstCode);
    const { session } = stream;
    if (name === undefined || session === undefined || session.destroyed) return;
    // `session.socket` is not the socket itself, but has what that has.
    if ((session.socket as { [OURS]?: true })[OURS] === undefined) return;
    // A stream that came to its end has had an end of its body. One that we reset is not closed by the other side.
    if (stream._readableState.ended || stream.state.remoteClose !== 1) return;
    const error = new Error(`Stream closed with error code ${name}`);
    stream.destroy(Object.assign(error, { code: "ERR_HTTP2_STREAM_ERROR" }));
  });
}
