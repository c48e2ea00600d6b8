import { rawStack } from "../traceback.ts";
import type { Suspension } from "../types.ts";
import { AWAITED } from "./suspend.ts";

/**
 * Asks a suspended coroutine where it stands, without waking it.
 *
 * Thrown into the outermost generator, PROBE is passed on by every `yield*` to what it stands on, down to the awaitable
 * at the bottom, as a CancelledError is. That one does not throw it but says AWAITED again, as if it were still waited
 * for; which every `yield*` passes up, and all are suspended exactly as before: no `catch` or `finally` has run.
 * But while the answer is made all the generators are on the native stack, each at its line. Whatever answers takes
 * down the stack at that moment.
 *
 * The one thing to be known to all who implement an awaitable: their `throw` must answer PROBE by `answerProbe()`, or pass
 * it on to an awaitable that does. Whose iterator has no such `throw` is woken by it.
 */
export const PROBE: Error = Object.freeze(new Error("where does this coroutine wait?"));

/** The answer to the last probe: the native stack as it was at the bottom; null if nobody answered. */
export const probed: { stack: string | null } = { stack: null };

/** To be returned by the `throw` of an awaitable that is given PROBE. */
export function answerProbe(): IteratorYieldResult<Suspension> {
  probed.stack = rawStack(Number.POSITIVE_INFINITY);
  return AWAITED;
}
