/** Jobs with context variables; apart, as they load the event loop. */
import { run, sleep } from "yieldfrom";
import { jobSignal } from "../../src/worker.ts";
import { arrive } from "./jobs.ts";
import { requestId, user } from "./request-id.ts";

/** The context variables, at once, after an await, in a coroutine. */
export async function readContext(): Promise<(string | undefined)[]> {
  const seen = [requestId.get("none"), user.get({ name: "nobody" }).name];
  await new Promise((resolve) => setTimeout(resolve, 1));
  seen.push(requestId.get("none"));
  const inCoroutine = await run(function* () {
    yield* sleep(0);
    return requestId.get("none");
  });
  return [...seen, inCoroutine];
}

export function changeContext(): void {
  requestId.set("changed");
}

/** A coroutine that ends with its job. */
export function sleepLong(gate: string, name: string): Promise<void> {
  return run(
    function* () {
      arrive(gate, name);
      try {
        yield* sleep(1_000_000);
      } finally {
        arrive(gate, `${name} ended`);
      }
    },
    { signal: jobSignal() },
  );
}
