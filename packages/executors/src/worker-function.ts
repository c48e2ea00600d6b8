/**
 * References to functions that live in another module, and what to say to whoever gives something else.
 *
 * A reference is itself a function, so that its type carries the parameters and the result; the symbols on it are
 * registered ones, so that two installed copies of this package understand each other's.
 */
import { inspect } from "node:util";
import { type ExecutorFunction, executorFunction } from "yieldfrom";

/** Which function: the URL of its module, and the name it is exported by. */
export interface Reference {
  readonly url: string;
  readonly name: string;
}

const reference: unique symbol = Symbol.for("yieldfrom.executors.reference");

/** Any function, for constraints. */
export type AnyFunction = (...args: never[]) => unknown;

/**
 * A function of another module, as executors accept it: a reference, with the parameters and the result of the
 * function itself. Made by `workerModule`. Of overloads the last counts; type parameters become `unknown`.
 */
export type WorkerFunction<F extends AnyFunction> = ExecutorFunction<Parameters<F>, ReturnType<F>> & {
  readonly [reference]: Reference;
};

/** `saveFlag of file:///…/files.ts`, for messages. */
export function describe({ name, url }: Reference): string {
  return `${name} of ${url}`;
}

/** Make the reference to one export. The types are the caller's promise. */
export function makeReference(url: string, name: string): WorkerFunction<AnyFunction> {
  const refuse = () => {
    throw new TypeError(
      `${describe({ url, name })} is a reference to a function that runs in a worker, and was called here. Give the ` +
        `reference and the arguments to an executor: executor.submit(files.${name}, …), ` +
        `or loop.runInExecutor(null, files.${name}, …). To run it in this thread, import the module.`,
    );
  };
  Object.defineProperties(refuse, {
    name: { value: name },
    [executorFunction]: { value: true },
    [reference]: { value: Object.freeze({ url, name }) },
    [inspect.custom]: { value: () => `<WorkerFunction ${describe({ url, name })}>` },
  });
  return Object.freeze(refuse) as unknown as WorkerFunction<AnyFunction>;
}

/** The reference behind what was given to an executor, undefined if it is none. */
export function referenceOf(fn: unknown): Reference | undefined {
  return typeof fn === "function" ? (fn as Partial<Record<typeof reference, Reference>>)[reference] : undefined;
}

/**
 * The reference behind what was given to `executor` (its name, for the message).
 *
 * Throws TypeError for anything else, and says what to write.
 */
export function mustBeReference(fn: unknown, executor: string): Reference {
  const known = referenceOf(fn);
  if (known !== undefined) return known;
  if (typeof fn !== "function") {
    const hint = isThenable(fn) ? " Did you call the function? Give it and its arguments: submit(files.fn, a, b)." : "";
    throw new TypeError(`Expected a function of a workerModule(…) for ${executor}, got ${short(fn)}.${hint}`);
  }
  const name = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(fn.name) ? fn.name : "work";
  throw new TypeError(
    `${executor} was given ${fn.name === "" ? "an anonymous function" : `the function ${fn.name}`}. A function can't ` +
      "cross to a worker: its code and the variables it uses exist in this thread only. Export it from a module " +
      `of its own, and give a reference to that export:

    // files.ts
    export function ${name}(…) { … }

    // here
    import { workerModule } from "@yieldfrom/executors";
    const files = workerModule<typeof import("./files.ts")>(new URL("./files.ts", import.meta.url));
    executor.submit(files.${name}, …);
`,
  );
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && (Symbol.iterator in value || "then" in value);
}

function short(value: unknown): string {
  const text = inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY });
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
