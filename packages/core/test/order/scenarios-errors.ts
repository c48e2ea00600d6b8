import {
  asCompleted,
  type Coroutine,
  createTask,
  ExceptionGroup,
  FIRST_EXCEPTION,
  gather,
  shield,
  sleep,
  type Task,
  taskGroup,
  wait,
} from "yieldfrom";
import type { Scenario, Stage } from "./explore.ts";

function* failing(ms: number): Coroutine<never> {
  yield* sleep(ms);
  throw new RangeError(`after ${ms} ms`);
}

/** The errors that tasks of the scenario have failed with. */
function failures(tasks: readonly Task<unknown>[]): unknown[] {
  return tasks.filter((task) => task.done() && !task.cancelled()).map((task) => task.exception());
}

function same(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((error) => other.includes(error));
}

function parentOfFailing(
  name: string,
  body: (tasks: [Task<never>, Task<never>], stage: Stage) => Coroutine<unknown>,
  rules: Partial<Scenario> = {},
): Scenario {
  return {
    name,
    errors: [RangeError],
    cancelled: ["parent", "first", "second"],
    ...rules,
    make(stage) {
      stage.spawn("parent", function* () {
        yield* body([stage.spawn("first", () => failing(1)), stage.spawn("second", () => failing(2))], stage);
      });
      return () => {};
    },
  };
}

/** No error is lost: each comes out once where it must. */
export const errorScenarios: readonly Scenario[] = [
  {
    name: "group with two children that fail: all their errors come out",
    errors: [RangeError, ExceptionGroup],
    cancelled: ["first", "second", "third"],
    replaces: true,
    make(stage) {
      stage.spawn("parent", function* () {
        const tasks: Task<unknown>[] = [];
        let thrown: readonly unknown[] = [];
        try {
          yield* taskGroup(function* (group) {
            for (const [name, ms] of [
              ["first", 1],
              ["second", 1],
              ["third", 2],
            ] as const) {
              tasks.push(stage.watch(name, group.createTask(failing(ms), { name })));
            }
            yield* sleep(3);
          });
        } catch (error) {
          thrown = error instanceof ExceptionGroup ? error.errors : [];
          throw error;
        } finally {
          const failed = failures(tasks);
          stage.expect(same(failed, thrown), () => `failed by ${failed}, thrown were ${thrown}`);
        }
      });
      return () => {};
    },
  },
  parentOfFailing("asCompleted of two that fail: each error comes once", function* (tasks, stage) {
    const thrown: unknown[] = [];
    for (const next of asCompleted(tasks).tasks()) {
      const task = yield* next;
      if (!task.cancelled()) thrown.push(task.exception());
    }
    stage.expect(same(failures(tasks), thrown), () => `failed by ${failures(tasks)}, given were ${thrown}`);
  }),
  parentOfFailing("gather of two that fail, with returnExceptions", function* (tasks, stage) {
    const results = yield* gather(tasks, { returnExceptions: true });
    const thrown = results.filter((result) => (result as unknown) instanceof RangeError);
    stage.expect(same(failures(tasks), thrown), () => `failed by ${failures(tasks)}, given were ${thrown}`);
  }),
  parentOfFailing(
    "gather of two that fail: the first error is thrown",
    function* (tasks, stage) {
      try {
        yield* gather(tasks);
      } catch (error) {
        const [first] = failures(tasks);
        const right = error === first || stage.cuts.size > 0;
        stage.expect(right, () => `failed by ${first}, thrown was ${error}`);
        throw error;
      }
    },
    { replaces: true },
  ),
  parentOfFailing("wait until one fails", function* ([first, second], stage) {
    const third = createTask(sleep(20));
    try {
      const [done, pending] = yield* wait([first, second, third], { returnWhen: FIRST_EXCEPTION });
      const right = pending.has(third) || [first, second].every((task) => task.cancelled());
      stage.expect(right, () => `it returned with ${[...done].join()}`);
    } finally {
      third.cancel();
    }
  }),
  {
    name: "shield of a task that fails after its shield was cancelled",
    errors: [RangeError],
    cancelled: ["parent", "inner"],
    make(stage) {
      stage.mayReport = (exception) => exception instanceof RangeError;
      let late = false;
      const parent = stage.spawn("parent", function* () {
        const inner = stage.spawn("inner", function* () {
          try {
            yield* failing(2);
          } finally {
            late = parent.done();
          }
        });
        yield* shield(inner);
      });
      return () => {
        const inner = stage.tasks.get("inner");
        const failed = inner !== undefined && !inner.cancelled();
        const seen = parent.cancelled() ? 0 : 1;
        const told = seen + stage.reports.length;
        const right = failed && (late || seen === 1) ? told === 1 : told <= 1;
        stage.expect(right, () => `inner ${inner}, parent ${parent}, ${stage.reports.length} reports`);
      };
    },
  },
];
