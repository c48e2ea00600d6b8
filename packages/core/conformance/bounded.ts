/** Ending a computation that never would by itself. */
import { createContext, Script } from "node:vm";

const script = new Script("run()");
const sandbox = { run: (): unknown => undefined };
const context = createContext(sandbox);

/** Thrown when the time is over. What the computation was in the middle of stays half done. */
export class StillRunning extends Error {}

/**
 * Runs a synchronous function that may be stuck in a loop: after `ms` milliseconds it is broken off and
 * StillRunning thrown. Otherwise its result, or what it throws.
 */
export function bounded<T>(fn: () => T, ms: number): T {
  sandbox.run = fn;
  try {
    return script.runInContext(context, { timeout: ms }) as T;
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    throw new StillRunning(`still running after ${ms} ms`);
  }
}
