/** What an op from a table of leaf ops consists of. */
import type { Awaitable } from "../src/index.ts";
import type { OpOf } from "./program.ts";
import type { World } from "./world.ts";

interface Written<Op> {
  /** How the op is written in the trace. */
  text(op: Op): string;
}

/** Done at once. Names are looked up before anything is done, since an unknown one skips the whole op. */
export interface Immediate<Op> extends Written<Op> {
  run(world: World, op: Op): unknown;
}

/** May let other tasks run. */
export interface Waiting<Op> extends Written<Op> {
  wait(world: World, op: Op): Awaitable<unknown>;
}

/** A table of leaf ops. The result of an op is logged unless it is null or undefined. */
export type Operations<Fields> = {
  [K in keyof Fields]: Immediate<OpOf<Fields, K>> | Waiting<OpOf<Fields, K>>;
};
