/**
 * Plays a small scenario again and again and disturbs it at every point there is: after each single thing that the loop
 * runs, so also in the windows where a task was woken and has not run yet. Two kinds of disturbance:
 *
 *      runnable   runnable   runnable  …          a run without any counts the points;
 *   ^          ^          ^                       each task is cancelled at each of them, and one again at each later
 *   0          1          2                       point; what is next to run is put off at each, and again, or with
 *                                                 a cancellation later
 *
 * What is put off runs after all that is ready, in the next iteration: so every pair of wake-ups comes in both orders, as
 * it does when they come from the host. Each run must leave everything as an undisturbed one does.
 */
import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  sleep,
  type Task,
  VirtualEventLoop,
} from "yieldfrom";

/** Virtual milliseconds in which every scenario must come to rest. */
const LONG = 100;

/** Cancel the task of that name at that point; or, with the name `LATE`, put off what is next there. */
export interface Cut {
  readonly task: string;
  readonly point: number;
}

const LATE = "late";

export interface Scenario {
  readonly name: string;
  /** Starts the tasks, and returns what is to be checked when all is at rest. Called within the loop. */
  readonly make: (stage: Stage) => () => Coroutine<void> | void;
  /** Errors, besides cancellation, that tasks may end with. */
  readonly errors?: readonly (new (
    ...args: never[]
  ) => Error)[];
  /** Tasks that others of the scenario may cancel too. */
  readonly cancelled?: readonly string[];
  /** An error may take the place of a cancellation, as an ExceptionGroup does. */
  readonly replaces?: boolean;
}

/** What a scenario is given. */
export class Stage {
  readonly tasks = new Map<string, Task<unknown>>();
  /** How often each task was really cancelled. */
  readonly cuts = new Map<string, number>();
  readonly problems: string[] = [];
  /** What reached the exception handler and was allowed to. */
  readonly reports: unknown[] = [];
  /** Whether an error may be reported; any other report is a problem. */
  mayReport: (exception: unknown) => boolean = () => false;
  /** Why tasks may rightly wait for ever; a reason not given makes it a lost wake-up. */
  mayWait: (name: string) => boolean = () => false;

  /** Starts a task that is to be cancelled at every point. */
  spawn<T>(name: string, body: () => Coroutine<T>): Task<T> {
    return this.watch(name, createTask(body(), { name }));
  }

  /** Starts a task that is left in peace. */
  assist(body: () => Coroutine<void>): void {
    createTask(body(), { name: "assistant" });
  }

  /** As `spawn`, for a task that was started otherwise. */
  watch<T>(name: string, task: Task<T>): Task<T> {
    this.tasks.set(name, task as Task<unknown>);
    return task;
  }

  /** To be called with each thing that must hold. */
  expect(holds: boolean, problem: () => string): void {
    if (!holds) this.problems.push(problem());
  }

  /** Whether the task was cancelled by the explorer. */
  wasCut(name: string): boolean {
    return this.cuts.has(name);
  }

  /** Cancels it, and takes note if that had an effect. */
  cut(name: string): void {
    if (this.tasks.get(name)?.cancel()) this.cuts.set(name, (this.cuts.get(name) ?? 0) + 1);
  }

  /** Whether any task is not done. Asked after every step. */
  isBusy(): boolean {
    for (const task of this.tasks.values()) if (!task.done()) return true;
    return false;
  }

  /** Tasks that are not done. */
  pending(): string[] {
    return [...this.tasks].filter(([, task]) => !task.done()).map(([name]) => name);
  }
}

/** Calls `onStep` after each single thing it runs. */
class SteppedLoop extends VirtualEventLoop {
  onStep: (() => void) | null = null;
  /** Told what is next; it is put off if that gives true. */
  beforeStep: ((next: unknown) => boolean) | null = null;

  protected override _runSome(most: number): number {
    let ran = 0;
    while (ran < most && this._left > 0) {
      const [next] = this._ready;
      if (this.beforeStep?.(next) === true) {
        this._ready.shift();
        this._ready.push(next!);
        this._left--;
        continue;
      }
      ran += super._runSome(1);
      this.onStep?.();
    }
    return ran;
  }
}

/** What one run showed. */
interface Played {
  /** The names of all tasks it started. */
  readonly tasks: readonly string[];
  /** Points at which some task was not done. */
  readonly points: number;
  /** Cancellations that met a task which was not done. */
  readonly effective: number;
  readonly problems: readonly string[];
}

