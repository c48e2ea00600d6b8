/** Jobs with context variables; apart, as they load the event loop. */
import { run, sleep } from "yieldfrom";
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
