import { RuntimeError } from "../errors.ts";
import { FAILED, PENDING } from "../future.ts";
import { current } from "../loop/current.ts";
import { type CodePlace, isEngine, parseStack, rawStack, stackText } from "../traceback.ts";
import { type AnyGenerator, type Frame, nativeThrow } from "./frame.ts";
import { PROBE, probed } from "./probe.ts";
import { AWAITED } from "./suspend.ts";
import { GAVE_WAY, type Task } from "./task.ts";

/**
 * The coroutines a task is in, each with its line, innermost first: of a suspended task down to where it waits, of the
 * running one down to the caller. Of a failed task, the stack of its error. Else empty.
 * @param enough of a suspended task, how many places will do; there may be more
 */
export function stackOf(task: Task<unknown>, enough = Number.POSITIVE_INFINITY): CodePlace[] {
  if (task._state === FAILED) {
    const error = task._outcome;
    return error instanceof Error ? downToStep(stackText(error)) : [];
  }
  if (task._state !== PENDING) return [];
  // What `step` resumed and all below it are on the native stack; what awaits it is suspended.
  if (current.running._task === task)
    return [
      ...downToStep(rawStack(Number.POSITIVE_INFINITY)),
      ...(task._top === null ? [] : outwards(task, task._top.parent)),
    ];
  return isSuspended(task) ? outwards(task, task._top, enough) : [];
}

/** Not before its first step, where there is nothing to be seen and a probe would end it. */
function isSuspended(task: Task<unknown>): boolean {
  return task._awaiting !== null || (task._flags & GAVE_WAY) !== 0;
}

/** The places of `frame`, of those that await it, and of the task's outermost coroutine. */
export function outwards(task: Task<unknown>, frame: Frame | null, enough = Number.POSITIVE_INFINITY): CodePlace[] {
  const places: CodePlace[] = [];
  for (let at = frame; at !== null; at = at.parent) {
    places.push(...probe(task, at.gen));
    if (places.length >= enough) return places;
  }
  places.push(...probe(task, task._coro));
  return places;
}

/** The places of a suspended generator and of the plain ones it stands on, down to the next frame's or the bottom. */
function probe(task: Task<unknown>, gen: AnyGenerator): CodePlace[] {
  // Without the lines of the error itself and of `rawStack`, which are at the other end.
  const callers = lines(rawStack(Number.POSITIVE_INFINITY)).length - 2;
  probed.stack = null;
  let asBefore = false;
  try {
    asBefore = nativeThrow.call(gen, PROBE).value === AWAITED.value;
  } catch {
    // Whatever the coroutine made of it.
  }
  if (!asBefore || probed.stack === null) {
    task._inject(
      new RuntimeError(
        `${task} could not be asked for its stack without being woken: what it waited for has an iterator of its own, whose throw() must pass on what it is given to the awaitable it stands on; write it as a generator, \`*[Symbol.iterator]() { return yield* future; }\``,
      ),
    );
    return [];
  }
  return withoutEngine(lines(probed.stack).slice(0, -callers).join("\n"));
}

/** The places of a native stack inside of the step that is nearest: what called the loop is not the task's. */
function downToStep(stack: string): CodePlace[] {
  const all = lines(stack);
  const step = all.findIndex((line) => isStep(line));
  return withoutEngine(all.slice(0, step < 0 ? all.length : step).join("\n"));
}

function isStep(line: string): boolean {
  return parseStack(line).some(({ fn, file }) => fn === "step" && isEngine(file));
}

function lines(stack: string): string[] {
  return stack.split("\n");
}

function withoutEngine(stack: string): CodePlace[] {
  return parseStack(stack).filter(({ file }) => !isEngine(file) && !file.startsWith("node:"));
}
