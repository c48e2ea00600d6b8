/** Prints, as JSON, what reaches the exception handler of a loop because something was collected. Needs --expose-gc. */
import { type Coroutine, coroutine, createTask, Future, from, gather, HostEventLoop, run, sleep } from "yieldfrom";

const collect = (globalThis as unknown as { gc: () => void }).gc;

const work = coroutine(function* work() {
  yield* sleep(1);
});

const fails = coroutine(function* fails() {
  yield* sleep(0);
  throw new Error("broken");
});

/** Two collections, each with a turn of the host in which finalizers run. */
function* collected() {
  for (let i = 0; i < 2; i++) {
    collect();
    for (let turn = 0; turn < 2; turn++) yield* from(new Promise((resolve) => setImmediate(resolve)));
  }
}

/** Each in a coroutine of its own, so that nothing keeps what it made once it has ended. */
const scenes: Record<string, () => Coroutine<void>> = {
  *"failed task"() {
    createTask(fails(), { name: "lost" });
    yield* sleep(1);
  },
  *"failed future"() {
    new Future().setException(new Error("broken"));
    yield* sleep(0);
  },
  *"failed task, read"() {
    const task = createTask(fails());
    yield* sleep(1);
    task.exception();
  },
  *"failed task, awaited"() {
    try {
      yield* createTask(fails());
    } catch {}
  },
  *"failed task, by then"() {
    createTask(fails()).catch(() => {});
    yield* sleep(1);
  },
  *"failed tasks, gathered"() {
    try {
      yield* gather([fails(), fails()]);
    } catch {}
    yield* sleep(1);
  },
  *"forgotten coroutine"() {
    work();
    yield* sleep(0);
  },
  *"forgotten sleep"() {
    sleep(5);
    yield* sleep(0);
  },
  *"coroutine awaited at once"() {
    yield* work();
  },
  *"coroutine stored and awaited later"() {
    const stored = [work(), sleep(1)] as const;
    yield* sleep(3);
    yield* stored[0];
    yield* stored[1];
  },
  *"coroutine stored and given to createTask later"() {
    const stored = work();
    yield* sleep(3);
    yield* createTask(stored);
  },
  *"coroutine given to createTask and cancelled"() {
    createTask(work()).cancel();
    yield* sleep(1);
  },
};

const told: Record<string, { before: string[]; atClose: string[] }> = {};
for (const [name, scene] of Object.entries(scenes)) {
  const [before, atClose]: [string[], string[]] = [[], []];
  let heard = before;
  const loop = new HostEventLoop();
  loop.setExceptionHandler((_, { message }) => heard.push(message));
  await run(
    function* () {
      yield* scene();
      yield* collected();
      heard = atClose;
    },
    { loop },
  );
  told[name] = { before, atClose };
}

function forget(): void {
  work();
}

// Made outside of any loop: there is only the host to tell, and only after some loop has run.
forget();
await run(collected);
await run(collected);

console.log(JSON.stringify(told));
