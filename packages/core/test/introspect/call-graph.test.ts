import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Awaitable,
  type Coroutine,
  captureCallGraph,
  coroutine,
  createTask,
  currentTask,
  FrameCallGraphEntry,
  Future,
  FutureCallGraph,
  formatCallGraph,
  futureAddToAwaitedBy,
  futureDiscardFromAwaitedBy,
  gather,
  getRunningLoop,
  printCallGraph,
  shield,
  sleep,
  type Task,
  taskGroup,
  wait,
  waitFor,
} from "yieldfrom";
import { virtual } from "../helpers.ts";

const leaf = coroutine(function* leaf(): Coroutine<void> {
  yield* sleep(10);
});

/** A graph as nested names: a task with its functions, then who awaits it. */
type Shape = [what: string, by: Shape[]];

function shape(graph: FutureCallGraph): Shape {
  const { future, callStack, awaitedBy } = graph;
  const name = "getName" in future ? (future as Task).getName() : future.constructor.name;
  const stack = callStack.map(({ frame }) => frame.fn || "?").join("<");
  return [stack === "" ? name : `${name}: ${stack}`, awaitedBy.map(shape)];
}

function capture(future: Future<unknown>): Shape {
  return shape(captureCallGraph(future) as FutureCallGraph);
}

/** Runs `main` as a task called main, with a task called leaf that sleeps; gives the leaf's graph while main waits. */
function graphOf(main: (task: Task<void>) => Awaitable<unknown>): Shape {
  return virtual(function* () {
    const task = createTask(leaf(), { name: "leaf" });
    const waiting = createTask(
      (function* main_() {
        yield* main(task);
      })(),
      { name: "main" },
    );
    yield* sleep(1);
    const graph = capture(task);
    yield* waiting;
    return graph;
  });
}

test("a task awaited by a task", () => {
  assert.deepEqual(
    graphOf((task) => task),
    ["leaf: leaf", [["main: main_", []]]],
  );
});

test("by a gather, which is a future of its own, and whose awaiter follows", () => {
  assert.deepEqual(
    graphOf((task) => gather([task, sleep(5)])),
    ["leaf: leaf", [["Gathering", [["main: main_", []]]]]],
  );
});

test("by wait(), in the task that called it", () => {
  assert.deepEqual(
    graphOf((task) => wait([task])),
    ["leaf: leaf", [["main: wait<main_", []]]],
  );
});

test("by a shield", () => {
  assert.deepEqual(
    graphOf((task) => shield(task)),
    ["leaf: leaf", [["Joining", [["main: main_", []]]]]],
  );
});

test("by waitFor, in the task that called it", () => {
  assert.deepEqual(
    graphOf((task) => waitFor(task, 100)),
    ["leaf: leaf", [["main: timeout<waitFor<main_", []]]],
  );
});

test("the tasks of a group are awaited by its parent from their start", () => {
  virtual(function* () {
    yield* taskGroup(function* body(group) {
      const task = group.createTask(leaf(), { name: "leaf" });
      yield* sleep(1);
      const [what, by] = capture(task);
      assert.equal(what, "leaf: leaf");
      assert.equal(by.length, 1);
      assert.match(by[0]![0], /^Task-\d+: capture<body<taskGroup</);
    });
  });
});

test("several wait for one, in the order they came; callbacks of no one are no edges", () => {
  virtual(function* () {
    const task = createTask(leaf(), { name: "leaf" });
    task.addDoneCallback(() => {});
    const waiting = ["a", "b"].map((name) => createTask(awaits(task), { name }));
    yield* sleep(1);
    assert.deepEqual(capture(task), [
      "leaf: leaf",
      [
        ["a: awaits", []],
        ["b: awaits", []],
      ],
    ]);
    yield* gather(waiting);
    assert.deepEqual(capture(task), ["leaf", []], "done");
  });
});

function* awaits(future: Future<unknown>): Coroutine<void> {
  yield* future;
}

test("tasks that wait for each other in a circle are each shown once", () => {
  virtual(function* () {
    const tasks: Task<void>[] = [];
    for (const i of [0, 1]) {
      tasks.push(
        createTask(
          (function* () {
            yield* tasks[1 - i]!;
          })(),
          { name: `knot${i}` },
        ),
      );
    }
    yield* sleep(1);
    assert.deepEqual(capture(tasks[0]!), ["knot0: ?", [["knot1: ?", []]]]);
    tasks[0]!.cancel();
    yield* wait(tasks);
  });
});

