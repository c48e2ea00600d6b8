import { type WSMessage, WSMsgType } from "./messages.ts";

/** Not an async generator: one whose user has left would still take the message that it waits for, from who comes after. */
export class Messages implements AsyncIterableIterator<WSMessage> {
  private readonly _take: () => WSMessage | undefined;
  private readonly _watch: (watcher: () => void) => void;
  private _left = false;

  constructor(take: () => WSMessage | undefined, watch: (watcher: () => void) => void) {
    this._take = take;
    this._watch = watch;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<WSMessage, undefined>> {
    while (!this._left) {
      const message = this._take();
      if (message === undefined) await new Promise<void>((resolve) => this._watch(resolve));
      else if (isLast(message)) this._left = true;
      else return { done: false, value: message };
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<WSMessage, undefined>> {
    this._left = true;
    return { done: true, value: undefined };
  }
}

function isLast({ type }: WSMessage): boolean {
  return type === WSMsgType.CLOSE || type === WSMsgType.CLOSING || type === WSMsgType.CLOSED;
}
