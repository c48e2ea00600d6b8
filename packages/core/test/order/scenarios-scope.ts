import {
  any,
  asCompleted,
  BREAK,
  CancelledError,
  type Coroutine,
  coroutine,
  ExceptionGroup,
  FIRST_COMPLETED,
  forEach,
  gather,
  getRunningLoop,
  Lock,
  race,
  Semaphore,
  shield,
  sleep,
  type Task,
  type TaskGroup,
  TimeoutError,
  taskGroup,
  timeout,
  wait,
  waitFor,
} from "yieldfrom";
import { HandSource } from "../interop/hand-source.ts";
import type { Scenario, Stage } from "./explore.ts";

/** Does something that needs a lock and cleaning up, the latter with a wait in it. */
function* work(lock: Lock | Semaphore, ms: number): Coroutine<string> {
  using _held = yield* lock;
  try {
    yield* sleep(ms);
  } finally {
    yield* sleep(0);
  }
  return "worked";
}

function isFree(stage: Stage, lock: Lock | Semaphore): void {
  const free = lock instanceof Lock ? "<Lock unlocked>" : "<Semaphore unlocked value=2>";
  stage.expect(String(lock) === free, () => `left as ${lock}`);
}

/** Two tasks with the same lock, started and awaited by a third as `body` does it. */
function parentAndTwo(
  name: string,
  body: (tasks: [Task<string>, Task<string>], stage: Stage) => Coroutine<unknown>,
  rules: Partial<Scenario> = {},
): Scenario {
  return {
    name,
    cancelled: ["parent", "first", "second"],
    ...rules,
    make(stage) {
      const lock = new Lock();
      stage.spawn("parent", function* () {
        const first = stage.spawn("first", () => work(lock, 1));
        const second = stage.spawn("second", () => work(lock, 1));
        yield* body([first, second], stage);
      });
      return () => isFree(stage, lock);
    },
  };
}

/** A contest of two, nothing of which is left when it is over, however that comes about. */
function contest(name: string, body: (tasks: [Task<string>, Task<string>]) => Coroutine<unknown>): Scenario {
  return parentAndTwo(
    name,
    function* (tasks, stage) {
      try {
        yield* body(tasks);
      } finally {
        for (const task of tasks) stage.expect(task.done(), () => `${task} is left`);
      }
    },
    { errors: [ExceptionGroup] },
  );
}

const contests: readonly Scenario[] = [
  contest("race", (tasks) => race(tasks)),
  contest("any", (tasks) => any(tasks)),
  contest("race that something else wins", (tasks) => race([...tasks, sleep(1, "won")])),
  contest("any that something else wins", (tasks) => any([sleep(1, "won"), ...tasks])),
  contest("race in a timeout", (tasks) => timeout(9, () => race([...tasks, sleep(2, "won")]))),
];

