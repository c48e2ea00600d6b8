import { RuntimeError } from "../errors.ts";
import { current } from "../loop/current.ts";
import { brief } from "../print.ts";
import type { Awaitable, Coroutine, Suspension } from "../types.ts";
import {
  type AnyGenerator,
  CoroutineInfo,
  collected,
  ended,
  Frame,
  generatorPrototype,
  type Informed,
  nativeNext,
  nativeReturn,
  nativeThrow,
  titleOf,
} from "./frame.ts";
import { isOperation } from "./operation.ts";
import { answerProbe, PROBE } from "./probe.ts";
import { baton, CALLED } from "./suspend.ts";
import { noteCreated, noteStarted } from "./unawaited.ts";

/**
 * Native stack levels that `coroutine()`s may take before the next one is run from the bottom of the stack.
 * High enough that the detour is rare, low enough that 100 levels of anybody's code fit on any stack.
 */
const DEEPEST = 100;

const marker = Symbol("yieldfrom.coroutine");

/** Refuses Promises, which a coroutine would hand on unawaited; a Future, though a PromiseLike too, is awaited. */
type NoPromise<R> = R extends Awaitable<unknown> ? unknown : R extends PromiseLike<unknown> ? never : unknown;

/**
 * Marks a coroutine function. What is gained: the coroutine's name in printed tasks and reports, a report when it was
 * never awaited, an error when it is awaited twice, and resumption in O(1) however deep the chain of coroutines is (a
 * plain `function*` is resumed through every level of `yield*` above it).
 *
 * ```ts
 * const slow = coroutine(function* slow() { yield* sleep(3000); return 42; });
 * ```
 *
 * Also usable as a method decorator (TC39). A plain function that returns an awaitable or a value is made into a
 * coroutine function. Source: asyncio `coroutine` (Python 3.4 to 3.10).
 * @throws TypeError if `fn` is no function, or an async one
 */
export function coroutine<F extends (...args: never[]) => Coroutine<unknown>>(
  fn: F,
  context?: { readonly kind: string },
): F;
export function coroutine<T, A extends unknown[], R>(
  fn: (this: T, ...args: A) => R & NoPromise<R>,
): (this: T, ...args: A) => Coroutine<R extends Awaitable<infer V> ? V : R>;
export function coroutine(
  fn: (this: unknown, ...args: unknown[]) => unknown,
  context?: { readonly kind: string },
): (this: unknown, ...args: unknown[]) => unknown {
  if (typeof fn !== "function") {
    const advice = isAwaitable(fn) ? ": give it the function, not what its call returns" : "";
    throw new TypeError(`Expected \`fn\` to be a coroutine function, got ${brief(fn)}${advice}`);
  }
  if (isAsyncFunction(fn)) {
    throw new TypeError(
      `coroutine() can't be given the async function ${fn.name || "(anonymous)"}: make it a \`function*\` with \`yield*\` for each \`await\`, or wait for its Promise by \`yield* from(…)\``,
    );
  }
  if (context !== undefined && context.kind !== "method") {
    throw new TypeError(`@coroutine decorates methods, not a ${context.kind}`);
  }
  const generatorFn = isGeneratorFunction(fn) ? fn : generatorFunctionOf(fn);
  Object.assign(generatorFn.prototype, {
    next,
    throw: thrown,
    return: close,
    _info: new CoroutineInfo(fn.name, coroutine),
  });
  const made = function (this: unknown, ...args: unknown[]): AnyGenerator {
    const gen = generatorFn.apply(this, args);
    noteCreated(gen);
    return gen;
  };
  Object.defineProperties(made, {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
    [marker]: { value: true },
  });
  return made;
}

/** `next` of every coroutine made by `coroutine()`. See `Frame` for what it does and why. */
function next(this: AnyGenerator): IteratorResult<Suspension, unknown> {
  if (this === ended.gen) return outcome();
  take(this);
  if (collected.depth >= DEEPEST) {
    baton.callee = this;
    return CALLED;
  }
  // Not put back when the call throws: at worst a later coroutine takes the detour, and each step starts at 0.
  collected.depth++;
  const result = nativeNext.call(this, undefined);
  collected.depth--;
  if (!result.done) leaveFrame(this);
  return result;
}

/** `throw` of every coroutine made by `coroutine()`. A probe goes no further: it has a frame, and is asked by itself. */
function thrown(this: AnyGenerator, error: unknown): IteratorResult<Suspension, unknown> {
  return error === PROBE ? answerProbe() : nativeThrow.call(this, error);
}

/** `return` of every coroutine made by `coroutine()`: closing one is how it is discarded on purpose. */
function close(this: AnyGenerator, value: unknown): IteratorResult<Suspension, unknown> {
  noteStarted(this);
  return nativeReturn.call(this, value);
}

