/** Helpers for tests: a cancellation at every point where a task waits, and what a program has left open. */
export { type CancelEverywhereOptions, cancelEverywhere } from "./cancel-everywhere.ts";
export { activeResources, leftovers } from "./leftovers.ts";
