import { brief, type Future, isFuture } from "../future.ts";
import { defaultHost } from "../host.ts";
import { current, getRunningLoop } from "../loop/current.ts";
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
  const graph = graphOf(of, limit, new Set());
  if (of !== current.task || depth <= 1) return graph;
  return new FutureCallGraph(of, graph.callStack.slice(depth - 1), graph.awaitedBy);
}

/** The call graph as an indented text; see `captureCallGraph`. Source: asyncio `format_call_graph`. */
export function formatCallGraph(future?: Future<unknown> | null, options: CallGraphOptions = {}): string {
  const graph = captureCallGraph(future, options);
  if (graph === null) return "";
  const lines: string[] = [];
  format(graph, "", lines);
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
  return current.task;
}

/** Tasks that wait for each other in a circle are shown once: `above` are those between here and the root. */
function graphOf(future: Future<unknown>, limit: number | null, above: Set<Future<unknown>>): FutureCallGraph {
  const frames = future instanceof Task ? limited(stackOf(future as Task<unknown>), limit) : [];
  above.add(future);
  const awaitedBy = awaitersOf(future)
    .filter((awaiter) => !above.has(awaiter))
    .map((awaiter) => graphOf(awaiter, limit, above));
  above.delete(future);
  return new FutureCallGraph(
    future,
    frames.map((frame) => new FrameCallGraphEntry(frame)),
    awaitedBy,
  );
}

function limited(stack: readonly CodePlace[], limit: number | null): readonly CodePlace[] {
  if (limit === null) return stack;
  if (limit === 0) return [];
  return limit > 0 ? stack.slice(-limit) : stack.slice(0, -limit);
}

function format({ future, callStack, awaitedBy }: FutureCallGraph, indent: string, lines: string[]): void {
  lines.push(`${indent}* ${future instanceof Task ? `Task(name='${future.getName()}')` : future}`);
  if (callStack.length > 0) {
    lines.push(`${indent}  + Call stack:`);
    for (const entry of callStack) lines.push(`${indent}  |   ${entry}`);
  }
  if (awaitedBy.length > 0) {
    lines.push(`${indent}  + Awaited by:`);
    for (const graph of awaitedBy) format(graph, `${indent}     `, lines);
  }
}
