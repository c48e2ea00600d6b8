/**
 * Context variables that cross to the workers. A variable is an object and can't be sent; it is known on both sides
 * by its name, as the module that makes it is loaded on both. The registry has a registered symbol, so that a worker
 * finds it without loading this file, and two installed copies of this package share it.
 */
import type { ContextVar } from "yieldfrom";
import type { ContextValues } from "./wire.ts";

type Registry = Map<string, ContextVar<unknown>>;

const place: unique symbol = Symbol.for("yieldfrom.executors.contextVars");
const scope = globalThis as { [place]?: Registry };

/**
 * Let the values of a context variable cross to workers: a job sees the value that the variable had where it was
 * submitted. Write it in a module that both sides load, the worker's module and yours:
 *
 * ```ts
 * // request-id.ts
 * import { ContextVar } from "yieldfrom";
 * import { shareContextVar } from "@yieldfrom/executors/worker";
 * export const requestId = shareContextVar(new ContextVar<string>("shop.requestId"));
 * ```
 *
 * The value is copied, as an argument is. What a job sets stays in the worker and is gone with the job. A variable that
 * the worker's module doesn't load is left out. Python's threads need none of this, as they share their memory: there
 * `to_thread` copies the whole context.
 *
 * Throws RangeError when another variable of that name is shared already.
 */
export function shareContextVar<T>(variable: ContextVar<T>): ContextVar<T> {
  scope[place] ??= new Map();
  const registry = scope[place];
  const known = registry.get(variable.name);
  if (known !== undefined && known !== variable) {
    throw new RangeError(
      `A context variable named "${variable.name}" is shared already, and the name is how a worker knows it. Give it a name ` +
        'of its own, with the name of your package in it: new ContextVar("shop.requestId").',
    );
  }
  registry.set(variable.name, variable as ContextVar<unknown>);
  return variable;
}

/** The values to be sent with a job that is submitted now; undefined if there are none, as most often. */
export function valuesToSend(): ContextValues | undefined {
  const registry = scope[place];
  if (registry === undefined) return undefined;
  const values: [string, unknown][] = [];
  for (const [name, variable] of registry) {
    const value = variable.get(missing);
    if (value !== missing) values.push([name, value]);
  }
  return values.length > 0 ? values : undefined;
}

/**
 * In the worker: set them for all that runs until the returned function is called. A worker has one job at a time,
 * so they hold for the whole thread, and after an `await` too.
 */
export function enterValues(values: ContextValues): () => void {
  const taken: (() => void)[] = [];
  for (const [name, value] of values) {
    const variable = scope[place]?.get(name);
    if (variable === undefined) continue;
    const token = variable.set(value);
    taken.push(() => variable.reset(token));
  }
  return () => {
    for (const back of taken.reverse()) back();
  };
}

const missing = Symbol("no value");
