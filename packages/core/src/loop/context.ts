import { LookupError, RuntimeError } from "../errors.ts";
import { current, currentValues, EMPTY, Entered } from "./current.ts";

/**
 * Values that belong to a task and what it calls: request ids, deadlines, the user. Source: Python's `contextvars`.
 *
 * The values of a context are an immutable map: setting one replaces the map. So copying a context, which every
 * `callSoon` and `createTask` does, is keeping a pointer; where no variable is in use it is the same empty map
 * everywhere. Whoever runs (a task, a handle, a Context entered by hand) has a Scope that holds its map, and
 * `currentValues()` is the map of the scope that runs now.
 */
export type Values = ReadonlyMap<ContextVar<unknown>, unknown>;

/** Whoever has values of its own: a Context, or a task or handle that nobody has asked for its Context. */
export interface Scope {
  /** @internal */ _values: Values;
}

const missing = Symbol("no value");

/** A variable whose value depends on the context. Source: `contextvars.ContextVar`. */
export class ContextVar<T> {
  readonly name: string;
  private readonly _default: T | typeof missing;

  /** @param options.default what `get()` gives where nothing was set */
  constructor(name: string, options?: { readonly default: T }) {
    if (typeof name !== "string")
      throw new TypeError(`Expected \`name\` of a ContextVar to be a string, got ${String(name)}`);
    this.name = name;
    this._default = options !== undefined && "default" in options ? options.default : missing;
  }

  /**
   * Its value in the current context, else `fallback`, else the variable's default.
   * @throws LookupError if there is none of them
   */
  get(...fallback: [] | [T]): T {
    const values = currentValues();
    if (values.has(this as ContextVar<unknown>)) return values.get(this as ContextVar<unknown>) as T;
    if (fallback.length > 0) return fallback[0] as T;
    if (this._default === missing) throw new LookupError(`${this} has no value in this context, and no default`);
    return this._default as T;
  }

  /** Sets it in the current context; the token takes that back. */
  set(value: T): Token<T> {
    const values = currentValues();
    const key = this as ContextVar<unknown>;
    const token = new Token<T>(this, current.running._scope, values.has(key) ? (values.get(key) as T) : missing);
    replace(new Map(values).set(key, value));
    return token;
  }

  /**
   * Gives it the value it had before the `set` that returned `token`.
   * @throws RuntimeError if the token was used already; RangeError if it is of another variable or another context
   */
  reset(token: Token<T>): void {
    token._use(this, current.running._scope);
    const values = new Map(currentValues());
    if (token._before === missing) values.delete(this as ContextVar<unknown>);
    else values.set(this as ContextVar<unknown>, token._before);
    replace(values);
  }

  toString(): string {
    return `<ContextVar ${this.name}>`;
  }
}

function replace(values: Values): void {
  current.running._scope._values = values;
}

/** What `ContextVar.set` returns, for `reset`. Source: `contextvars.Token`. */
export class Token<T> {
  readonly variable: ContextVar<T>;
  /** @internal */ readonly _before: T | typeof missing;
  private readonly _scope: Scope;
  private _used = false;

  /** @internal */
  constructor(variable: ContextVar<T>, scope: Scope, before: T | typeof missing) {
    this.variable = variable;
    this._scope = scope;
    this._before = before;
  }

  /** The value before the `set`; `undefined` if there was none. */
  get oldValue(): T | undefined {
    return this._before === missing ? undefined : (this._before as T);
  }

  /** @internal */
  _use(variable: ContextVar<T>, scope: Scope): void {
    if (this._used) throw new RuntimeError(`this Token of ${this.variable} was used already`);
    if (variable !== this.variable)
      throw new RangeError(`Expected a Token of ${variable}, got one of ${this.variable}`);
    const same = scope === this._scope || (scope instanceof Context && scope._formerly === this._scope);
    if (!same) throw new RangeError(`this Token of ${this.variable} was made in another Context`);
    this._used = true;
  }
}

/** A set of values of context variables. Source: `contextvars.Context`. */
export class Context implements Scope {
  /** @internal */ _values: Values = EMPTY;
  /** @internal The task whose values these were before someone asked for its Context. */ _formerly: Scope | null =
    null;
  /** @internal Whether somebody is in it who does not run just now, having called something that runs elsewhere. */
  _entered = false;

  /**
   * Calls `fn(...args)` in this context: what it sets stays here.
   * @throws RuntimeError if the context is entered already
   */
  run<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): R {
    mustBeFree(this);
    return meanwhile(() => {
      current.running = new Entered(current.running._task, this);
      return fn(...args);
    });
  }

  /** `fn`, to be called in this context: the form in which `callSoon` and `addDoneCallback` take a context. */
  bind<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
    const bound = (...args: A) => this.run(fn, ...args);
    Object.defineProperties(bound, { name: { value: fn.name }, [original]: { value: fn } });
    return bound;
  }

  /** Another Context with the same values. */
  copy(): Context {
    const copy = new Context();
    copy._values = this._values;
    return copy;
  }

  /** The value of a variable here; `undefined` if it has none. */
  get<T>(variable: ContextVar<T>): T | undefined {
    return this._values.get(variable as ContextVar<unknown>) as T | undefined;
  }

  has(variable: ContextVar<never>): boolean {
    return this._values.has(variable as ContextVar<unknown>);
  }

  get size(): number {
    return this._values.size;
  }

  [Symbol.iterator](): Iterator<[ContextVar<unknown>, unknown]> {
    return this._values[Symbol.iterator]();
  }
}

/** A copy of the current context. Source: `contextvars.copy_context`. */
export function copyContext(): Context {
  const copy = new Context();
  copy._values = currentValues();
  return copy;
}

/** Refuses a context that somebody is in: what is set there would be overwritten when the other goes on. */
export function mustBeFree(context: Context): void {
  if (context._entered || context === current.running._scope)
    throw new RuntimeError("a Context can't be entered while it is entered already; enter a copy() of it");
}

/** Calls `fn`, which makes something else the one that runs; who runs now goes on when it returns. */
export function meanwhile<R>(fn: () => R): R {
  const { running } = current;
  const scope = running._scope;
  const context = scope instanceof Context ? scope : undefined;
  if (context !== undefined) context._entered = true;
  try {
    return fn();
  } finally {
    if (context !== undefined) context._entered = false;
    current.running = running;
  }
}

const original = Symbol("yieldfrom.original");

/** Whether `callback` is `fn`, or `fn` bound to a context. */
export function isSameCallback(callback: unknown, fn: unknown): boolean {
  return callback === fn || (typeof callback === "function" && (callback as { [original]?: unknown })[original] === fn);
}
