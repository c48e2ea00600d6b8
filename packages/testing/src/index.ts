/** Test helpers: cancellation at every suspension, and what a program left behind. */
export {};
