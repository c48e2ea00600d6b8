import {
  CancelledError,
  type Coroutine,
  createTask,
  getRunningLoop,
  sleep,
  type Task,
  VirtualEventLoop,
} from "yieldfrom";
import { Ledger } from "./ledger.ts";

/** Virtual milliseconds in which whatever can go on has gone on. */
const LONG = 1000;

/** What one task does, one after the other. Durations are 0 to 3 ms; `limit` puts a timeout around the waiting. */
export type Op =
  | { readonly op: "sleep"; readonly ms: number }
  | { readonly op: "cancel"; readonly task: number }
  | {
      readonly op: "lock" | "semaphore" | "both";
      readonly form: "using" | "acquire" | "waitFor";
      readonly ms: number;
      readonly limit: number | null;
      readonly throws: boolean;
    }
  | { readonly op: "put" | "get"; readonly limit: number | null }
  | { readonly op: "putNowait" | "getNowait" };

export interface Script {
  readonly permits: number;
  readonly maxSize: number;
  /** `stubborn` tasks go on with their next op when they are cancelled. */
  readonly tasks: readonly { readonly stubborn: boolean; readonly ops: readonly Op[] }[];
}

type Kind = Exclude<Op["op"], "putNowait" | "getNowait"> | "now";
/** Scripts about one thing find more in it, mixed ones what happens between things. */
const PLACES = ["sleep", "cancel", "lock", "lock", "semaphore", "semaphore", "both"] satisfies Kind[];
const ITEMS = ["sleep", "cancel", "put", "get", "get", "now"] satisfies Kind[];

/** A script of two to five tasks with up to six ops each. */
export function randomScript(below: (bound: number) => number): Script {
  const count = 2 + below(4);
  const pick = <T>(...choices: readonly T[]): T => choices[below(choices.length)] as T;
  const limit = () => (below(3) === 0 ? below(4) : null);
  const kinds = pick<readonly Kind[]>(PLACES, ITEMS, [...PLACES, ...ITEMS]);
  const op = (): Op => {
    const kind = pick(...kinds);
    switch (kind) {
      case "sleep":
        return { op: kind, ms: below(4) };
      case "cancel":
        return { op: kind, task: below(count) };
      case "put":
      case "get":
        return { op: kind, limit: limit() };
      case "now":
        return { op: pick("putNowait", "getNowait") };
      default: {
        const form = pick("using", "acquire", "waitFor");
        return { op: kind, form, ms: below(4), limit: limit(), throws: below(6) === 0 };
      }
    }
  };
  const tasks = Array.from({ length: count }, () => ({
    stubborn: below(4) === 0,
    ops: Array.from({ length: 1 + below(6) }, op),
  }));
  return { permits: 1 + below(3), maxSize: below(3), tasks };
}

/** Runs a script and gives what was wrong with it. */
export function perform(script: Script, trace?: (line: string) => void): readonly string[] {
  const loop = new VirtualEventLoop();
  const ledger = new Ledger(script.permits, script.maxSize);
  loop.setExceptionHandler((_, { message, exception }) => ledger.wrong(`report: ${message} ${exception ?? ""}`));
  const tasks: Task<void>[] = [];

  function* actor(me: number): Coroutine<void> {
    const { ops, stubborn } = script.tasks[me]!;
    for (const op of ops) {
      trace?.(`${loop.time()} ms, task ${me}: ${JSON.stringify(op)}`);
      try {
        yield* one(me, op);
      } catch (error) {
        trace?.(`${loop.time()} ms, task ${me}: ${error}`);
        if (error instanceof CancelledError) {
          if (!stubborn) throw error;
          ledger.heard(me);
        } else if (!ledger.expects(error)) throw error;
      }
    }
  }

  function* one(me: number, op: Op): Coroutine<void> {
    if (op.op === "sleep") yield* sleep(op.ms);
    else if (op.op === "cancel") {
      if (tasks[op.task]?.cancel()) ledger.excuse(op.task, op.task === me);
    } else if (op.op === "put") yield* ledger.put(me, op.limit);
    else if (op.op === "get") yield* ledger.get(me, op.limit);
    else if (op.op === "putNowait") ledger.putNowait();
    else if ("form" in op) yield* ledger.hold(me, op);
    else ledger.getNowait();
  }

  function* director(): Coroutine<void> {
    for (let me = 0; me < script.tasks.length; me++) tasks.push(createTask(actor(me), { name: `${me}` }));
    yield* sleep(LONG);
    for (let round = 0; tasks.some((task) => !task.done()); round++) {
      if (round > 20) return ledger.wrong("a task can't be stopped");
      ledger.checkWhoWaits(tasks);
      for (const [me, task] of tasks.entries()) if (task.cancel()) ledger.excuse(me, false);
      yield* sleep(LONG);
    }
    for (const task of tasks) if (!task.cancelled() && task.exception() !== null) ledger.wrong(`${task}`);
    yield* ledger.checkEnd();
    if (getRunningLoop()._timers.peek() !== undefined) ledger.wrong("a timer is left");
    if (loop._pendingTasks().length > 1) ledger.wrong("a task is left");
  }

  try {
    loop.runUntilComplete(director());
  } catch (error) {
    ledger.wrong(`the run failed: ${error}`);
  }
  loop.close();
  return ledger.problems;
}
