import {
  _getRunningLoop,
  type Awaitable,
  type Coroutine,
  isCancelled,
  RuntimeError,
  run,
  type Suspension,
  toPromise,
} from "yieldfrom";
import { EventStream } from "./event-stream.ts";
import type { DownloadEvent, Summary } from "./events.ts";
import type { ProgressView } from "./progress-view.ts";

/** Where workers wait while the reader of events is slow. */
export interface Gate {
  readonly isFull: boolean;
  room(): Awaitable<void>;
}

/** Carries it all out: tells `emit` of each event, and waits at the gate, if there is one, before the next item. */
export interface Work {
  readonly progress: ProgressView;
  main(emit: (event: DownloadEvent) => void, gate: Gate | null): Coroutine<Summary>;
}

/**
 * Downloads that do not begin before they are awaited or iterated, once.
 *
 * In a coroutine `yield* downloads` gives the summary; `forEach(downloads, …)` there and `for await` in async functions
 * give the events, the last of which is the summary. An async function that runs in no loop gets one for the purpose.
 * Cancelling the task that awaits, or leaving the loop of events, stops it: what is under way ends as `failed` with the
 * code `ERR_INTERRUPTED`, and part files of what can go on another time are kept.
 */
export class Downloads implements Awaitable<Summary>, AsyncIterable<DownloadEvent> {
  /** How far it is, to be read at any time. */
  readonly progress: ProgressView;
  private readonly _work: Work;
  private readonly _onEvent: ((event: DownloadEvent) => void) | undefined;
  private _begun = false;

  /** @internal */
  constructor(work: Work, onEvent: ((event: DownloadEvent) => void) | undefined) {
    this._work = work;
    this._onEvent = onEvent;
    this.progress = work.progress;
  }

  /** For `yield*`. */
  *[Symbol.iterator](): Generator<Suspension, Summary, unknown> {
    this._begin();
    return yield* this._work.main(this._onEvent ?? ignore, null);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<DownloadEvent> {
    this._begin();
    return new Reading(this._work, this._onEvent);
  }

  toString(): string {
    const { done, skipped, failed } = this.progress;
    return `<Downloads done=${done} skipped=${skipped} failed=${failed}>`;
  }

  private _begin(): void {
    if (this._begun) {
      throw new RuntimeError("these Downloads were awaited or iterated already; call downloadMany() again");
    }
    this._begun = true;
  }
}

function ignore(): void {}

/** The events for a loop. The work begins when the first one is asked for. */
class Reading implements AsyncIterableIterator<DownloadEvent> {
  private readonly _work: Work;
  private readonly _onEvent: ((event: DownloadEvent) => void) | undefined;
  private readonly _events = new EventStream<DownloadEvent>();
  private readonly _stop = new AbortController();
  /** Settles when the work has ended; never rejects. */
  private _ended: Promise<void> | undefined = undefined;
  private _failure: unknown = undefined;

  constructor(work: Work, onEvent: ((event: DownloadEvent) => void) | undefined) {
    this._work = work;
    this._onEvent = onEvent;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<DownloadEvent, undefined>> {
    this._ended ??= this._begin();
    const event = await this._events.take();
    return event === null ? { done: true, value: undefined } : { done: false, value: event };
  }

  async return(): Promise<IteratorResult<DownloadEvent, undefined>> {
    this._events.close();
    const reason = new Error("the loop of events was left");
    this._stop.abort(reason);
    await this._ended;
    const failure = this._failure;
    this._failure = undefined;
    if (failure !== undefined && failure !== reason && !isCancelled(failure)) throw failure;
    return { done: true, value: undefined };
  }

  private _begin(): Promise<void> {
    const { _events: events, _onEvent: onEvent } = this;
    const emit = (event: DownloadEvent) => {
      onEvent?.(event);
      events.put(event);
    };
    const loop = _getRunningLoop();
    const main = this._work.main(emit, events);
    const { signal } = this._stop;
    const running = loop === null ? run(main, { signal }) : toPromise(main, { signal, loop });
    return running.then(
      () => events.end(),
      (error: unknown) => {
        this._failure = error;
        events.fail(error);
      },
    );
  }
}