const combining: readonly Scenario[] = [
  parentAndTwo("gather", function* (tasks, stage) {
    try {
      yield* gather(tasks);
    } finally {
      const byParent = stage.wasCut("parent") && stage.cuts.size === 1;
      const asked = tasks.every((task) => task.done() || task.cancelling() > 0);
      stage.expect(!byParent || asked, () => `${tasks.join()} were not all cancelled with their gather`);
    }
  }),
  parentAndTwo("gather with returnExceptions", function* (tasks, stage) {
    const results = yield* gather(tasks, { returnExceptions: true });
    stage.expect(results.length === 2, () => `${results.length} results`);
    for (const [index, result] of results.entries()) {
      const cut = stage.wasCut(tasks[index]!.getName());
      const right = cut ? result instanceof CancelledError : result === "worked";
      stage.expect(right, () => `${tasks[index]!.getName()} gave ${result}`);
    }
    stage.expect(
      tasks.every((task) => task.done()),
      () => "it did not wait for all",
    );
  }),
  parentAndTwo("wait for the first, then cancel and wait for the other", function* (tasks, stage) {
    const [done, pending] = yield* wait(tasks, { returnWhen: FIRST_COMPLETED });
    stage.expect(done.size > 0 && done.size + pending.size === 2, () => `${done.size} done, ${pending.size} pending`);
    for (const task of pending) {
      stage.cut(task.getName());
      yield* wait([task]);
    }
  }),
  ...contests,
  parentAndTwo("asCompleted", function* (tasks, stage) {
    let count = 0;
    for (const next of asCompleted(tasks, { timeout: 50 }).tasks()) {
      stage.expect((yield* next).done(), () => "it gave a task that is not done");
      count++;
    }
    stage.expect(count === 2, () => `it gave ${count}`);
  }),
  parentAndTwo("asCompleted for results, left early", function* (tasks, stage) {
    for (const next of asCompleted(tasks)) {
      stage.expect((yield* next) === "worked", () => "it gave no result");
      break;
    }
    yield* wait(tasks);
  }),
  parentAndTwo("wait with a timeout", function* (tasks, stage) {
    const [done, pending] = yield* wait(tasks, { timeout: 1 });
    stage.expect(done.size + pending.size === 2, () => `${done.size} done, ${pending.size} pending`);
    for (const task of [...done, ...pending]) {
      stage.expect(!done.has(task) || task.done(), () => `${task} is said to be done`);
    }
  }),
  parentAndTwo("shield", function* ([first, second], stage) {
    try {
      yield* shield(first);
      yield* shield(second);
    } finally {
      for (const task of [first, second]) {
        stage.expect(
          stage.wasCut(task.getName()) === task.cancelling() > 0,
          () => `${task} was cancelled through its shield`,
        );
      }
    }
  }),
  parentAndTwo(
    "waitFor a task, then one at once",
    function* ([first, second], stage) {
      for (const [task, ms] of [
        [first, 2],
        [second, 0],
      ] as const) {
        const isDone = task.done();
        try {
          yield* waitFor(task, ms);
          stage.expect(ms > 0 || isDone, () => `${task} was waited for`);
        } catch (error) {
          if (error instanceof TimeoutError) stage.expect(task.cancelled(), () => `${task} ran out of time`);
          throw error;
        }
      }
    },
    { errors: [TimeoutError] },
  ),
];

function withTimeouts(name: string, body: (lock: Lock) => Coroutine<unknown>): Scenario {
  return {
    name,
    errors: [TimeoutError],
    make(stage) {
      const lock = new Lock();
      for (const task of ["a", "b"]) {
        stage.spawn(task, function* () {
          yield* body(lock);
        });
      }
      return () => isFree(stage, lock);
    },
  };
}

const timeouts: readonly Scenario[] = [
  withTimeouts("timeout of a body that cleans up", (lock) => timeout(2, () => work(lock, 2))),
  withTimeouts("timeout caught, then more work", function* (lock) {
    try {
      yield* timeout(1, () => work(lock, 3));
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    }
    yield* work(lock, 1);
  }),
  withTimeouts("timeouts nested, with the same deadline", (lock) =>
    timeout(2, () => timeout(2, () => timeout(3, () => work(lock, 3)))),
  ),
  withTimeouts("timeout moved from within", (lock) =>
    timeout(1, function* (scope) {
      scope.reschedule(3);
      yield* work(lock, 1);
      scope.reschedule(null);
      yield* sleep(1);
    }),
  ),
];

/** A group whose children, and what they may have held, are gone when it is left, however it is left. */
function group(
  name: string,
  body: (group: TaskGroup, stage: Stage, semaphore: Semaphore) => Coroutine<unknown>,
  rules: Partial<Scenario> = {},
): Scenario {
  return {
    name,
    cancelled: ["first", "second", "inner", "deep"],
    ...rules,
    make(stage) {
      const semaphore = new Semaphore(2);
      stage.spawn("parent", function* () {
        let children: Task<unknown>[] = [];
        try {
          yield* taskGroup(function* (it) {
            try {
              yield* body(it, stage, semaphore);
            } finally {
              children = [...stage.tasks.values()].filter((task) => task.getName() !== "parent");
            }
          });
        } finally {
          for (const child of children) stage.expect(child.done(), () => `${child} outlives its group`);
        }
        yield* sleep(0);
      });
      return () => isFree(stage, semaphore);
    },
  };
}

