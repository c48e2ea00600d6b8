import { defaultHost } from "../host.ts";
import { asyncContext, leaveFirstScope } from "../loop/async-context.ts";
import { type CodePlace, formatLine, parseStack } from "../traceback.ts";
import type { Suspension } from "../types.ts";

export type AnyGenerator = Generator<Suspension, unknown, unknown>;

/** The engine's own `next` and `throw` of generators: `coroutine()` puts others before them. */
const native = Object.getPrototypeOf(Object.getPrototypeOf((function* () {})())) as {
  next: (this: AnyGenerator, value?: unknown) => IteratorResult<Suspension, unknown>;
  throw: (this: AnyGenerator, error: unknown) => IteratorResult<Suspension, unknown>;
  return: (this: AnyGenerator, value: unknown) => IteratorResult<Suspension, unknown>;
};
export const nativeNext = native.next;
export const nativeThrow = native.throw;
export const nativeReturn = native.return;
/** %GeneratorPrototype%, of which every generator of this realm is a child. */
export const generatorPrototype: object = native;

/**
 * A suspended `coroutine()` on the way from a task's outermost coroutine to where it waits.
 *
 * Native `yield*` walks down every level at each resumption. So a suspended `coroutine()` leaves a frame, the task
 * keeps a list of them, and resumes the innermost one directly:
 *
 *      task._coro  <-  frame A  <-  frame B  =  task._top        resume: B alone, whatever the depth
 *
 * When B ends, its outcome is put into `ended`, and A is resumed natively: its own `yield*` asks B for its next
 * result, B's `next` finds itself in `ended` and answers with the outcome. Plain generators between A and B are
 * walked through natively, as ever.
 *
 * Frames are made only by suspending, innermost first, on the way out to the task: `collected` is the list so
 * far. A coroutine that never waits leaves none.
 */
export class Frame {
  readonly gen: AnyGenerator;
  /** The next frame outwards; null: the task's own coroutine. */
  parent: Frame | null = null;

  constructor(gen: AnyGenerator) {
    this.gen = gen;
  }
}

/**
 * Frames left by the resumption under way; of no meaning while `outermost` is null. `depth`: how many `coroutine()`s stand on
 * the native stack now.
 */
export const collected: { innermost: Frame | null; outermost: Frame | null; depth: number } = {
  innermost: null,
  outermost: null,
  depth: 0,
};

/**
 * To be called before other tasks are advanced from within a step: by an eager start, or a whole loop. The step under
 * way has left no frames yet, so those that are there afterwards are not its own. What it returns is for `leaveSteps`.
 */
export function enterSteps(): number {
  return asyncContext.inUse ? -1 - collected.depth : collected.depth;
}

/** To be called after that. */
export function leaveSteps(steps: number): void {
  collected.outermost = null;
  collected.depth = steps < 0 ? -1 - steps : steps;
  if (asyncContext.inUse && steps >= 0) leaveFirstScope();
}

/** The coroutine that just ended on behalf of its task, and how; to be fetched by the one that awaits it. */
export const ended: {
  gen: AnyGenerator | null;
  result: IteratorResult<Suspension, unknown> | null;
  error: unknown;
} = { gen: null, result: null, error: undefined };

/** By this a `coroutine()`'s prototype says what it is. A name and no symbol, which the engine looks up faster. */
export interface Informed {
  readonly _info?: CoroutineInfo;
}

/** Name and place of a `coroutine()`; the place is worked out only when it is printed. */
export class CoroutineInfo {
  private _name: string;
  private readonly _made: Error;

  constructor(name: string, above: (...args: never[]) => unknown) {
    this._name = name;
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 1;
    this._made = new Error();
    // Not every engine has it: without it the first line of the stack is this constructor's.
    Error.captureStackTrace?.(this._made, above);
    Error.stackTraceLimit = limit;
  }

  /** For example `spin() at /home/me/spinner.ts:9`. */
  toString(): string {
    const place = parseStack(this._made.stack ?? "").at(-1);
    if (place === undefined) return `${this._name || "(anonymous)"}()`;
    if (this._name === "") this._name = nameBefore(place) ?? "(anonymous)";
    return `${this._name}() at ${formatLine(place)}`;
  }
}

/** In `const spin = coroutine(function* () {…})` the function has no name, but the source has one for it. */
function nameBefore({ file, line, column }: CodePlace): string | undefined {
  const before = defaultHost.sourceLine(file, line)?.slice(0, column - 1);
  return before === undefined ? undefined : /([\w$]+)\s*[=:]\s*(?:[\w$]+\.)*$/.exec(before)?.[1];
}

/** What a coroutine or lazy awaitable is called in messages. */
export function titleOf(coro: object): string {
  const named: Informed & { _title?: string } = coro;
  return named._info?.toString() ?? named._title ?? "coroutine";
}
