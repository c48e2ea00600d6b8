import { hostModule } from "../host.ts";

/**
 * `AsyncLocalStorage` of Node (Bun, Deno), and by it OpenTelemetry: what is stored there follows tasks and callbacks, as
 * it follows Promises.
 *
 * The host keeps the stores of the running code in a place of its own, which the loop must set for each step, since a
 * turn of the loop runs many tasks. Asking the host for the current stores costs more than making a task, so nobody asks
 * until a program uses AsyncLocalStorage: its methods are replaced by ones that take note of the first use, put the
 * originals back, and go on. Until then all this is one look at `asyncContext.inUse` a task and handle.
 */
export interface AsyncScope {
  /** Calls `fn(arg)` with the stores as they were when this was made. */
  runInAsyncScope<A, R>(fn: (arg: A) => R, thisArg: undefined, arg: A): R;
}

interface AsyncHooks {
  readonly AsyncResource: new (type: string) => AsyncScope;
  readonly AsyncLocalStorage: { readonly prototype: Record<string, unknown> };
}

const hooks = hostModule("node:async_hooks") as AsyncHooks | undefined;

export const asyncContext: {
  /** Whether the program has ever stored something. */
  inUse: boolean;
} = { inUse: false };

if (hooks !== undefined) {
  const { prototype } = hooks.AsyncLocalStorage;
  for (const name of ["run", "enterWith"]) {
    const original = prototype[name];
    if (typeof original === "function") noteFirstCall(prototype, name, original as (...args: unknown[]) => unknown);
  }
}

/** Takes back what was stored for good by the first use of all, if it was by `enterWith`. */
let leaveFirst: (() => void) | undefined;

function noteFirstCall(prototype: Record<string, unknown>, name: string, original: (...args: unknown[]) => unknown) {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
  const noting = function (this: unknown, ...args: unknown[]): unknown {
    if (!asyncContext.inUse && name === "enterWith") leaveFirst = () => void original.call(this, undefined);
    asyncContext.inUse = true;
    // Someone may have put a method of theirs before this one, which must stay.
    if (prototype[name] === noting) Object.defineProperty(prototype, name, descriptor);
    return original.apply(this, args);
  };
  Object.defineProperty(prototype, name, { ...descriptor, value: noting });
}

/** The stores where this module was loaded, for what was made when none were in use. */
const outside = captureScope();
if (outside !== null && holdsStores(outside)) asyncContext.inUse = true;

/** The current stores, to be kept by what is made now; null while the program uses none. */
export function scopeToKeep(): AsyncScope | null {
  return asyncContext.inUse ? captureScope() : null;
}

/** The current stores; null where the host has none. */
export function captureScope(): AsyncScope | null {
  return hooks === undefined ? null : new hooks.AsyncResource("yieldfrom");
}

/**
 * Something may have been stored before this library was there to take note. Node shows it on what captures it; Bun and
 * Deno don't, and there only what is stored later counts.
 */
function holdsStores(scope: AsyncScope): boolean {
  return Object.getOwnPropertySymbols(scope).some(
    (key) => /^(context_frame|kResourceStore)$/.test(key.description ?? "") && Reflect.get(scope, key) !== undefined,
  );
}

/** Calls `fn(arg)` with the stores of `scope`, or with none if it was made when none were in use. */
export function runInScope<A, R>(scope: AsyncScope | null, fn: (arg: A) => R, arg: A): R {
  // Made anew each time: before Node 24 a scope keeps what is entered in it, and this one is everybody's.
  const where = scope ?? outside?.runInAsyncScope(captureScope, undefined, undefined) ?? null;
  return where === null ? fn(arg) : where.runInAsyncScope(fn, undefined, arg);
}

/**
 * To be called at the end of steps that were run from within something else, if the first use was in one of them: these
 * ran in no scope of their own, so what they stored is still there.
 */
export function leaveFirstScope(): void {
  leaveFirst?.();
}