test("what many ways lead to is one graph, shown whole at the first of them", () => {
  virtual(function* () {
    const first = createTask(sleep(1), { name: "first" });
    let layer: Future<unknown>[] = [first];
    for (let depth = 1; depth <= 40; depth++) {
      const below = layer;
      const names = [`a${depth}`, `b${depth}`];
      layer = names.map((name) => createTask(awaits(gather(below, { returnExceptions: true })), { name }));
      yield* sleep(0);
    }
    let graph = captureCallGraph(first)!;
    for (let depth = 1; depth <= 40; depth++) {
      const [left, right] = graph.awaitedBy.map((gathering) => gathering.awaitedBy[0]!);
      assert.equal((left!.future as Task).getName(), `a${depth}`);
      assert.equal((right!.future as Task).getName(), `b${depth}`);
      graph = left!;
    }
    const text = formatCallGraph(first);
    assert.equal(text.match(/name='a40'\)$/gm)?.length, 1);
    assert.equal(text.match(/name='a39'\)$/gm)?.length, 1);
    assert.equal(text.match(/\* <Gathering pending> \(shown above\)$/gm)?.length, 78);
    yield* gather(layer);
  });
});

test("edges can be added and taken back by hand", () => {
  virtual(function* () {
    const [future, waiter] = [new Future(), new Future()];
    futureAddToAwaitedBy(future, waiter);
    futureAddToAwaitedBy(future, waiter);
    futureAddToAwaitedBy(future, currentTask()!);
    assert.equal(captureCallGraph(future)!.awaitedBy.length, 2);
    futureDiscardFromAwaitedBy(future, currentTask()!);
    futureDiscardFromAwaitedBy(waiter, future);
    assert.deepEqual(
      captureCallGraph(future)!.awaitedBy.map((graph) => graph.future),
      [waiter],
    );
    yield* sleep(0);
  });
});

test("without a future it is the running task's, from the caller on; depth leaves frames out", () => {
  virtual(function* () {
    const inner = coroutine(function* inner() {
      yield* sleep(0);
      return [captureCallGraph(), captureCallGraph(null, { depth: 2 }), captureCallGraph(currentTask(), { depth: 0 })];
    });
    const task = createTask(
      (function* outer() {
        return yield* inner();
      })(),
    );
    const [graph, less, more] = yield* task;
    const names = (of: typeof graph) => of!.callStack.map(({ frame }) => frame.fn);
    assert.equal(graph!.future, task);
    assert.deepEqual(names(graph), ["inner", "outer"]);
    assert.deepEqual(names(less), ["outer"]);
    assert.deepEqual(names(more), ["inner", "outer"]);
    assert.ok(graph instanceof FutureCallGraph);
    assert.ok(graph.callStack[0] instanceof FrameCallGraphEntry);
    assert.match(String(graph.callStack[0]), /^inner \(.*call-graph\.test\.ts:\d+:\d+\)$/);
  });
});

test("a positive limit keeps the outermost frames, a negative one the innermost, 0 none", () => {
  virtual(function* () {
    const chain: (n: number) => Coroutine<void> = coroutine(function* chain(n: number): Coroutine<void> {
      if (n === 0) yield* sleep(10);
      else yield* chain(n - 1);
    });
    const task = createTask(chain(3));
    yield* sleep(1);
    const lines = (limit: number | null) => captureCallGraph(task, { limit })!.callStack.map(({ frame }) => frame.line);
    const [, outer] = [lines(-1), lines(null)];
    assert.equal(outer.length, 4);
    assert.deepEqual(lines(1), outer.slice(3));
    assert.deepEqual(lines(-1), outer.slice(0, 1));
    assert.deepEqual(lines(0), []);
    yield* task;
  });
});

test("in a plain callback there is no graph; without a loop it is an error; a wrong future is named", () => {
  virtual(function* () {
    const seen: unknown[] = [];
    getRunningLoop().callSoon(() => seen.push(captureCallGraph(), formatCallGraph()));
    yield* sleep(1);
    assert.deepEqual(seen, [null, ""]);
    assert.throws(() => captureCallGraph("x" as never), {
      name: "TypeError",
      message: 'Expected `future` to be a Future or a Task, got "x"',
    });
  });
  assert.throws(() => captureCallGraph(), { name: "RuntimeError", message: /outside of a running event loop/ });
});

test("it is printed as an indented text", () => {
  virtual(function* () {
    const task = createTask(leaf(), { name: "leaf" });
    const main = createTask(awaits(gather([task])), { name: "main" });
    yield* sleep(1);
    let text = "";
    printCallGraph(task, {
      write: (part) => {
        text += part;
      },
    });
    assert.equal(text, `${formatCallGraph(task)}\n`);
    assert.deepEqual(text.replace(/ \(.*?\/call-graph\.test\.ts:\d+:\d+\)/g, " (…)").split("\n"), [
      "* Task(name='leaf')",
      "  + Call stack:",
      "  |   leaf (…)",
      "  + Awaited by:",
      "     * <Gathering pending>",
      "       + Awaited by:",
      "          * Task(name='main')",
      "            + Call stack:",
      "            |   awaits (…)",
      "",
    ]);
    yield* main;
  });
});
