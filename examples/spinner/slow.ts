/** Blocks its thread for so many seconds, as a long computation would. It must not run in the main thread. */
export function slowFunction(seconds: number): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
  return 42;
}
