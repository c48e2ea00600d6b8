/** What the types of a server and of WebSockets accept and give. Compiled, never run. */
import { Hono } from "hono";
import { type Coroutine, from, sleep } from "yieldfrom";
import {
  bodyStream,
  type ClientSession,
  type ClientWebSocketResponse,
  FastResponse,
  type HttpServer,
  type ServerRequest,
  serve,
  sse,
  upgradeWebSocket,
  type WebSocketResponse,
  WSMsgType,
} from "../src/index.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

export function* handlers(): Coroutine<void> {
  const server = yield* serve(function* (request) {
    same<typeof request, ServerRequest>(true);
    const text = yield* from(request.text());
    same<typeof text, string>(true);
    return new Response(text);
  });
  same<typeof server, HttpServer>(true);
  yield* serve(() => new Response(""));
  yield* serve(async () => new FastResponse(""));
  yield* serve(() => Response.json({}), { port: 0, clientMaxSize: null, ssl: { cert: "", key: "" } });
  yield* serve(new Hono().fetch);
  yield* serve(() => sse((send) => send("x")));
  yield* serve(() => new Response(bodyStream((write) => write(new Uint8Array(1)))));
  yield* serve(function* (request) {
    const socket = yield* upgradeWebSocket(request);
    same<typeof socket, WebSocketResponse>(true);
    return socket;
  });
  // @ts-expect-error a handler returns a Response
  yield* serve(function* () {
    yield* sleep(1);
  });
  // @ts-expect-error not the text of one
  yield* serve(() => "text");
  // @ts-expect-error in a coroutine, `yield*` and not `await`
  yield* serve(async function* () {});
  yield* server.shutdown({ grace: 1 });
  yield* server.serveForever();
  const { address } = server;
  if (typeof address === "object" && address !== null) same<typeof address.port, number>(true);
}

export function* sockets(session: ClientSession): Coroutine<void> {
  using socket = yield* session.wsConnect("ws://a/", { protocols: ["a"], heartbeat: 1000, headers: { a: "b" } });
  same<typeof socket, ClientWebSocketResponse>(true);
  const message = yield* socket.receive();
  if (message.type === WSMsgType.TEXT) same<typeof message.data, string>(true);
  if (message.type === WSMsgType.BINARY) same<typeof message.data, Uint8Array>(true);
  if (message.type === WSMsgType.CLOSE) same<typeof message.data, number>(true);
  if (message.type === WSMsgType.ERROR) same<typeof message.data, Error>(true);
  const value = yield* socket.receiveJson<{ a: number }>({ timeout: 5 });
  same<typeof value, { a: number }>(true);
  // @ts-expect-error bytes are sent by sendBytes or send
  yield* socket.sendStr(new Uint8Array(1));
}
