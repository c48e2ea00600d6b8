/**
 * What can be copied to another thread, and the copies, for jobs that have to wait: they must not see what the caller
 * does to its buffer meanwhile. A copy has no other holder, so the large parts of it are then moved, not copied again.
 */
import type { Transferable } from "node:worker_threads";

export interface Copied<T> {
  readonly copy: T;
  /** What in `copy` is to be transferred. */
  readonly moves: Transferable[];
}

/**
 * Copy a list of values by structured clone.
 *
 * Throws the platform's DataCloneError when one of them can't be cloned.
 */
export function copyAll<T extends readonly unknown[]>(values: T): Copied<T> {
  if (values.every(isPrimitive)) return { copy: values, moves: [] };
  const copy = structuredClone(values);
  return { copy, moves: [...new Set(copy.flatMap(buffersOf))] };
}

/**
 * The same, while `moves` are moved into the copy: they are gone here when it returns.
 *
 * Throws the platform's DataCloneError when one of them can't be cloned, or one of `moves` can't be moved.
 */
export function copyWith<T extends readonly unknown[]>(values: T, moves: readonly Transferable[]): Copied<T> {
  const [copy, moved] = structuredClone([values, moves] as const, { transfer: [...moves] });
  return { copy, moves: [...new Set([...moved, ...copy.flatMap(buffersOf)])] };
}

function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol");
}

function buffersOf(value: unknown): ArrayBuffer[] {
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
  return buffer instanceof ArrayBuffer ? [buffer] : [];
}
