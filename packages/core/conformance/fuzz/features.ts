/** What a program uses, as the conformance README has it in `features`. */
import type { Block, Op, Program } from "../program.ts";

/** Too common to say anything of a program. */
const COMMON = new Set(["log", "spawn", "sleep", "try", "raise", "return"]);

/** Each op of a program, with what is inside of it. */
export function* everyOp(program: Program): Generator<Op> {
  yield* opsOf(program.main);
  for (const block of Object.values(program.coroutines)) yield* opsOf(block);
  for (const block of Object.values(program.callbacks ?? {})) yield* opsOf(block);
}

export function* opsOf(block: Block): Generator<Op> {
  for (const op of block) {
    yield op;
    for (const inner of innerBlocks(op)) yield* opsOf(inner);
  }
}

export function innerBlocks(op: Op): Block[] {
  switch (op.op) {
    case "if":
      return [op.then, ...(op.else ? [op.else] : [])];
    case "try":
      return [
        op.body,
        ...(op.except ?? []).map(({ body }) => body),
        ...(op.else ? [op.else] : []),
        ...(op.finally ? [op.finally] : []),
      ];
    case "repeat":
    case "with":
    case "timeout":
    case "taskgroup":
      return [op.body];
    default:
      return [];
  }
}

export function features(program: Program): string[] {
  const tags = new Set<string>(program.objects.map(({ kind }) => kind));
  for (const op of everyOp(program)) {
    if (!COMMON.has(op.op)) tags.add(op.op);
    if ("eager" in op) tags.add("eager");
    if ("ctx" in op && op.op !== "copy_context") tags.add("explicit-context");
    if (op.op === "timeout" && "at" in op) tags.add("timeout_at");
    if (op.op === "as_completed" && op.mode === "async") tags.add("as_completed:async");
  }
  if (program.finish === "cancel") tags.add("finish:cancel");
  if (program.task_factory === "eager" || program.task_factory === "logging") {
    tags.add(`task_factory:${program.task_factory}`);
  }
  return [...tags].sort();
}
