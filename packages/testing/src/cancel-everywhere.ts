import { type Awaitable, createTask, type ExceptionContext, HostEventLoop, run, type Task, wait } from "yieldfrom";
import { activeResources, leftovers } from "./leftovers.ts";

/** How `cancelEverywhere` looks at what it runs. */
export interface CancelEverywhereOptions {
  /** Whether `main` may return its value although it was cancelled, as one that can't be stopped late does. Default false. */
  readonly mayFinish?: boolean;
  /** Most points, after which the program is said to have no end. Default 1,000. */
  readonly most?: number;
  /** Milliseconds after which a run is said to hang. Default 10,000. */
  readonly patience?: number;
}

/**
 * When the task is cancelled, seen from its step number N:
 *
 *     step N          host turn          step N+1
 *     runs ─┤parked … ─┤later … woken├─  runs
 *
 * `parked`: what it waits for has only begun. `later`: it is under way. `woken`: it is done, and the task has not run yet.
 */
const MOMENTS = ["parked", "later", "woken"] as const;
type Moment = (typeof MOMENTS)[number];

/** @internal What a Task of core has, and its published types have not. */
interface Stepping {
  _step(): boolean;
}

/**
 * Runs `main` again and again on a loop of the host, each time cancelling it at another point where it waits: just after it
 * began to wait, a turn of the host later, and just before it goes on. Ends when `main` has run undisturbed to its end.
 *
 * After each run these must hold: `main` ended by the CancelledError, nothing reached the loop's exception handler, and
 * no socket, timer, process or other resource is open that was not before.
 *
 * ```ts
 * const points = await cancelEverywhere(function* () {
 *   yield* sleep(1);
 *   yield* sleep(1);
 * });
 * console.log(points > 4); // → true
 * ```
 * @returns the number of points where it was cancelled
 * @throws Error that names the point, with the cause
 */
export async function cancelEverywhere(
  main: () => Awaitable<unknown>,
  options: CancelEverywhereOptions = {},
): Promise<number> {
  const { most = 1000 } = options;
  let points = 0;
  for (const moment of MOMENTS) {
    for (let step = 1; ; step++) {
      const before = activeResources();
      let cut: Cut;
      try {
        cut = await cancelledRun(main, step, moment, options);
        const left = await leftovers(before);
        if (left.length > 0) throw new Error(`left open: ${left.join(", ")}`);
      } catch (cause) {
        throw new Error(`cancelled at step ${step} (${moment}): ${cause instanceof Error ? cause.message : cause}`, {
          cause,
        });
      }
      if (!cut.reached) break;
      if (cut.made) points++;
      if (points > most) throw new Error(`main was cancelled at ${most} points and has not come to its end (\`most\`)`);
    }
  }
  return points;
}

interface Cut {
  /** The task came to wait in that step. */
  reached: boolean;
  /** It was cancelled there. Not `later`, if it went on before. */
  made: boolean;
}

async function cancelledRun(
  main: () => Awaitable<unknown>,
  step: number,
  moment: Moment,
  { mayFinish = false, patience = 10_000 }: CancelEverywhereOptions,
): Promise<Cut> {
  const reports: ExceptionContext[] = [];
  const loop = new HostEventLoop();
  loop.setExceptionHandler((_, context) => reports.push(context));
  const cut: Cut = { reached: false, made: false };
  await run(
    function* () {
      const task = createTask(bodyOf(main), { name: "main" });
      cancelAt(task, step, moment, cut);
      const [done] = yield* wait([task], { timeout: patience });
      if (!done.has(task)) throw new Error(`main hangs for ${patience} ms: ${task}\n${stackOf(task)}`);
      if (task.cancelled()) {
        if (!cut.made) throw new Error("main ended by a CancelledError that nobody asked for");
        return;
      }
      const error = task.exception();
      if (error !== null) throw error;
      if (cut.made && !mayFinish)
        throw new Error("main swallowed the cancellation and returned (`mayFinish` allows that)");
    },
    { loop, handleSigint: false },
  );
  const [report] = reports;
  if (report === undefined) return cut;
  throw new Error(`the exception handler was told: ${report.message}`, { cause: report.exception });
}

function* bodyOf(main: () => Awaitable<unknown>) {
  return yield* main();
}

/** Cancels `task` at its step number `step`, if it comes to wait there. */
function cancelAt(task: Task<unknown>, step: number, moment: Moment, cut: Cut): void {
  const stepping = task as unknown as Stepping;
  const original = stepping._step;
  let steps = 0;
  const cancel = () => {
    cut.made = true;
    task.cancel("by cancelEverywhere()");
  };
  stepping._step = function () {
    if (moment === "woken" && steps === step) cancel();
    const gaveWay = original.call(this);
    if (++steps !== step || task.done()) return gaveWay;
    cut.reached = true;
    if (moment === "parked") cancel();
    else if (moment === "later") setImmediate(() => void (steps === step && !task.done() && cancel()));
    return gaveWay;
  };
}

function stackOf(task: Task<unknown>): string {
  let text = "";
  task.printStack({
    write(part) {
      text += part;
    },
  });
  return text;
}
