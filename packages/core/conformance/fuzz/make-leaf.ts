/** How each leaf op of a random program is made; undefined where there is nothing it could be done to. */
import type { LeafOps, OpOf, Scalar, SpawnFields } from "../program.ts";
import type { Draft, Maker, Place } from "./draft.ts";

type Makers<Ops> = { [K in keyof Ops]: Maker<OpOf<Ops, K>> };

export const leafMakers: Makers<LeafOps> = {
  spawn(draft, place) {
    const fields = spawned(draft, place);
    return fields && { op: "spawn", ...fields };
  },
  tg_spawn(draft, place) {
    const fields = spawned(draft, place);
    const tg = draft.random.chance(90) ? place.groups.at(-1) : draft.random.pick(draft.groups);
    return fields && tg !== undefined ? { op: "tg_spawn", tg, ...fields, ...safe(draft) } : undefined;
  },
  await: (draft) => ({ op: "await", x: draft.awaitable(), ...safe(draft) }),
  call(draft, place) {
    const coro = draft.coroutine(place);
    return coro === undefined ? undefined : { op: "call", coro, ...safe(draft) };
  },
  cancel: (draft) => ({ op: "cancel", x: draft.awaitable(), ...draft.message() }),
  uncancel: (draft) => ({ op: "uncancel", x: cancelled(draft) }),
  cancelling: (draft) => ({ op: "cancelling", x: cancelled(draft) }),
  status: (draft) => ({ op: "status", x: draft.awaitable() }),
  result: (draft) => ({ op: "result", x: draft.awaitable(), ...safe(draft, 85) }),
  exception: (draft) => ({ op: "exception", x: draft.awaitable(), ...safe(draft, 85) }),
  rename: (draft) => ({ op: "rename", x: draft.task(), name: draft.random.pick(["r1", "r2"]) }),
  new_future(draft) {
    const x = draft.random.maybe(draft.names("future"));
    return x === undefined ? undefined : { op: "new_future", x };
  },
  set_result(draft) {
    const x = draft.future();
    if (x === undefined) return undefined;
    return { op: "set_result", x, ...(draft.random.chance(70) ? { v: draft.scalar() } : {}), ...safe(draft, 80) };
  },
  set_exception(draft) {
    const x = draft.future();
    if (x === undefined) return undefined;
    return { op: "set_exception", x, exc: draft.raised(), ...draft.message(), ...safe(draft, 80) };
  },
  add_done_callback(draft, place) {
    const cb = draft.callback(place);
    return cb === undefined ? undefined : { op: "add_done_callback", x: draft.awaitable(), cb, ...draft.context() };
  },
  remove_done_callback(draft) {
    const cb = draft.random.maybe(draft.ranks.filter(({ callback }) => callback))?.name;
    return cb === undefined ? undefined : { op: "remove_done_callback", x: draft.awaitable(), cb };
  },
  current_task: () => ({ op: "current_task" }),
  all_tasks: () => ({ op: "all_tasks" }),
  set_task_factory: (draft) => ({
    op: "set_task_factory",
    kind: draft.random.pick(["none", "eager", "eager", "logging"]),
  }),

  sleep: (draft) => ({
    op: "sleep",
    d: draft.delay(),
    ...(draft.random.chance(20) ? { v: draft.scalar() } : {}),
  }),
  yield: () => ({ op: "yield" }),
  yield_bad: (draft) => ({ op: "yield_bad", ...safe(draft) }),
  gather: (draft, place) => ({
    op: "gather",
    of: draft.operands(place),
    ...(draft.random.chance(60) ? { re: draft.random.chance(50) } : {}),
    ...into(draft),
    ...safe(draft),
  }),
  wait: (draft, place) => ({
    op: "wait",
    of: draft.operands(place, 3),
    ...(draft.random.chance(60)
      ? { when: draft.random.pick(["ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION"] as const) }
      : {}),
    ...(draft.random.chance(40) ? { timeout: draft.delay() } : {}),
    ...safe(draft),
  }),
  as_completed: (draft, place) => ({
    op: "as_completed",
    of: draft.operands(place),
    ...(draft.random.chance(40) ? { timeout: draft.delay() } : {}),
    ...(draft.random.chance(40) ? { mode: "async" as const } : {}),
    ...(draft.random.chance(25) ? { limit: draft.random.between(1, 2) } : {}),
    ...safe(draft),
  }),
  wait_for: (draft, place) => ({ op: "wait_for", ...target(draft, place), timeout: draft.limit(), ...safe(draft) }),
  shield: (draft, place) => ({ op: "shield", ...target(draft, place), ...into(draft), ...safe(draft) }),
  reschedule: (draft, place) => ({
    op: "reschedule",
    var: scope(draft, place),
    d: draft.limit(),
    ...safe(draft, 80),
  }),
  expired: (draft, place) => ({ op: "expired", var: scope(draft, place) }),
  when: (draft, place) => ({ op: "when", var: scope(draft, place) }),

  log: (draft) => ({ op: "log", msg: draft.random.pick(["l1", "l2", "l3"]) }),
  call_soon(draft, place) {
    const cb = draft.callback(place);
    return cb === undefined ? undefined : { op: "call_soon", cb, ...handle(draft), ...draft.context() };
  },
  call_later(draft, place) {
    const cb = draft.callback(place);
    return cb === undefined
      ? undefined
      : { op: "call_later", d: draft.delay(), cb, ...handle(draft), ...draft.context() };
  },
  call_at(draft, place) {
    const cb = draft.callback(place);
    if (cb === undefined) return undefined;
    return { op: "call_at", at: draft.random.between(0, 5), cb, ...handle(draft), ...draft.context() };
  },
  handle_cancel: (draft) => ({ op: "handle_cancel", h: draft.random.pick(draft.handles) }),
  handle_cancelled: (draft) => ({ op: "handle_cancelled", h: draft.random.pick(draft.handles) }),

  acquire: (draft) => onObject(draft, acquirables, (x) => ({ op: "acquire", x, ...safe(draft) })),
  release: (draft) => onObject(draft, acquirables, (x) => ({ op: "release", x, ...safe(draft, 85) })),
  locked: (draft) => onObject(draft, acquirables, (x) => ({ op: "locked", x })),
  event_wait: (draft) => onObject(draft, ["event"], (x) => ({ op: "event_wait", x })),
  event_set: (draft) => onObject(draft, ["event"], (x) => ({ op: "event_set", x })),
  event_clear: (draft) => onObject(draft, ["event"], (x) => ({ op: "event_clear", x })),
  event_is_set: (draft) => onObject(draft, ["event"], (x) => ({ op: "event_is_set", x })),
  cond_wait: (draft, place) => onCondition(draft, place, (x) => ({ op: "cond_wait", x, ...safe(draft) })),
  cond_wait_for(draft, place) {
    const test = draft.test();
    if (test === undefined) return undefined;
    return onCondition(draft, place, (x) => ({ op: "cond_wait_for", x, ...test, ...safe(draft) }));
  },
  notify: (draft, place) =>
    onCondition(draft, place, (x) => ({
      op: "notify",
      x,
      ...(draft.random.chance(40) ? { count: draft.random.between(0, 3) } : {}),
      ...safe(draft, 70),
    })),
  notify_all: (draft, place) => onCondition(draft, place, (x) => ({ op: "notify_all", x, ...safe(draft, 70) })),
  barrier_wait: (draft) => onObject(draft, ["barrier"], (x) => ({ op: "barrier_wait", x, ...safe(draft) })),
  barrier_reset: (draft) => onObject(draft, ["barrier"], (x) => ({ op: "barrier_reset", x })),
  barrier_abort: (draft) => onObject(draft, ["barrier"], (x) => ({ op: "barrier_abort", x })),
  barrier_status: (draft) => onObject(draft, ["barrier"], (x) => ({ op: "barrier_status", x })),

  put: (draft) => onObject(draft, queues, (x) => ({ op: "put", x, v: item(draft, x), ...safe(draft) })),
  get: (draft) => onObject(draft, queues, (x) => ({ op: "get", x, ...safe(draft) })),
  put_nowait: (draft) =>
    onObject(draft, queues, (x) => ({ op: "put_nowait", x, v: item(draft, x), ...safe(draft, 85) })),
  get_nowait: (draft) => onObject(draft, queues, (x) => ({ op: "get_nowait", x, ...safe(draft, 85) })),
  join: (draft) => onObject(draft, queues, (x) => ({ op: "join", x })),
  task_done: (draft) => onObject(draft, queues, (x) => ({ op: "task_done", x, ...safe(draft, 85) })),
  shutdown(draft) {
    // A queue that is shut down early is of no more use to the program.
    if (draft.random.chance(50)) return undefined;
    return onObject(draft, queues, (x) => ({
      op: "shutdown",
      x,
      ...(draft.random.chance(50) ? { immediate: draft.random.chance(70) } : {}),
    }));
  },
  queue_status: (draft) => onObject(draft, queues, (x) => ({ op: "queue_status", x })),

  incr: (draft) =>
    onObject(draft, ["counter"], (x) => ({
      op: "incr",
      x,
      ...(draft.random.chance(20) ? { by: draft.random.between(-1, 2) } : {}),
    })),
  read: (draft) => onObject(draft, ["counter"], (x) => ({ op: "read", x })),
  cv_set: (draft) =>
    onObject(draft, ["contextvar"], (x) => ({
      op: "cv_set",
      x,
      v: draft.scalar(),
      ...(draft.random.chance(50) ? { token: draft.random.pick(draft.tokens) } : {}),
    })),
  cv_get: (draft) => onObject(draft, ["contextvar"], (x) => ({ op: "cv_get", x })),
  cv_reset: (draft) => ({ op: "cv_reset", token: draft.random.pick(draft.tokens), ...safe(draft, 85) }),
  copy_context: (draft) => ({ op: "copy_context", ctx: draft.random.pick(draft.contexts) }),
};

