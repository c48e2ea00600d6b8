import { DeadlockError } from "../errors.ts";
import type { Future } from "../future.ts";
import { stackOf } from "../task/stack.ts";
import type { Task } from "../task/task.ts";
import { named } from "../task/why.ts";
import { formatPlace } from "../traceback.ts";

/** Tasks named in the report. */
const MOST_TASKS = 50;
/** Lines of each one's stack, and of those who hold what it waits for. */
const MOST_LINES = 6;
/** Circles shown; of tasks that wait for a semaphore which many hold there are as many as pairs. */
const MOST_CIRCLES = 6;

/**
 * The report of a standstill: each pending task, the line where it waits, for what, and who holds that; then the circles
 * in which they wait for each other, which are the cause if there are any.
 */
export function deadlockError(main: Future<unknown> | null, pending: Iterable<Task<unknown>>): DeadlockError {
  const tasks = [...pending];
  const what = main === null ? "the loop" : `main (${main._title()})`;
  const lines = [
    `nothing can ever run again, and ${what} is not done: no callback is ready, no timer is set, nothing is under way outside`,
  ];
  if (tasks.length === 0) lines.push("no task is pending");
  else lines.push("pending tasks and what they wait for:");
  for (const task of tasks.slice(0, MOST_TASKS)) lines.push(`  ${task}`, ...details(task));
  lines.push(...more("  ", tasks.length - MOST_TASKS));
  for (const circle of circles(tasks)) {
    const names = circle.slice(0, MOST_TASKS).map((task) => named(task._name));
    names.push(...more("", circle.length - MOST_TASKS), named(circle[0]!._name));
    lines.push(`they wait in a circle: ${names.join(" -> ")}`);
  }
  return new DeadlockError(lines.join("\n"));
}

function more(indent: string, count: number): string[] {
  return count > 0 ? [`${indent}and ${count} more`] : [];
}

function details(task: Task<unknown>): string[] {
  const stack = stackOf(task);
  const holders = task._awaiting?._holders() ?? [];
  return [
    ...stack.slice(0, MOST_LINES).map((place) => `    at ${formatPlace(place)}`),
    ...more("    ", stack.length - MOST_LINES),
    ...holders.slice(0, MOST_LINES).map((holder) => `    held by ${describe(holder)}`),
    ...more("    ", holders.length - MOST_LINES),
  ];
}

function describe(holder: Task<unknown>): string {
  return holder.done() ? `${holder}, which ended without releasing it` : holder._title();
}

/** The first circles found by following what each task waits for, every task visited once. */
function circles(tasks: readonly Task<unknown>[]): Task<unknown>[][] {
  const found: Task<unknown>[][] = [];
  const finished = new Set<Task<unknown>>();
  for (const start of tasks) {
    // Walked without recursion: a chain of tasks may be longer than the stack is deep.
    const path: Task<unknown>[] = [];
    const onPath = new Map<Task<unknown>, Iterator<Task<unknown>>>();
    const enter = (task: Task<unknown>) => {
      if (finished.has(task)) return;
      path.push(task);
      onPath.set(task, (task._awaiting?._blockers() ?? [])[Symbol.iterator]());
    };
    enter(start);
    for (let task = path.at(-1); task !== undefined; task = path.at(-1)) {
      const { value: blocker, done } = onPath.get(task)!.next();
      if (done) {
        path.pop();
        onPath.delete(task);
        finished.add(task);
      } else if (onPath.has(blocker)) {
        if (found.push(path.slice(path.indexOf(blocker))) === MOST_CIRCLES) return found;
      } else if (!blocker.done()) enter(blocker);
    }
  }
  return found;
}
