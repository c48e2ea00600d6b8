/** Makes requests to argv[2], and prints what is left after each way to end a session. */
import { createTask, gather, run, sleep } from "yieldfrom";
import { ClientSession } from "../src/index.ts";

const origin = process.argv[2] ?? "";

function* get(session: ClientSession, path: string) {
  const response = yield* session.get(origin + path);
  return yield* response.text();
}

/** Three requests that are done, and one that never will be by itself. */
function* busySession() {
  const session = new ClientSession({ timeout: { sockRead: 60_000, connect: 60_000 } });
  yield* gather([get(session, "/1"), get(session, "/2"), get(session, "/3")]);
  const endless = createTask(get(session, "/half"));
  yield* sleep(20);
  if (endless.done()) throw new Error("the request should be under way");
  return { session, endless };
}

function report(what: string): void {
  // Pipes are the streams that this process prints to.
  const left = process.getActiveResourcesInfo().filter((name) => name !== "PipeWrap");
  console.log(`${what}: ${left}`);
}

await run(function* () {
  const { session, endless } = yield* busySession();
  yield* session.close();
  yield* gather([endless], { returnExceptions: true });
});
report("closed");

await run(function* () {
  const { session, endless } = yield* busySession();
  session[Symbol.dispose]();
  yield* gather([endless], { returnExceptions: true });
  yield* sleep(5);
});
report("disposed of");

await run(function* () {
  const { session, endless } = yield* busySession();
  endless.cancel();
  yield* gather([endless], { returnExceptions: true });
  yield* session.close();
});
report("cancelled");

// Its idle connections are left open, and the process ends all the same.
await run(function* () {
  const { endless } = yield* busySession();
  endless.cancel();
});
