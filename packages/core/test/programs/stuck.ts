/** Comes to a standstill in the way named by the argument, and if the next one says so awaits it at the top level. */
import { coroutine, createTask, Future, run, sleep, type Task } from "yieldfrom";

const forever = coroutine(function* forever() {
  yield* new Future();
});

const ways: Record<string, () => unknown> = {
  "beside another run": () =>
    Promise.all([
      run(function* () {
        yield* sleep(3);
        console.log("the other ended");
      }),
      run(function* () {
        yield* sleep(1);
        yield* createTask(forever(), { name: "stuck" });
      }),
    ]),

  "not awaited"() {
    run(forever);
  },

  "in a cycle": () =>
    run(function* () {
      const tasks: Task<unknown>[] = [];
      for (const i of [0, 1]) {
        tasks.push(
          createTask(
            (function* () {
              yield* sleep(0);
              yield* tasks[1 - i]!;
            })(),
            { name: `knot${i}` },
          ),
        );
      }
      yield* tasks[0]!;
    }),

  "in an infinite sleep": () =>
    run(function* () {
      yield* sleep(Number.POSITIVE_INFINITY);
    }),

  async "refusing to be cancelled"() {
    const result = await run(function* () {
      createTask(
        (function* () {
          try {
            yield* sleep(100_000);
          } catch {}
          yield* forever();
        })(),
        { name: "stubborn" },
      );
      yield* sleep(1);
      return "outcome";
    });
    console.log(result);
  },
};

const ended = ways[process.argv[2] as string]!();
if (process.argv[3] === "awaited") await ended;
