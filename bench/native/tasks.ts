/** What people write with Promises and AbortSignal where a task has to be stopped. */

/** Waits for ever, unless aborted. */
export function parked(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** Does `work` with a signal that is aborted after `ms`, and does not wait for it any longer than that. */
export async function withTimeout<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new DOMException(`the ${ms} ms ran out`, "TimeoutError");
      controller.abort(error);
      reject(error);
    }, ms);
  });
  try {
    return await Promise.race([work(controller.signal), expired]);
  } finally {
    clearTimeout(timer);
  }
}

/** Tasks of which none outlives the group: the first that fails has the others aborted, and all are waited for. */
export async function nativeGroup(body: (group: NativeGroup) => Promise<void>): Promise<void> {
  const group = new NativeGroup();
  try {
    await body(group);
  } catch (error) {
    group.fail(error);
  }
  await group.settled();
}

export class NativeGroup {
  private readonly _controller = new AbortController();
  private readonly _tasks: Promise<void>[] = [];
  private _errors: unknown[] = [];

  start(work: (signal: AbortSignal) => Promise<void>): void {
    this._tasks.push(work(this._controller.signal).catch((error) => this.fail(error)));
  }

  fail(error: unknown): void {
    this._errors.push(error);
    this._controller.abort(error);
  }

  async settled(): Promise<void> {
    await Promise.all(this._tasks);
    if (this._errors.length > 0) throw new AggregateError(this._errors);
  }
}
