import { type Coroutine, getRunningLoop, sleep } from "yieldfrom";

export interface StormServerOptions {
  /** Requests a second that it answers. */
  readonly perSecond: number;
  /** Requests that it answers at once after it had nothing to do. */
  readonly burst: number;
  /** Milliseconds until an answer is there. */
  readonly latency: number;
  /** Whether it says for how long it is to be left alone: whole seconds, rounded up. */
  readonly tells: boolean;
  /** What it answers to one request too many. */
  readonly status?: 429 | 503;
}

/** A server in virtual time that answers so many requests a second, and 429 to all others. */
export class StormServer {
  answered = 0;
  refused = 0;
  active = 0;
  mostActive = 0;
  private readonly _options: StormServerOptions;
  private _tokens: number;
  private _filledAt = 0;

  constructor(options: StormServerOptions) {
    this._options = options;
    this._tokens = options.burst;
  }

  *get(): Coroutine<{ readonly status: number; readonly retryAfter: string | null }> {
    const { latency, perSecond, burst, tells, status = 429 } = this._options;
    this.mostActive = Math.max(this.mostActive, ++this.active);
    try {
      yield* sleep(latency / 2);
      const now = getRunningLoop().time();
      this._tokens = Math.min(burst, this._tokens + ((now - this._filledAt) * perSecond) / 1000);
      this._filledAt = now;
      const granted = this._tokens >= 1;
      if (granted) this._tokens--;
      yield* sleep(latency / 2);
      if (granted) this.answered++;
      else this.refused++;
      const wait = (1 - this._tokens) / perSecond;
      return granted ? { status: 200, retryAfter: null } : { status, retryAfter: tells ? `${Math.ceil(wait)}` : null };
    } finally {
      this.active--;
    }
  }
}
