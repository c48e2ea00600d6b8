/** What a random program is about: which objects it has, and which ops come often in it. */
import type { ControlOps, LeafOps, ObjectKind } from "../program.ts";
import type { Random } from "./random.ts";

export type OpName = keyof LeafOps | keyof ControlOps;

interface Topic {
  objects: readonly ObjectKind[];
  ops: readonly OpName[];
}

const lockLike = ["acquire", "release", "release", "locked", "with", "with"] as const;

const topics = {
  tasks: {
    objects: [],
    ops: ["await", "call", "cancel", "uncancel", "cancelling", "status", "result", "exception", "rename", "all_tasks"],
  },
  cancelling: { objects: [], ops: ["cancel", "cancel", "cancel", "uncancel", "cancelling", "try", "try", "await"] },
  futures: {
    objects: ["future", "future"],
    ops: ["await", "await", "new_future", "set_result", "set_result", "set_exception", "cancel", "status", "shield"],
  },
  gather: { objects: ["future"], ops: ["gather", "gather", "gather", "await", "cancel", "set_result"] },
  wait: { objects: ["future"], ops: ["wait", "wait", "wait_for", "as_completed", "as_completed", "set_result"] },
  shield: {
    objects: ["future"],
    ops: ["shield", "shield", "wait_for", "wait_for", "await", "cancel", "set_exception"],
  },
  timeouts: {
    objects: [],
    ops: [
      "timeout",
      "timeout",
      "timeout",
      "reschedule",
      "expired",
      "when",
      "wait_for",
      "wait_for",
      "sleep",
      "uncancel",
    ],
  },
  groups: { objects: [], ops: ["taskgroup", "taskgroup", "tg_spawn", "tg_spawn", "raise", "cancel", "timeout"] },
  callbacks: {
    objects: ["future"],
    ops: [
      "add_done_callback",
      "add_done_callback",
      "remove_done_callback",
      "call_soon",
      "call_later",
      "call_at",
      "handle_cancel",
      "handle_cancelled",
      "current_task",
    ],
  },
  locks: { objects: ["lock"], ops: lockLike },
  semaphores: { objects: ["semaphore"], ops: lockLike },
  bounded: { objects: ["bounded_semaphore"], ops: lockLike },
  events: { objects: ["event"], ops: ["event_wait", "event_wait", "event_set", "event_clear", "event_is_set"] },
  conditions: {
    objects: ["condition", "counter"],
    ops: ["cond_wait", "cond_wait", "cond_wait_for", "notify", "notify", "notify_all", "incr", "with", "release"],
  },
  sharedLock: {
    objects: ["lock", "condition", "condition"],
    ops: ["cond_wait", "cond_wait", "notify", "notify_all", ...lockLike],
  },
  barriers: {
    objects: ["barrier"],
    ops: ["barrier_wait", "barrier_wait", "barrier_wait", "barrier_reset", "barrier_abort", "barrier_status", "with"],
  },
  queues: {
    objects: ["queue"],
    ops: ["put", "put", "get", "get", "put_nowait", "get_nowait", "join", "task_done", "shutdown", "queue_status"],
  },
  otherQueues: {
    objects: ["lifo_queue", "priority_queue"],
    ops: ["put", "put", "get", "get", "put_nowait", "get_nowait", "join", "task_done", "shutdown", "queue_status"],
  },
  contexts: {
    objects: ["contextvar"],
    ops: [
      "cv_set",
      "cv_set",
      "cv_get",
      "cv_get",
      "cv_reset",
      "copy_context",
      "copy_context",
      "spawn",
      "add_done_callback",
      "call_soon",
    ],
  },
  eager: {
    objects: [],
    ops: ["spawn", "spawn", "set_task_factory", "all_tasks", "current_task", "gather", "tg_spawn"],
  },
  counting: { objects: ["counter"], ops: ["incr", "read", "if", "repeat", "break"] },
} satisfies Record<string, Topic>;

export type TopicName = keyof typeof topics;

/** Ops that hold a program together, whatever it is about. */
const GLUE: Partial<Record<OpName, number>> = {
  sleep: 30,
  yield: 40,
  spawn: 20,
  cancel: 25,
  await: 10,
  try: 20,
  raise: 6,
  return: 4,
  repeat: 5,
  timeout: 5,
  taskgroup: 4,
  call: 6,
  if: 8,
  break: 8,
  event_set: 6,
  set_result: 6,
  release: 6,
  log: 2,
  // Ends nearly every task that does it.
  yield_bad: 0,
};

/** What an op that belongs to the topic is worth, and one that does not. */
const ABOUT = 25;
const ASIDE = 1;

export interface Subject {
  topics: ReadonlySet<TopicName>;
  objects: ObjectKind[];
  weights: Map<OpName, number>;
}

/** Chooses what a program is to be about. */
export function chooseSubject(random: Random, every: readonly OpName[]): Subject {
  const names = random.some(Object.keys(topics) as TopicName[], random.pick([1, 2, 2, 3, 4]));
  const chosen = names.map((name): Topic => topics[name]);
  const weights = new Map(every.map((op) => [op, GLUE[op] ?? ASIDE]));
  for (const op of chosen.flatMap(({ ops }) => ops)) weights.set(op, (weights.get(op) ?? 0) + ABOUT);
  if (random.chance(5)) weights.set("yield_bad", 3);
  return { topics: new Set(names), objects: chosen.flatMap(({ objects }) => objects), weights };
}
