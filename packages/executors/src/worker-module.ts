import { inspect } from "node:util";
import { type AnyFunction, makeReference, type WorkerFunction } from "./worker-function.ts";

/**
 * The functions that a module exports, as references. Other exports (values, classes) are not there, and neither is a
 * function named `then`: with it the module would pass for a Promise.
 */
export type WorkerModule<M extends object> = {
  readonly [K in keyof M as K extends "then" ? never : M[K] extends AnyFunction ? K : never]: M[K] extends AnyFunction
    ? WorkerFunction<M[K]>
    : never;
};

/** What `import()` can load in a worker without asking the network. */
const PROTOCOLS = ["file:", "data:", "node:"];

/**
 * A module whose functions executors can run:
 *
 * ```ts
 * const files = workerModule<typeof import("./files.ts")>(new URL("./files.ts", import.meta.url));
 * const future = executor.submit(files.size, "cn.png");
 * console.log(await future); // → 6
 * ```
 *
 * The module is loaded by the workers, never here. A name that it does not export is noticed there: the job fails
 * with WorkerModuleError.
 *
 * `url` is the module's absolute URL (`file:`, `node:` or `data:`); throws TypeError for anything else.
 */
export function workerModule<M extends object>(url: URL): WorkerModule<M> {
  const { href } = checked(url);
  const references = new Map<string, WorkerFunction<AnyFunction>>();
  const target = Object.freeze(
    Object.create(null, { [inspect.custom]: { value: () => `<WorkerModule ${href}>` } }) as object,
  );
  return new Proxy(target, {
    get(_, key) {
      if (typeof key === "symbol") return Reflect.get(target, key);
      if (key === "then") return undefined;
      let known = references.get(key);
      if (known === undefined) {
        known = makeReference(href, key);
        references.set(key, known);
      }
      return known;
    },
  }) as WorkerModule<M>;
}

function checked(url: URL): URL {
  if (!(url instanceof URL)) {
    const path = typeof url === "string" ? url : "./files.ts";
    const spelling = `workerModule<typeof import("${path}")>(new URL("${path}", import.meta.url))`;
    throw new TypeError(`Expected \`url\` of workerModule to be a URL, got ${inspect(url)}. Write ${spelling}.`);
  }
  if (!PROTOCOLS.includes(url.protocol)) {
    throw new TypeError(
      `workerModule can't take ${url.href}: a worker loads modules from disk (file:), from Node itself (node:) or ` +
        "from a data: URL, not from the network. Save the module in your project and give " +
        'new URL("./module.ts", import.meta.url).',
    );
  }
  return url;
}