/** Runs the scenario once. `trace` is told what the loop does. */
export function play(scenario: Scenario, cuts: readonly Cut[], trace?: (line: string) => void): Played {
  const loop = new SteppedLoop();
  const stage = new Stage();
  loop.setExceptionHandler((_, { message, exception }) => {
    if (stage.mayReport(exception)) stage.reports.push(exception);
    else stage.problems.push(`report: ${message} ${exception ?? ""}`);
  });
  let points = 0;
  let steps = 0;
  const late = cuts.filter(({ task }) => task === LATE).map(({ point }) => point);
  const cutAt = (point: number) => {
    for (const cut of cuts) {
      if (cut.point !== point || cut.task === LATE) continue;
      trace?.(`point ${point}: cancel ${cut.task}`);
      stage.cut(cut.task);
    }
  };
  function* director(): Coroutine<void> {
    const me = currentTask();
    const check = scenario.make(stage);
    cutAt(0);
    loop.beforeStep = (next) => {
      // Each disturbance counts once: two at one point put off two things.
      const which = next === me ? -1 : late.indexOf(steps);
      if (which >= 0) late.splice(which, 1);
      trace?.(which >= 0 ? `point ${steps}: put off ${next}` : `step ${steps + 1}: ${next}`);
      return which >= 0;
    };
    loop.onStep = () => {
      steps++;
      if (stage.isBusy()) points = steps;
      cutAt(steps);
    };
    yield* sleep(LONG);
    loop.onStep = null;
    loop.beforeStep = null;
    yield* endThoseWhoWait(stage);
    checkEnds(scenario, stage);
    const checking = check();
    if (checking !== undefined) yield* checking;
    stage.expect(loop._pendingTasks().length <= 1, () => "a task is left");
    stage.expect(loop._timers.peek() === undefined, () => "a timer is left");
  }
  try {
    loop.runUntilComplete(director());
  } catch (error) {
    stage.problems.push(`the run failed: ${error}`);
  }
  loop.close();
  const effective = [...stage.cuts.values()].reduce((sum, count) => sum + count, 0);
  return { tasks: [...stage.tasks.keys()], points, effective, problems: [...stage.problems] };
}

function* endThoseWhoWait(stage: Stage): Coroutine<void> {
  const waiting = stage.pending();
  if (waiting.length === 0) return;
  for (const name of waiting) {
    stage.expect(stage.mayWait(name), () => `${name} waits for ever: ${stage.tasks.get(name)}`);
    stage.cut(name);
  }
  yield* sleep(LONG);
  for (const name of stage.pending()) stage.expect(false, () => `${name} can't be cancelled: ${stage.tasks.get(name)}`);
}

/** A task that was cancelled ends cancelled, another one does not; and nobody's request is taken back by others. */
function checkEnds(scenario: Scenario, stage: Stage): void {
  for (const [name, task] of stage.tasks) {
    if (!task.done()) continue;
    const cuts = stage.cuts.get(name) ?? 0;
    const error = task.cancelled() ? null : task.exception();
    const known = error === null || (scenario.errors ?? []).some((kind) => error instanceof kind);
    stage.expect(known, () => `${name} failed: ${error}`);
    stage.expect(
      !(error instanceof CancelledError),
      () => `${name} failed by a CancelledError without being cancelled`,
    );
    const replaced = scenario.replaces === true && error !== null;
    const byOthers = scenario.cancelled?.includes(name) === true;
    const requests = task.cancelling();
    if (cuts > 0)
      stage.expect(task.cancelled() || replaced, () => `${name} was cancelled but ended otherwise: ${task}`);
    else stage.expect(!task.cancelled() || byOthers, () => `${name} ended cancelled but nobody did that`);
    const right = byOthers ? requests >= cuts : requests === cuts;
    stage.expect(right, () => `${name} counts ${requests} requests to cancel, not ${cuts}`);
  }
}

/** Disturbs it at every point. Throws at the first run that breaks something, with the line that replays it. */
export function explore(scenario: Scenario): { readonly runs: number; readonly effective: number } {
  let runs = 0;
  let effective = 0;
  const run = (cuts: readonly Cut[]): Played => {
    const played = play(scenario, cuts);
    runs++;
    effective += played.effective;
    if (played.problems.length > 0) throw new Broken(scenario, cuts, played.problems);
    return played;
  };
  const { points, tasks } = run([]);
  for (let point = 0; point <= points; point++) {
    // At point 0 there is nothing yet that could be put off.
    for (const task of point === 0 ? tasks : [...tasks, LATE]) {
      const first = { task, point };
      const once = run([first]);
      if (once.effective === 0 && task !== LATE) continue;
      const others = [...once.tasks, LATE];
      for (let later = point; later <= once.points; later++) {
        for (const other of others) run([first, { task: other, point: later }]);
      }
    }
  }
  return { runs, effective };
}

class Broken extends Error {
  constructor(scenario: Scenario, cuts: readonly Cut[], problems: readonly string[]) {
    const id = [scenario.name, ...cuts.map(({ task, point }) => `${task}@${point}`)].join(" | ");
    super(`${problems.join("\n")}\nreplay: ORDER="${id}" node --test packages/core/test/order/cancel.slow.test.ts`);
  }
}

/** Plays the one run that `id`, from a failure's last line, stands for, and tells what happens. */
export function replay(
  scenarios: readonly Scenario[],
  id: string,
  trace: (line: string) => void = console.log,
): readonly string[] {
  const [name, ...cuts] = id.split(" | ");
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario === undefined) throw new RangeError(`no scenario is called ${name}`);
  const parsed = cuts.map((cut) => {
    const at = cut.lastIndexOf("@");
    return { task: cut.slice(0, at), point: Number(cut.slice(at + 1)) };
  });
  return play(scenario, parsed, (line) => trace(`${getRunningLoop().time()} ms, ${line}`)).problems;
}
