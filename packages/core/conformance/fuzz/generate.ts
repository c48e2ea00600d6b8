/** Random programs of the conformance format, the same ones for the same seed. */
import type { Block, LeafOps, ObjectFields, ObjectKind, ObjectOf, Op, Program } from "../program.ts";
import { type BlockMaker, Draft, type Maker, type Place } from "./draft.ts";
import { features } from "./features.ts";
import { controlMakers } from "./make-control.ts";
import { leafMakers } from "./make-leaf.ts";
import { chooseSubject, type OpName } from "./topics.ts";

const makers: Record<OpName, Maker> = { ...leafMakers, ...controlMakers };

export const EVERY_OP = Object.keys(makers) as OpName[];

/** Ops that a callback cannot do, besides those that steer. */
export const WAITING: ReadonlySet<OpName> = new Set<keyof LeafOps>([
  "await",
  "call",
  "sleep",
  "yield",
  "yield_bad",
  "gather",
  "wait",
  "as_completed",
  "wait_for",
  "shield",
  "acquire",
  "event_wait",
  "cond_wait",
  "cond_wait_for",
  "barrier_wait",
  "barrier_reset",
  "barrier_abort",
  "put",
  "get",
  "join",
]);

const DEEPEST = 4;
/** Of a hundred programs, how many are many times as long as the others. */
const BIG = 4;

export function generate(seed: number): Program {
  const draft = new Draft(seed, (random) => chooseSubject(random, EVERY_OP), BIG);
  const { random, subject } = draft;
  for (const kind of chooseKinds(draft)) addObject(draft, kind);

  // The last first: main gets what is left of the budget, and is to have enough to keep the others busy.
  const coroutines: Record<string, Block> = {};
  const callbacks: Record<string, Block> = {};
  const share = Math.ceil(draft.budget / (draft.ranks.length + 1));
  for (const [rank, { name, callback }] of [...draft.ranks.entries()].slice(1)) {
    draft.budget = callback ? Math.min(3, share) : share;
    (callback ? callbacks : coroutines)[name] = block(draft, outermost(rank, callback), share);
  }
  draft.budget = share * 2;
  const main = [...opening(draft), ...rounds(draft)];

  const program: Program = {
    id: `fuzz-${seed}`,
    features: [],
    objects: draft.objects,
    coroutines,
    main,
    ...(Object.keys(callbacks).length > 0 ? { callbacks } : {}),
    ...chooseFactory(draft),
    finish: random.chance(50) ? "cancel" : "stop",
    set_order: "insertion",
  };
  program.features = features(program);
  return program;

  function chooseFactory(from: Draft): Pick<Program, "task_factory"> {
    if (from.random.chance(subject.topics.has("eager") ? 40 : 10)) return { task_factory: "eager" };
    if (from.random.chance(5)) return { task_factory: "logging" };
    return from.random.chance(5) ? { task_factory: "none" } : {};
  }
}

/** The objects of the subject, at times a second of a kind, at times one that has nothing to do with it. */
function chooseKinds({ random, subject }: Draft): ObjectKind[] {
  const kinds = [...subject.objects];
  if (kinds.length > 0 && random.chance(20)) kinds.push(random.pick(kinds));
  if (random.chance(25)) kinds.push(random.pick(Object.keys(makeObject) as ObjectKind[]));
  return kinds;
}

const letters: Record<ObjectKind, string> = {
  future: "f",
  lock: "l",
  event: "e",
  condition: "c",
  semaphore: "s",
  bounded_semaphore: "s",
  queue: "q",
  lifo_queue: "q",
  priority_queue: "q",
  barrier: "w",
  counter: "n",
  contextvar: "v",
};