/** Marks a coroutine as awaited, by a `yield*` or a task. Who comes second would get nothing, or wait for ever. */
function take(coro: AnyGenerator): void {
  if (!noteStarted(coro))
    throw new RuntimeError(`${titleOf(coro)} was awaited already; call it again for each \`yield*\``);
}

/** The plain generators that tasks of a loop in debug mode were given: to note that of each would cost too much. */
const takenPlain = new WeakSet<AnyGenerator>();

function takePlain(gen: AnyGenerator): void {
  if (takenPlain.has(gen)) throw new RuntimeError("the coroutine was given to a task already; call it again for each");
  takenPlain.add(gen);
}

function leaveFrame(gen: AnyGenerator): void {
  const frame = new Frame(gen);
  if (collected.outermost === null) collected.innermost = frame;
  else collected.outermost.parent = frame;
  collected.outermost = frame;
}

function outcome(): IteratorResult<Suspension, unknown> {
  const { result, error } = ended;
  ended.gen = null;
  ended.result = null;
  ended.error = undefined;
  if (result === null) throw error;
  return result;
}

/** Whether `value` is what a `function*` of this realm returned, wrapped by `coroutine()` or not. */
export function isNativeGenerator(value: unknown): boolean {
  return value instanceof NativeGenerator;
}

/** Whether `value` is a coroutine: what a coroutine function's call returns. Source: asyncio `iscoroutine`. */
export function isCoroutine(value: unknown): value is Coroutine<unknown> {
  return isNativeGenerator(value) || isOperation(value) || isForeignGenerator(value);
}

/** Whether `value` is a `function*` or was made by `coroutine()`. Source: asyncio `iscoroutinefunction`. */
export function isCoroutineFunction(value: unknown): boolean {
  return typeof value === "function" && (marker in value || isGeneratorFunction(value));
}

/** The generator that a task can drive; made of what is a coroutine in another shape. `undefined`: it is none. */
export function asGenerator(value: unknown): AnyGenerator | undefined {
  if (value instanceof NativeGenerator) {
    const gen = value as unknown as AnyGenerator & Informed;
    if (gen._info !== undefined) take(gen);
    else if (current.loop?._debug) takePlain(gen);
    return gen;
  }
  return generatorOf(value);
}

function generatorOf(value: unknown): AnyGenerator | undefined {
  if (isOperation(value)) {
    // Started here, or it would be reported if its task never is.
    const started = value[Symbol.iterator]();
    const gen: AnyGenerator & { _title?: string } = drive({ [Symbol.iterator]: () => started });
    gen._title = value._title;
    return gen;
  }
  if (isForeignGenerator(value)) return drive(value as Coroutine<unknown>);
  return undefined;
}

function* drive(awaitable: Awaitable<unknown>): AnyGenerator {
  return yield* awaitable;
}

/** For `instanceof`, which is faster than `isPrototypeOf`. */
function NativeGenerator(): void {}
NativeGenerator.prototype = generatorPrototype;

function isForeignGenerator(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { next, throw: throw_, return: return_, [Symbol.iterator]: iterate } = value as Partial<AnyGenerator>;
  // An async generator has the first three as well.
  return (
    typeof iterate === "function" &&
    typeof next === "function" &&
    typeof throw_ === "function" &&
    typeof return_ === "function"
  );
}

type GeneratorFn = (this: unknown, ...args: unknown[]) => AnyGenerator;
const GeneratorFunction = Object.getPrototypeOf(function* () {}) as object;

function isGeneratorFunction(fn: object): fn is GeneratorFn {
  return Object.getPrototypeOf(fn) === GeneratorFunction;
}

const AsyncFunction = Object.getPrototypeOf(async () => {}) as object;
const AsyncGeneratorFunction = Object.getPrototypeOf(async function* () {}) as object;

function isAsyncFunction(fn: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(fn);
  return prototype === AsyncFunction || prototype === AsyncGeneratorFunction;
}

function generatorFunctionOf(fn: (this: unknown, ...args: unknown[]) => unknown): GeneratorFn {
  return function* (...args) {
    const result = fn.apply(this, args);
    return isAwaitable(result) ? yield* result : result;
  };
}

/** Whether `yield*` can wait for `value`. Lists, though iterable, mean several things, of which none is awaited. */
export function isAwaitable(value: unknown): value is Coroutine<unknown> {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value) || value instanceof Set || value instanceof Map || ArrayBuffer.isView(value)) return false;
  return typeof (value as Partial<Coroutine<unknown>>)[Symbol.iterator] === "function";
}