const acquirables = ["lock", "condition", "semaphore", "bounded_semaphore"] as const;
const queues = ["queue", "lifo_queue", "priority_queue"] as const;

/** Errors kept inside of the op, that the coroutine may go on to something else. */
function safe(draft: Draft, percent = 45): { safe?: true } {
  return draft.random.chance(percent) ? { safe: true } : {};
}

function spawned(draft: Draft, place: Place): SpawnFields | undefined {
  const coro = draft.coroutine(place);
  if (coro === undefined) return undefined;
  const eager = draft.random.chance(draft.subject.topics.has("eager") ? 50 : 4);
  return {
    name: draft.random.pick(draft.tasks),
    coro,
    ...(eager ? { eager: draft.random.chance(85) } : {}),
    ...draft.context(),
  };
}

/** Counting the requests of a cancellation is of interest where one is: in itself, mostly. */
function cancelled(draft: Draft): string {
  return draft.random.chance(60) ? "self" : draft.task();
}

function into(draft: Draft): { into?: string } {
  return draft.random.chance(30) ? { into: draft.random.pick(draft.intos) } : {};
}

function target(draft: Draft, place: Place): { x: string } | { coro: string } {
  const operand = draft.operand(place);
  return typeof operand === "string" ? { x: operand } : operand;
}

function scope(draft: Draft, place: Place): string {
  return (draft.random.chance(70) ? place.timeouts.at(-1) : undefined) ?? draft.random.pick(draft.scopes);
}

function handle(draft: Draft): { h?: string } {
  return draft.random.chance(50) ? { h: draft.random.pick(draft.handles) } : {};
}

function item(draft: Draft, queue: string): Scalar {
  // Items of a priority queue are compared, and the two languages compare different kinds differently.
  return draft.names("priority_queue").includes(queue) ? draft.random.between(0, 5) : draft.scalar();
}

function onObject<O>(draft: Draft, kinds: readonly Parameters<Draft["names"]>[0][], make: (x: string) => O) {
  const x = draft.random.maybe(draft.names(...kinds));
  return x === undefined ? undefined : make(x);
}

/** Without its lock a condition only complains, so mostly one that is held is taken. */
function onCondition<O>(draft: Draft, place: Place, make: (x: string) => O): O | undefined {
  const conditions = draft.names("condition");
  const held = conditions.filter((name) => place.held.includes(name));
  const x = held.length > 0 || draft.random.chance(70) ? draft.random.maybe(held) : draft.random.maybe(conditions);
  return x === undefined ? undefined : make(x);
}