const makeObject: { [K in ObjectKind]: (draft: Draft) => ObjectFields[K] } = {
  future: () => ({}),
  lock: () => ({}),
  event: () => ({}),
  condition(draft) {
    const lock = draft.random.maybe(draft.names("lock"));
    return lock !== undefined && draft.random.chance(85) ? { lock } : {};
  },
  semaphore: (draft) => (draft.random.chance(80) ? { value: draft.random.pick([0, 1, 1, 2, 2, 3]) } : {}),
  bounded_semaphore: (draft) => (draft.random.chance(80) ? { value: draft.random.pick([0, 1, 1, 2, 2]) } : {}),
  queue: maxsize,
  lifo_queue: maxsize,
  priority_queue: maxsize,
  barrier: (draft) => ({ parties: draft.random.pick([1, 2, 2, 2, 3, 3]) }),
  counter: (draft) => (draft.random.chance(50) ? { value: draft.random.between(0, 2) } : {}),
  contextvar: (draft) => (draft.random.chance(50) ? { default: draft.scalar() } : {}),
};

function maxsize(draft: Draft): ObjectFields["queue"] {
  return draft.random.chance(80) ? { maxsize: draft.random.pick([0, 1, 1, 1, 2, -1]) } : {};
}

function addObject(draft: Draft, kind: ObjectKind): void {
  const letter = letters[kind];
  const count = draft.objects.filter(({ name }) => name.startsWith(letter)).length;
  draft.objects.push({ name: `${letter}${count + 1}`, kind, ...makeObject[kind](draft) } as ObjectOf);
}

function outermost(rank: number, inCallback: boolean): Place {
  return {
    rank,
    inCallback,
    depth: 0,
    inRepeat: false,
    inFinally: false,
    held: [],
    groups: [],
    timeouts: [],
  };
}

/** Main begins by starting tasks, that there be somebody to meet. */
function opening(draft: Draft): Block {
  const count = draft.random.pick([1, 2, 2, 3, 3, 4, 5]);
  const ops: Block = [];
  for (let i = 0; i < count; i++) {
    const op = leafMakers.spawn(draft, outermost(0, false), blockOf(draft));
    // Mostly of different names, as the newest of a name hides the others.
    const name = draft.random.chance(80) ? draft.tasks[i % draft.tasks.length] : undefined;
    push(ops, op && name !== undefined ? { ...op, name } : op);
  }
  return ops;
}

/** Then it lets them run for a while, and does several things to them at once, again and again. */
function rounds(draft: Draft): Block {
  const { random } = draft;
  const place = outermost(0, false);
  const ops: Block = [];
  while (draft.budget > 0) {
    ops.push(random.chance(60) ? { op: "yield" } : { op: "sleep", d: draft.delay() });
    ops.push(
      ...block(draft, { ...place, inCallback: random.chance(60), depth: random.pick([0, 0, 2]) }, random.between(1, 5)),
    );
    draft.budget--;
  }
  return ops;
}

function blockOf(draft: Draft): BlockMaker {
  return (place, size, first) => block(draft, { ...place, depth: place.depth + 1 }, size, first);
}

function block(draft: Draft, place: Place, size: number, first: readonly OpName[] = []): Block {
  const wanted = draft.random.between(1, size);
  const ops: Block = [];
  if (first.length > 0) push(ops, makeOp(draft, place, draft.random.pick(first)));
  for (let tries = 0; ops.length < wanted && draft.budget > 0 && tries < 20 * wanted; tries++) {
    push(ops, makeOp(draft, place, draft.random.weighted(draft.subject.weights)));
  }
  return ops;
}

function makeOp(draft: Draft, place: Place, name: OpName): Op | undefined {
  const steers = name in controlMakers;
  // The longer main goes on, the more happens.
  if (place.rank === 0 && (name === "raise" || name === "return") && draft.random.chance(80)) return undefined;
  if (steers && name !== "raise" && (place.inCallback || place.depth >= DEEPEST)) return undefined;
  if (place.inCallback && WAITING.has(name)) return undefined;
  const made = makers[name](draft, place, blockOf(draft));
  if (made !== undefined) draft.budget--;
  return made;
}

function push(ops: Block, op: Op | undefined): void {
  if (op !== undefined) ops.push(op);
}
