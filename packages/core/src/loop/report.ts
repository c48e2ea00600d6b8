import type { Future } from "../future.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import { originOf } from "../task/origins.ts";
import type { Handle } from "./handle.ts";

/** What the loop's exception handler is given. Source: asyncio `call_exception_handler`. */
export interface ExceptionContext {
  readonly message: string;
  readonly exception?: unknown;
  readonly future?: Future<unknown>;
  readonly task?: Future<unknown>;
  readonly handle?: Handle;
  /** The connection it is about, and who is told of that. */
  readonly transport?: object;
  readonly protocol?: object;
  /** In debug mode: where the task, future or coroutine was made, a line a place, innermost first. */
  readonly sourceTraceback?: string;
  /** In debug mode: where the handle was scheduled. */
  readonly handleTraceback?: string;
}

/**
 * An error that a Future holds and nobody has asked for yet.
 *
 * It is reported once: when the future is collected, since then nobody can ask any more, or when its loop closes.
 * It holds the future's description, not the future, or the future could never be collected.
 */
export class LostError {
  private readonly _loop: EventLoop;
  private readonly _title: string;
  private readonly _error: unknown;
  private readonly _origin: string | undefined;

  constructor(loop: EventLoop, future: { _title(): string }, error: unknown) {
    this._loop = loop;
    this._title = future._title();
    this._error = error;
    this._origin = originOf(future);
  }

  /** Someone asked for the error: there is nothing to report. */
  taken(): void {
    this._loop._lostErrors.delete(this);
    // A registry lets go of what it holds in a turn of the host, which a virtual loop may not come to for long.
    collected.unregister(this);
  }

  report(): void {
    if (!this._loop._lostErrors.delete(this)) return;
    this._loop.callExceptionHandler({
      message: `exception was never retrieved: ${this._title}`,
      exception: this._error,
      ...(this._origin === undefined ? {} : { sourceTraceback: this._origin }),
    });
  }
}

const collected = new FinalizationRegistry<LostError>((lost) => lost.report());

/** Watches a future that just failed. */
export function lostError(loop: EventLoop, future: { _title(): string }, error: unknown): LostError {
  readStack(error);
  const lost = new LostError(loop, future, error);
  loop._lostErrors.add(lost);
  collected.register(future, lost, lost);
  return lost;
}

/**
 * Until it is first read, V8 keeps the receivers of a stack's frames alive, the failed task among them, which then could
 * never be collected.
 */
function readStack(error: unknown): void {
  try {
    void (error as Partial<Error> | null | undefined)?.stack;
  } catch {
    // A getter of its own, or of the message that the stack begins with. Who prints the error will find out.
  }
}
