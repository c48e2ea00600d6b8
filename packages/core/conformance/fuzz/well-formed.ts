/** What a program must fulfil to mean the same to every interpreter. */
import type { Block, Op, Program } from "../program.ts";
import { everyOp, innerBlocks } from "./features.ts";
import { WAITING } from "./generate.ts";

/** What is wrong with the program; null if nothing is. */
export function problemOf(program: Program): string | null {
  return nameProblem(program) ?? placeProblem(program);
}

/** Coroutines, callbacks and objects must be there; tasks, contexts, handles and the like need not. */
function nameProblem(program: Program): string | null {
  const objects = new Set(program.objects.map(({ name }) => name));
  const locks = program.objects.flatMap((item) => (item.kind === "condition" ? (item.lock ?? []) : []));
  const missing = [
    ...locks.filter((name) => !objects.has(name)),
    ...[...everyOp(program)].flatMap((op) => [
      ...coroutinesOf(op).filter((name) => !Object.hasOwn(program.coroutines, name)),
      ...("cb" in op && !Object.hasOwn(program.callbacks ?? {}, op.cb) ? [op.cb] : []),
      ...objectsOf(op).filter((name) => !objects.has(name)),
    ]),
  ];
  return missing.length === 0 ? null : `names ${missing.join(", ")}, which is not there`;
}

export function coroutinesOf(op: Op): string[] {
  const one = "coro" in op ? [op.coro] : [];
  const several = "of" in op ? op.of.flatMap((item) => (typeof item === "string" ? [] : item.coro)) : [];
  return [...one, ...several];
}

/** Ops whose `x` is an entry in the table of awaitables, which need not be there. */
const ON_AWAITABLES: ReadonlySet<string> = new Set([
  "await",
  "cancel",
  "uncancel",
  "cancelling",
  "status",
  "result",
  "exception",
  "rename",
  "new_future",
  "set_result",
  "set_exception",
  "add_done_callback",
  "remove_done_callback",
  "wait_for",
  "shield",
]);

export function objectsOf(op: Op): string[] {
  return [...("x" in op && !ON_AWAITABLES.has(op.op) ? [op.x] : []), ...("n" in op && "cmp" in op ? [op.n] : [])];
}

/** `return` and `break` must have something to leave; callbacks can't wait. */
function placeProblem(program: Program): string | null {
  for (const block of [program.main, ...Object.values(program.coroutines)]) {
    const stray = strayOp(block, { repeat: false, final: false });
    if (stray !== undefined) return `has a ${stray} where there is nothing to leave`;
  }
  for (const op of Object.values(program.callbacks ?? {}).flat()) {
    if (WAITING.has(op.op) || innerBlocks(op).length > 0 || op.op === "return" || op.op === "break") {
      return `has a callback that is to ${op.op}`;
    }
  }
  return null;
}

function strayOp(block: Block, place: { repeat: boolean; final: boolean }): string | undefined {
  for (const op of block) {
    if (op.op === "return" && place.final) return op.op;
    if (op.op === "break" && !place.repeat) return op.op;
    for (const inner of innerBlocks(op)) {
      const final = place.final || (op.op === "try" && inner === op.finally);
      const repeat = op.op === "repeat" || (place.repeat && !(op.op === "try" && inner === op.finally));
      const stray = strayOp(inner, { final, repeat });
      if (stray !== undefined) return stray;
    }
  }
  return undefined;
}
