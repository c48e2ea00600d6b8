/** What the makers of ops share while a program is drafted: its names, its choices, where they stand. */
import type { Block, ExceptionName, ObjectKind, ObjectOf, Op, Operand, RaisedName, Scalar } from "../program.ts";
import { Random } from "./random.ts";
import type { OpName, Subject } from "./topics.ts";

/** Where in the program an op is to stand. */
export interface Place {
  /** Of the coroutine or callback: it starts only what comes after it, so that no program goes on for ever. */
  readonly rank: number;
  readonly depth: number;
  readonly inCallback: boolean;
  readonly inRepeat: boolean;
  /** Directly in a `finally`, which must not be left by `return` or `break`. */
  readonly inFinally: boolean;
  /** Conditions and locks whose `with` is around. */
  readonly held: readonly string[];
  readonly groups: readonly string[];
  readonly timeouts: readonly string[];
}

export class Draft {
  readonly random: Random;
  readonly subject: Subject;
  readonly objects: ObjectOf[] = [];
  /** Coroutines and callbacks by rank; the first is main. */
  readonly ranks: { name: string; callback: boolean }[];
  readonly tasks: readonly string[];
  /** What `gather` and `shield` may put in the table; no task has such a name, as some ops are for tasks only. */
  readonly intos: readonly string[] = ["o1", "o2"];
  readonly contexts: readonly string[] = ["x1", "x2"];
  readonly tokens: readonly string[] = ["k1", "k2"];
  readonly handles: readonly string[] = ["h1", "h2"];
  readonly scopes: readonly string[] = ["m1", "m2", "m3"];
  readonly groups: readonly string[] = ["g1", "g2"];
  /** How many ops may still be made. */
  budget: number;

  constructor(seed: number, subject: (random: Random) => Subject, big: number) {
    this.random = new Random(seed);
    this.subject = subject(this.random);
    const { random } = this;
    this.budget = random.chance(big) ? random.between(60, 200) : random.between(12, 60);
    this.tasks = names("t", random.between(2, 5));
    const callbacks = this.subject.topics.has("callbacks") ? random.between(1, 3) : random.between(0, 2);
    const others = [
      ...names("a", random.between(1, 4)).map((name) => ({ name, callback: false })),
      ...names("b", callbacks).map((name) => ({ name, callback: true })),
    ];
    this.ranks = [{ name: "main", callback: false }, ...random.some(others, others.length)];
  }

  names(...kinds: ObjectKind[]): string[] {
    return this.objects.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
  }

  /** A coroutine that may be started from there. */
  coroutine(place: Place): string | undefined {
    return this.#startable(place, false);
  }

  callback(place: Place): string | undefined {
    return this.#startable(place, true);
  }

  #startable(place: Place, callback: boolean): string | undefined {
    const later = this.ranks.slice(place.rank + 1).filter((item) => item.callback === callback);
    return this.random.maybe(later)?.name;
  }

  /** Something in the table of awaitables, or that may be there one day. */
  awaitable(): string {
    const { random } = this;
    const futures = this.names("future");
    if (futures.length > 0 && random.chance(this.subject.topics.has("futures") ? 60 : 25)) return random.pick(futures);
    if (random.chance(12)) return random.pick(this.intos);
    return this.task();
  }

  task(): string {
    if (this.random.chance(4)) return "self";
    if (this.random.chance(5)) return "main";
    return this.random.pick(this.tasks);
  }

  future(): string | undefined {
    // Now and then a task, which refuses to be settled.
    return this.random.chance(4) ? this.awaitable() : this.random.maybe(this.names("future"));
  }

  operand(place: Place, coroutines = 40): Operand {
    const coro = this.random.chance(coroutines) ? this.coroutine(place) : undefined;
    return coro === undefined ? this.awaitable() : { coro };
  }

  operands(place: Place, coroutines?: number): Operand[] {
    const count = this.random.pick([0, 1, 2, 2, 2, 3, 3, 4]);
    return Array.from({ length: count }, () => this.operand(place, coroutines));
  }

  delay(): number {
    return this.random.pick([0, 0, 1, 1, 1, 2, 2, 3, 5, -1]);
  }

  limit(): number | null {
    return this.random.chance(10) ? null : this.delay();
  }

  scalar(): Scalar {
    return this.random.pick<Scalar>([null, true, false, 0, 1, 2, 3, "s1", "s2"]);
  }

  message(): { msg?: string } {
    if (this.random.chance(40)) return {};
    return { msg: this.random.chance(3) ? "" : this.random.pick(["e1", "e2", "e3"]) };
  }

  raised(): RaisedName {
    return this.random.pick(["E1", "E1", "E2", "CancelledError", "TimeoutError"]);
  }

  caught(): (ExceptionName | "Exception")[] {
    const { random } = this;
    const types = random.chance(55) ? ["CancelledError" as const] : [];
    const others = ["Exception", "Exception", "E1", "E2", "TimeoutError", "RuntimeError", "ExceptionGroup"] as const;
    const rare = ["ValueError", "TypeError", "InvalidStateError", "BrokenBarrierError"] as const;
    const queue = ["QueueEmpty", "QueueFull", "QueueShutDown"] as const;
    if (types.length > 0 && random.chance(50)) return types;
    return [...types, random.chance(80) ? random.pick(others) : random.pick([...rare, ...queue])];
  }

  test(): { n: string; cmp: "==" | "!=" | "<" | "<=" | ">" | ">="; v: number } | undefined {
    const n = this.random.maybe(this.names("counter"));
    if (n === undefined) return undefined;
    return {
      n,
      cmp: this.random.pick(["==", "!=", "<", "<=", ">", ">="] as const),
      v: this.random.between(0, 3),
    };
  }

  /** A context by name, seldom unless the program is about them. */
  context(): { ctx?: string } {
    return this.random.chance(this.subject.topics.has("contexts") ? 40 : 2)
      ? { ctx: this.random.pick(this.contexts) }
      : {};
  }
}

export type Maker<O = Op> = (draft: Draft, place: Place, block: BlockMaker) => O | undefined;

/** Makes a block of about so many ops, beginning with some of those named. */
export type BlockMaker = (place: Place, size: number, first?: readonly OpName[]) => Block;

export function names(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
}
