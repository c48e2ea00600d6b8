import { type Future, isFuture } from "../future.ts";
import { defaultHost } from "../host.ts";
import { current, getRunningLoop } from "../loop/current.ts";
import { brief } from "../print.ts";
import { awaitersOf } from "../task/awaiters.ts";
import { stackOf } from "../task/stack.ts";
import { Task } from "../task/task.ts";
import { type CodePlace, formatPlace } from "../traceback.ts";

/** One line of a call stack. Source: asyncio `FrameCallGraphEntry`. */
export class FrameCallGraphEntry {
  readonly frame: CodePlace;

  constructor(frame: CodePlace) {
    this.frame = frame;
  }

  toString(): string {
    return formatPlace(this.frame);
  }
}

/** A future or task, where it stands, and who waits for it, in turn. Source: asyncio `FutureCallGraph`. */
export class FutureCallGraph {
  readonly future: Future<unknown>;
  /** Its coroutines, innermost first; empty for a future that is no task. */
  readonly callStack: readonly FrameCallGraphEntry[];
  readonly awaitedBy: readonly FutureCallGraph[];

  constructor(
    future: Future<unknown>,
    callStack: readonly FrameCallGraphEntry[],
    awaitedBy: readonly FutureCallGraph[],
  ) {
    this.future = future;
    this.callStack = callStack;
    this.awaitedBy = awaitedBy;
  }
}

/** Options of `captureCallGraph`. */
export interface CallGraphOptions {
  /** How many innermost frames to leave out, if it is the running task's graph: 1, the default, shows the caller's own. */
  readonly depth?: number | undefined;
  /** The most frames of each stack: the outermost `limit` if it is positive, the innermost `-limit` if negative. */
  readonly limit?: number | null | undefined;
}

/** Options of `printCallGraph`. */
export interface PrintCallGraphOptions extends CallGraphOptions {
  /** Where to print; the standard error output by default. */
  readonly write?: ((text: string) => void) | undefined;
}

/**
 * Where a task stands and who waits for it: the running task, or the one given. Source: asyncio `capture_call_graph`.
 * @returns null in a callback that belongs to no task
 * @throws RuntimeError with neither a running loop nor a future; TypeError if `future` is none
 */
export function captureCallGraph(
  future?: Future<unknown> | null,
  options: CallGraphOptions = {},
): FutureCallGraph | null {
  const { depth = 1, limit = null } = options;
  const of = future ?? runningTask();
  if (of === null) return null;
  if (!isFuture(of)) throw new TypeError(`Expected \`future\` to be a Future or a Task, got ${brief(of)}`);
  const graph = graphOf(of, limit);
  if (of !== current.running._task || depth <= 1) return graph;
  return new FutureCallGraph(of, graph.callStack.slice(depth - 1), graph.awaitedBy);
}

/** The call graph as an indented text; see `captureCallGraph`. Source: asyncio `format_call_graph`. */
export function formatCallGraph(future?: Future<unknown> | null, options: CallGraphOptions = {}): string {
  const graph = captureCallGraph(future, options);
  if (graph === null) return "";
  const lines: string[] = [];
  format(graph, "", lines, new Set());
  return lines.join("\n");
}

/** Prints `formatCallGraph()`. Source: asyncio `print_call_graph`. */
export function printCallGraph(future?: Future<unknown> | null, options: PrintCallGraphOptions = {}): void {
  const text = formatCallGraph(future, options);
  if (options.write !== undefined) options.write(`${text}\n`);
  else defaultHost.print(text);
}

function runningTask(): Future<unknown> | null {
  getRunningLoop();
  return current.running._task;
}

/** A graph under construction: its awaiters are still being added to `awaitedBy`. */
interface Open {
  readonly awaitedBy: FutureCallGraph[];
  readonly awaiters: Iterator<Future<unknown>>;
}

/**
 * One graph a future, however many ways lead to it, or there would be as many as ways. What would close a circle is left
 * out. Walked and not recursed: chains of tasks may be longer than the stack is deep.
 */
function graphOf(future: Future<unknown>, limit: number | null): FutureCallGraph {
  const graphs = new Map<Future<unknown>, FutureCallGraph>();
  const path: Future<unknown>[] = [];
  const open = new Map<Future<unknown>, Open>();
  const enter = (entered: Future<unknown>) => {
    const frames = entered instanceof Task ? limited(stackOf(entered as Task<unknown>), limit) : [];
    const awaitedBy: FutureCallGraph[] = [];
    const callStack = frames.map((frame) => new FrameCallGraphEntry(frame));
    graphs.set(entered, new FutureCallGraph(entered, callStack, awaitedBy));
    open.set(entered, { awaitedBy, awaiters: awaitersOf(entered)[Symbol.iterator]() });
    path.push(entered);
  };
  enter(future);
  for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
    const { awaitedBy, awaiters } = open.get(last)!;
    const { value: awaiter, done } = awaiters.next();
    if (done) {
      open.delete(last);
      path.pop();
    } else if (!open.has(awaiter)) {
      if (!graphs.has(awaiter)) enter(awaiter);
      awaitedBy.push(graphs.get(awaiter)!);
    }
  }
  return graphs.get(future)!;
}

function limited(stack: readonly CodePlace[], limit: number | null): readonly CodePlace[] {
  if (limit === null) return stack;
  if (limit === 0) return [];
  return limit > 0 ? stack.slice(-limit) : stack.slice(0, -limit);
}

/** @param shown what was shown so far: a graph that many ways lead to is shown whole at the first of them */
function format(graph: FutureCallGraph, indent: string, lines: string[], shown: Set<FutureCallGraph>): void {
  const { future, callStack, awaitedBy } = graph;
  const again = shown.has(graph) && awaitedBy.length > 0;
  shown.add(graph);
  const title = future instanceof Task ? `Task(name='${future.getName()}')` : `${future}`;
  lines.push(`${indent}* ${title}${again ? " (shown above)" : ""}`);
  if (again) return;
  if (callStack.length > 0) {
    lines.push(`${indent}  + Call stack:`);
    for (const entry of callStack) lines.push(`${indent}  |   ${entry}`);
  }
  if (awaitedBy.length > 0) {
    lines.push(`${indent}  + Awaited by:`);
    for (const awaiter of awaitedBy) format(awaiter, `${indent}     `, lines, shown);
  }
}
