import { type EventLoop, TimeoutError, type TimerHandle } from "yieldfrom";
import type { Channel } from "./channel.ts";

/**
 * Asks the other side whether it is still there: a ping each `every` milliseconds, and half of that for an answer, which
 * anything that comes is. Source: aiohttp's `heartbeat`.
 */
export class Heartbeat {
  private readonly _loop: EventLoop;
  private readonly _channel: Channel;
  private readonly _every: number;
  private readonly _what: string;
  private readonly _bytesRead: () => number;
  /** The next beat, or the answer that is waited for. */
  private _timer: TimerHandle;

  constructor(loop: EventLoop, channel: Channel, every: number, what: string, bytesRead: () => number) {
    this._loop = loop;
    this._channel = channel;
    this._every = every;
    this._what = what;
    this._bytesRead = bytesRead;
    this._timer = this._later();
  }

  stop(): void {
    this._timer.cancel();
  }

  private _later(): TimerHandle {
    return this._loop.callLater(this._every, () => this._beat());
  }

  private _beat(): void {
    const channel = this._channel;
    if (channel.readyState !== channel.OPEN) return;
    const before = this._bytesRead();
    const patience = this._every / 2;
    channel.ping("", undefined, () => {});
    this._timer = this._loop.callLater(patience, () => {
      // While it is us who don't read, nothing can be heard.
      if (this._bytesRead() !== before || channel.isPaused) this._timer = this._later();
      else channel.fail(new TimeoutError(`${this._what}: no answer to a ping within ${patience} ms (\`heartbeat\`)`));
    });
  }
}
