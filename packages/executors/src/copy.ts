/**
 * What can be copied to another thread, and the copies. Arguments are copied when a job is submitted, not when it starts: a job that waits in
 * the queue must not see what the caller does to its buffer meanwhile. The copy has no other holder, so the large
 * parts of it are then moved, not copied again.
 */

export interface Copied<T> {
  readonly copy: T;
  /** Buffers inside `copy` that may be transferred. */
  readonly moves: ArrayBuffer[];
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
 * Throws the platform's DataCloneError when `value` can't be cloned. What surely can be is not tried: the attempt
 * copies it.
 */
export function mustBeCloneable(value: unknown): void {
  if (!isPrimitive(value) && !isWholeBuffer(value)) structuredClone(value);
}

function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol");
}

function isWholeBuffer(value: unknown): boolean {
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
  return buffer instanceof ArrayBuffer && !buffer.detached;
}

function buffersOf(value: unknown): ArrayBuffer[] {
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
  return buffer instanceof ArrayBuffer ? [buffer] : [];
}
