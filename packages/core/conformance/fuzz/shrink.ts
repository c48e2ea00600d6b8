/** Makes a program smaller, as long as it keeps the property that makes it interesting. */
import type { Block, Op, Program } from "../program.ts";
import { everyOp, features, innerBlocks } from "./features.ts";
import { coroutinesOf, objectsOf, problemOf } from "./well-formed.ts";

/** Tells of each program whether it is still interesting. */
export type Test = (programs: readonly Program[]) => Promise<boolean[]>;

/** How many candidates are tried at a time. */
const BATCH = 25;

/** The smallest program found that the test still holds for; the program itself, if it holds for no smaller one. */
export async function shrink(program: Program, test: Test): Promise<Program> {
  let smallest = program;
  for (let again = true; again; ) {
    again = false;
    for (const pass of [cuts, removals, unwrappings, simplifications]) {
      for (let next = await firstOf(pass(smallest), smallest, test); next !== undefined; ) {
        smallest = next;
        again = true;
        next = await firstOf(pass(smallest), smallest, test);
      }
    }
  }
  return { ...smallest, features: features(smallest) };
}

async function firstOf(candidates: Iterable<Program>, than: Program, test: Test): Promise<Program | undefined> {
  const before = JSON.stringify(than);
  let batch: Program[] = [];
  for (const candidate of candidates) {
    if (problemOf(candidate) !== null || JSON.stringify(candidate) === before) continue;
    batch.push(candidate);
    if (batch.length < BATCH) continue;
    const found = (await test(batch)).indexOf(true);
    if (found >= 0) return batch[found];
    batch = [];
  }
  if (batch.length === 0) return undefined;
  const found = (await test(batch)).indexOf(true);
  return found >= 0 ? batch[found] : undefined;
}

/** The program without a run of ops: long runs first. */
function* cuts(program: Program): Generator<Program> {
  const longest = Math.max(...blocksOf(program).map((block) => block.length), 0);
  for (let size = longest; size >= 1; size = Math.floor(size / 2)) {
    for (const [index, block] of blocksOf(program).entries()) {
      for (let at = 0; at + size <= block.length; at += size) {
        yield edited(program, (copy) => void blocksOf(copy)[index]?.splice(at, size));
      }
    }
  }
}

/** The program without one of its coroutines, callbacks or objects, and without all ops that name it. */
function* removals(program: Program): Generator<Program> {
  for (const name of Object.keys(program.coroutines)) {
    yield edited(program, (copy) => {
      delete copy.coroutines[name];
      dropOps(copy, (op) => coroutinesOf(op).includes(name));
    });
  }
  for (const name of Object.keys(program.callbacks ?? {})) {
    yield edited(program, (copy) => {
      delete copy.callbacks?.[name];
      if (Object.keys(copy.callbacks ?? {}).length === 0) delete copy.callbacks;
      dropOps(copy, (op) => "cb" in op && op.cb === name);
    });
  }
  for (const { name } of program.objects) {
    yield edited(program, (copy) => {
      copy.objects = copy.objects.filter((item) => item.name !== name);
      for (const item of copy.objects) if (item.kind === "condition" && item.lock === name) delete item.lock;
      dropOps(copy, (op) => objectsOf(op).includes(name));
    });
  }
}

/** The program with a block in the place of the op that holds it, or a coroutine's body in the place of its call. */
function* unwrappings(program: Program): Generator<Program> {
  for (const [index, block] of blocksOf(program).entries()) {
    for (const [at, op] of block.entries()) {
      const inner = op.op === "call" ? [program.coroutines[op.coro] ?? []] : innerBlocks(op);
      for (const body of inner) {
        yield edited(program, (copy) => void blocksOf(copy)[index]?.splice(at, 1, ...structuredClone(body)));
      }
    }
  }
}

/** Fields that an op, an object or the program can do without, and plainer values for others. */
function* simplifications(program: Program): Generator<Program> {
  if (program.finish === "cancel") yield { ...program, finish: "stop" };
  if (program.task_factory !== undefined) {
    const { task_factory: _, ...rest } = program;
    yield rest;
  }
  for (const [index, item] of program.objects.entries()) {
    for (const change of changes(item, ["name", "kind", "parties"])) {
      yield edited(program, (copy) => void copy.objects.splice(index, 1, change as (typeof copy.objects)[0]));
    }
  }
  for (const [index, op] of [...everyOp(program)].entries()) {
    for (const change of changes(op, NEEDED)) {
      yield edited(program, (copy) => {
        const target = [...everyOp(copy)][index] as Record<string, unknown>;
        for (const key of Object.keys(target)) delete target[key];
        Object.assign(target, structuredClone(change));
      });
    }
  }
}

/** Fields that make the op what it is. */
const NEEDED = "op x n cmp coro name tg cb h var token exc kind body then of types".split(" ").concat("d", "at", "ctx");
/** Fields of a name that is optional in most ops, and the point of the others. */
const OPTIONAL_IN: Record<string, readonly string[]> = {
  ctx: ["spawn", "tg_spawn", "call_soon", "call_later", "call_at", "add_done_callback"],
  h: ["call_soon", "call_later", "call_at"],
  token: ["cv_set"],
  v: ["sleep", "set_result", "return"],
  timeout: ["wait", "as_completed"],
};

function* changes(thing: object, needed: readonly string[]): Generator<object> {
  const op = "op" in thing ? String(thing.op) : "";
  for (const [key, value] of Object.entries(thing)) {
    const optional = OPTIONAL_IN[key]?.includes(op) ?? (!needed.includes(key) && !(key === "timeout" || key === "v"));
    if (optional || op === "") {
      if (!needed.includes(key) || optional) {
        const { [key as keyof typeof thing]: _, ...rest } = thing;
        yield rest;
      }
    }
    if (typeof value === "number" && key !== "n") {
      for (const plainer of [0, 1]) if (Math.abs(value) > plainer || value < 0) yield { ...thing, [key]: plainer };
    }
    if (Array.isArray(value) && ["of", "except", "types"].includes(key)) {
      for (const index of value.keys()) yield { ...thing, [key]: value.toSpliced(index, 1) };
    }
  }
}

/** Every block of a program, inner ones too, in an order that is the same for a copy. */
function blocksOf(program: Program): Block[] {
  const outer = [program.main, ...Object.values(program.coroutines), ...Object.values(program.callbacks ?? {})];
  return [...outer, ...[...everyOp(program)].flatMap(innerBlocks)];
}

function dropOps(program: Program, unwanted: (op: Op) => boolean): void {
  for (const block of blocksOf(program)) {
    block.splice(0, block.length, ...block.filter((op) => !unwanted(op)));
  }
}

function edited(program: Program, edit: (copy: Program) => void): Program {
  const copy = structuredClone(program);
  edit(copy);
  return copy;
}
