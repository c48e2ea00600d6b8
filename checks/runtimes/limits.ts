/** Milliseconds without a word from a runtime, after which it is ended. Longer than a test may wait (guest/test.ts). */
export const SILENCE = 60_000;
