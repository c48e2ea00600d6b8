/**
 * Moving instead of copying. `transfer(value)` marks an argument or a result; the mark is taken off where it is sent.
 */
import { inspect } from "node:util";
import type { Transferable } from "node:worker_threads";

const mark: unique symbol = Symbol.for("yieldfrom.executors.transfer");

interface Marked {
  readonly [mark]: Transferable[];
  readonly value: unknown;
  /** A function can't be cloned: a mark that lies deeper, where nobody looks for it, is not sent as if it were data. */
  readonly transfer: () => void;
}

/**
 * Move a value to the other side instead of copying it: for a whole argument of a job, or for what a job returns.
 *
 * ```ts
 * // images.ts
 * import { transfer } from "@yieldfrom/executors/worker";
 * export function invert(pixels: Uint8Array): Uint8Array {
 *   return transfer(pixels.map((value) => 255 - value));
 * }
 * ```
 * ```ts
 * const images = workerModule<typeof import("./images.ts")>(new URL("./images.ts", import.meta.url));
 * const pixels = new Uint8Array(3_000_000);
 * const inverted = executor.submit(images.invert, transfer(pixels));
 * console.log(pixels.length); // → 0
 * console.log((await inverted).length); // → 3000000
 * ```
 *
 * What can be moved: an ArrayBuffer, also under a view of it (all views of it are then empty here), a MessagePort, a
 * ReadableStream, WritableStream or TransformStream. `moves` names them when the value only holds them:
 * `transfer({ width, pixels }, [pixels.buffer])`. It happens when the job is submitted. A process has a memory of its
 * own, so on the way to one a buffer is copied all the same.
 *
 * Throws TypeError for a value that has nothing to move. What it gives is of the type of the value, for the sake of the
 * parameters it is given to, but only the executor can make something of it.
 */
export function transfer<T>(value: T, moves?: readonly Transferable[]): T {
  const list = moves ?? [ArrayBuffer.isView(value) ? value.buffer : value];
  for (const each of list) {
    if (canMove(each)) continue;
    const shared = each instanceof SharedArrayBuffer ? " Shared memory needs no transfer: both sides see it." : "";
    throw new TypeError(
      `transfer() can't move ${short(each)}.${shared} It moves an ArrayBuffer (or a view of one), a MessagePort, or a stream ` +
        "of the Web; for a value that holds some, name them: transfer(value, [value.pixels.buffer]).",
    );
  }
  const marked: Marked = { [mark]: [...list] as Transferable[], value, transfer: () => {} };
  return marked as T;
}

/** The list of what is to be moved with this value, undefined if it isn't marked. */
export function movesOf(value: unknown): Transferable[] | undefined {
  return typeof value === "object" && value !== null ? (value as Partial<Marked>)[mark] : undefined;
}

/** The value that was marked. */
export function unmarked(value: unknown): unknown {
  return (value as Marked).value;
}

/** Whether a marked value lies in this one, where the mark has no effect. For messages. */
export function holdsMark(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((inner) => movesOf(inner) !== undefined);
}

/** Plain data is told at once; whether the host can move the rest, it says itself. */
function canMove(value: unknown): boolean {
  if (typeof value !== "object" || value === null || value instanceof SharedArrayBuffer) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype !== Object.prototype && prototype !== null && !Array.isArray(value);
}

function short(value: unknown): string {
  const text = inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY });
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
