import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type Awaitable, type Coroutine, from, isCancelled, type Task } from "yieldfrom";
import { WebSocketUpgradeError } from "../websocket/errors.ts";
import { WSCloseCode } from "../websocket/messages.ts";
import { type Upgrade, upgrades, type WebSocketResponse } from "../websocket/server.ts";
import { ClientConnectionResetError, RequestEntityTooLargeError } from "./errors.ts";
import { gone, nameOf } from "./incoming-body.ts";
import { dropRest } from "./linger.ts";
import { sendWhole } from "./outlet.ts";
import { isResponse, sendNow, sendStream } from "./reply.ts";
import { LazyRequest, type ServerRequest } from "./request.ts";
import type { HttpServer } from "./server.ts";

/** Answers a request: by a Response, or by the WebSocket that it has made of it. */
export type Handler = (
  request: ServerRequest,
) => Awaitable<Response | WebSocketResponse> | PromiseLike<Response> | Response;

/**
 * One request and its response: a task.
 *
 *     request came -> the handler runs -> the response is sent -> ended
 *          \_________________\____________________\________________/
 *                 cancelled: the client went away, or the server stops
 *
 * H1. Nothing of an error reaches the client, unless `debug`. If its head was sent already, its connection is cut, or it
 *     would take a part for the whole.
 * H2. An error reaches the loop's exception handler, unless it only says that the client has gone away.
 */
export class Handling {
  readonly server: HttpServer;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly socket: Socket;
  task: Task<void> | null = null;
  /** Whether the client has gone away. */
  gone = false;
  private readonly _upgrade: Upgrade | null;
  private readonly _sendContinue: (() => void) | undefined;

  constructor(
    server: HttpServer,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    sendContinue: (() => void) | undefined,
    head: Buffer | null,
  ) {
    this.server = server;
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.socket = incoming.socket;
    this._sendContinue = sendContinue;
    this._upgrade = head === null ? null : this._newUpgrade(head);
  }

  /** For example "GET /flags". */
  get name(): string {
    return nameOf(this.incoming);
  }

  /** The connection was closed. To be called before Node tells its own readers of that. */
  clientGone(): void {
    if (this._upgrade?.accepted) return;
    this.gone = true;
    this.task?.cancel("the client went away");
    // Of Node's own error whoever reads the body would make a report.
    if (!this.incoming.readableEnded) this.incoming.destroy(gone());
  }

  *run(): Coroutine<void> {
    const { incoming, outgoing, server } = this;
    const upgrade = this._upgrade;
    try {
      const { clientMaxSize, trustProxy } = server._settings;
      if (Number(incoming.headers["content-length"]) > clientMaxSize) {
        throw new RequestEntityTooLargeError(this.name, clientMaxSize);
      }
      const request = new LazyRequest(incoming, outgoing, clientMaxSize, trustProxy, this._sendContinue);
      if (upgrade !== null) upgrades.set(request, upgrade);
      const answer: unknown = server._handler(request as unknown as ServerRequest);
      let response = answer;
      if (typeof answer === "object" && answer !== null) {
        if (Symbol.iterator in answer) response = yield* answer as Awaitable<unknown>;
        else if ("then" in answer) response = yield* from(answer as PromiseLike<unknown>);
      }
      if (upgrade?.accepted) {
        yield* upgrade.accepted.close();
        return;
      }
      if (!isResponse(response)) throw this._noResponse(response);
      this._closeSoon();
      const streamed = sendNow(outgoing, response, this._report);
      if (streamed !== null) yield* sendStream(outgoing, streamed, server._loop, this._report);
    } catch (error) {
      if (upgrade?.accepted) yield* this._webSocketFailed(upgrade.accepted, error);
      else this._failed(error);
    }
    if (!incoming.complete) dropRest(incoming, outgoing);
  }

  private *_webSocketFailed(socket: WebSocketResponse, error: unknown): Coroutine<void> {
    if (isCancelled(error)) {
      socket._leave(this.server.isServing() ? WSCloseCode.INTERNAL_ERROR : WSCloseCode.GOING_AWAY, "");
      throw error;
    }
    if (!(socket.closed && isSaying(error))) this._report(error);
    yield* socket.close(WSCloseCode.INTERNAL_ERROR);
  }

  private _newUpgrade(head: Buffer): Upgrade {
    const { incoming, outgoing, socket, name } = this;
    return { incoming, socket, head, name, accepted: null, release: () => outgoing.detachSocket(socket) };
  }

  /** A server that ends tells its clients to send no more. */
  private _closeSoon(): void {
    if (!this.server.isServing()) this.outgoing.shouldKeepAlive = false;
  }

  private _noResponse(value: unknown): TypeError {
    const what =
      typeof value === "object" && value !== null ? `a ${value.constructor?.name ?? "object"}` : String(value);
    const advice =
      typeof value === "string" ? "write `return new Response(text)`" : "end it with `return new Response(…)`";
    return new TypeError(`the handler of serve() gave no Response to ${this.name}, but ${what}: ${advice}`);
  }

  private _failed(error: unknown): void {
    if (isCancelled(error)) {
      if (this.server.isServing()) this._answer(500, "the handler was cancelled");
      else this._answer(503, "the server is shutting down");
      throw error;
    }
    if (error instanceof RequestEntityTooLargeError || error instanceof WebSocketUpgradeError) {
      this._answer(error.status, error.message);
      return;
    }
    if (!(this.gone && isSaying(error))) this._report(error);
    this._answer(500, (error as Error | null)?.stack ?? String(error));
  }

  /** The response of a request that went wrong; or the end of the connection, if another response has begun. */
  private _answer(status: number, detail: string): void {
    const { outgoing } = this;
    if (outgoing.destroyed || outgoing.writableEnded) return;
    if (outgoing.headersSent) {
      outgoing.destroy();
      return;
    }
    this._closeSoon();
    const text = this.server._settings.debug ? `${STATUS[status]}\n\n${detail}\n` : `${STATUS[status]}\n`;
    const headers = ["content-type", "text/plain; charset=utf-8"];
    if (status === 426) headers.push("upgrade", "websocket");
    // Node would keep the status text of the response that failed, and fail again if it was that.
    sendWhole(outgoing, { status, statusText: STATUS[status]!.slice(4), headers }, text);
  }

  private readonly _report = (exception: unknown): void => {
    const message = `exception in the handler of ${this.name}`;
    const context = { message, exception };
    this.server._loop.callExceptionHandler(this.task === null ? context : { ...context, task: this.task });
  };
}

const STATUS: Readonly<Record<number, string>> = {
  400: "400 Bad Request",
  413: "413 Content Too Large",
  426: "426 Upgrade Required",
  500: "500 Internal Server Error",
  503: "503 Service Unavailable",
};

/** Whether the error says no more than that the client has gone away. */
function isSaying(error: unknown): boolean {
  return error instanceof ClientConnectionResetError || (error as Error | null)?.name === "AbortError";
}