const groups: readonly Scenario[] = [
  group("group of two", function* (it, stage, semaphore) {
    stage.watch("first", it.createTask(work(semaphore, 1), { name: "first" }));
    stage.watch("second", it.createTask(work(semaphore, 2), { name: "second" }));
    yield* sleep(1);
  }),
  group(
    "group with a child that fails",
    function* (it, stage, semaphore) {
      const first = stage.watch("first", it.createTask(work(semaphore, 3), { name: "first" }));
      it.createTask(
        (function* () {
          yield* sleep(1);
          throw new RangeError("child");
        })(),
      );
      try {
        yield* work(semaphore, 5);
      } finally {
        const asked = stage.cuts.size > 0 || first.cancelling() > 0;
        stage.expect(asked, () => `${first} was not cancelled with its group`);
      }
    },
    { errors: [ExceptionGroup], replaces: true },
  ),
  group(
    "group whose body fails",
    function* (it, stage, semaphore) {
      stage.watch("first", it.createTask(work(semaphore, 3), { name: "first" }));
      yield* sleep(0);
      throw new RangeError("body");
    },
    { errors: [ExceptionGroup], replaces: true },
  ),
  group(
    "group in a timeout in a group",
    function* (it, stage, semaphore) {
      const inner = function* () {
        yield* timeout(2, () =>
          taskGroup(function* (deep) {
            stage.watch("deep", deep.createTask(work(semaphore, 3), { name: "deep" }));
            yield* sleep(1);
          }),
        );
      };
      stage.watch("inner", it.createTask(inner(), { name: "inner" }));
      yield* work(semaphore, 1);
    },
    { errors: [ExceptionGroup, TimeoutError], replaces: true },
  ),
  group("group stopped by its body", function* (it, stage, semaphore) {
    stage.watch("first", it.createTask(work(semaphore, 3), { name: "first" }));
    yield* sleep(1);
    it.cancel();
    yield* work(semaphore, 2);
  }),
  group("group stopped by a child while the body cleans up", function* (it, stage, semaphore) {
    const stopper = function* () {
      yield* work(semaphore, 1);
      it.cancel();
      yield* sleep(0);
    };
    stage.watch("first", it.createTask(stopper(), { name: "first" }));
    stage.watch("second", it.createTask(work(semaphore, 3), { name: "second" }));
    yield* work(semaphore, 2);
  }),
  group("group stopped from outside when its body has ended", function* (it, stage, semaphore) {
    stage.watch("first", it.createTask(work(semaphore, 3), { name: "first" }));
    stage.assist(function* () {
      yield* sleep(1);
      it.cancel();
    });
    yield* sleep(0);
  }),
];

/** Every level is left as often as it is entered, whichever of the levels `coroutine()` made. */
const deep: Scenario = {
  name: "coroutine() and plain generators in turns",
  make(stage) {
    let inside = 0;
    const level = function* (depth: number): Coroutine<void> {
      inside++;
      try {
        yield* sleep(0);
        if (depth > 0) yield* depth % 3 === 0 ? level(depth - 1) : wrapped(depth - 1);
        yield* sleep(0);
      } finally {
        try {
          yield* sleep(0);
        } finally {
          inside--;
        }
      }
    };
    const wrapped = coroutine(level);
    stage.spawn("a", () => wrapped(4));
    stage.spawn("b", () => level(3));
    return () => stage.expect(inside === 0, () => `${inside} levels were never left`);
  },
};

/** A source that is closed, or asked to close, however its way is left. */
function walk(name: string, body: (source: HandSource, lock: Lock) => Coroutine<void>): Scenario {
  return {
    name,
    make(stage) {
      const lock = new Lock();
      const sources: HandSource[] = [];
      for (const task of ["a", "b"]) {
        stage.spawn(task, function* () {
          const source = new HandSource(2);
          sources.push(source);
          yield* body(source, lock);
        });
      }
      return () => {
        isFree(stage, lock);
        stage.expect(getRunningLoop()._openIterators.size === 0, () => "an iterator is left open");
        for (const { log, hasEnded } of sources) {
          const closed = log.filter((line) => line === "closed").length;
          // Cancelled while it waits for what turns out to be the end, it has been asked to close already.
          const right = closed === 1 || (hasEnded && closed === 0);
          stage.expect(right, () => `${hasEnded ? "ended" : "left"}: ${log}`);
        }
      };
    },
  };
}

const walks: readonly Scenario[] = [
  walk("forEach whose body waits", (source, lock) => forEach(source, () => work(lock, 1))),
  walk("forEach that is left", (source) => forEach(source, () => sleep(1, BREAK))),
];

export const scopeScenarios: readonly Scenario[] = [...combining, ...timeouts, ...groups, ...walks, deep];
