/** How the ops that hold blocks, or leave them, are made. */
import type { ControlOps, Handler, OpOf } from "../program.ts";
import type { BlockMaker, Draft, Maker, Place } from "./draft.ts";

type Makers<Ops> = { [K in keyof Ops]: Maker<OpOf<Ops, K>> };

const conditionOps = ["cond_wait", "cond_wait", "notify", "notify_all", "cond_wait_for"] as const;

export const controlMakers: Makers<ControlOps> = {
  return(draft, place) {
    if (place.inFinally) return undefined;
    return { op: "return", ...(draft.random.chance(70) ? { v: draft.scalar() } : {}) };
  },
  break: (_draft, place) => (place.inRepeat && !place.inFinally ? { op: "break" } : undefined),
  raise(draft) {
    if (draft.random.chance(20)) return { op: "raise", exc: "reraise" };
    return { op: "raise", exc: draft.raised(), ...draft.message() };
  },
  repeat: (draft, place, block) => ({
    op: "repeat",
    n: draft.random.between(2, 3),
    body: block({ ...place, inRepeat: true }, 3),
  }),
  if(draft, place, block) {
    const test = draft.test();
    if (test === undefined) return undefined;
    return {
      op: "if",
      ...test,
      // biome-ignore lint/suspicious/noThenProperty: the format calls it so.
      then: block(place, 2),
      ...(draft.random.chance(40) ? { else: block(place, 2) } : {}),
    };
  },
  try(draft, place, block) {
    const { random } = draft;
    const handlers = random.pick([0, 1, 1, 1, 2]);
    return {
      op: "try",
      body: block(place, 3),
      ...(handlers > 0 ? { except: Array.from({ length: handlers }, () => handler(draft, place, block)) } : {}),
      ...(random.chance(15) ? { else: block(place, 2) } : {}),
      ...(handlers === 0 || random.chance(30)
        ? { finally: block({ ...place, inFinally: true, inRepeat: false }, 2) }
        : {}),
    };
  },
  with(draft, place, block) {
    const x = draft.random.maybe(draft.names("lock", "condition", "semaphore", "bounded_semaphore", "barrier"));
    if (x === undefined) return undefined;
    const first = draft.names("condition").includes(x) ? conditionOps : [];
    return { op: "with", x, body: block({ ...place, held: [...place.held, x] }, 2, first) };
  },
  timeout(draft, place, block) {
    const name = draft.random.pick(draft.scopes);
    const body = block({ ...place, timeouts: [...place.timeouts, name] }, 3);
    if (draft.random.chance(20)) return { op: "timeout", var: name, at: draft.random.between(0, 5), body };
    return { op: "timeout", var: name, d: draft.limit(), body };
  },
  taskgroup(draft, place, block) {
    const name = draft.random.pick(draft.groups);
    return {
      op: "taskgroup",
      var: name,
      body: block({ ...place, groups: [...place.groups, name] }, 4, ["tg_spawn"]),
    };
  },
};

function handler(draft: Draft, place: Place, block: BlockMaker): Handler {
  return { types: draft.caught(), body: block(place, 2) };
}
