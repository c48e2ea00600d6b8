import assert from "node:assert/strict";
import { test } from "node:test";
import { type Coroutine, coroutine, createTask, Future, getRunningLoop, isCancelled, sleep } from "yieldfrom";
import { virtual } from "../helpers.ts";

/*
 * Chains of coroutines up to DEEPEST levels, each level plain or a `coroutine()`, in every pattern. Each pattern must
 * leave the trace that the same program leaves in plain generators only, which knows nothing of frames.
 */
const DEEPEST = 5;

type Child = () => Coroutine<string>;
type Body = (trace: Trace, child: Child) => Coroutine<string>;
/** Makes a new function each time: `coroutine()` leaves its mark on the one it is given. */
type Bodies = Record<string, () => Body>;

class Trace {
  readonly lines: string[] = [];
  readonly failure = new Error("broken");
  readonly later = new Future<string>();

  note(text: string): void {
    this.lines.push(`${getRunningLoop().time()} ${text}`);
  }

  /** An error by its identity: the one that was thrown at the leaf, a cancellation, or something unexpected. */
  error(error: unknown): string {
    if (error === this.failure) return "the failure";
    return isCancelled(error) ? `cancellation ${(error as Error).message}` : String(error);
  }
}

const leaves: Bodies = {
  returns: () =>
    function* () {
      return "leaf";
    },
  throws: () =>
    function* (trace) {
      throw trace.failure;
    },
  "waits and returns": () =>
    function* (trace) {
      const got = yield* trace.later;
      return `${got} at the leaf`;
    },
  "waits and throws": () =>
    function* (trace) {
      yield* sleep(3);
      throw trace.failure;
    },
  "answers a cancellation by an error of its own": () =>
    function* (trace) {
      try {
        // Early on the cancellation finds it giving way, later in a wait that can be cancelled itself.
        for (let i = 0; i < 6; i++) yield* sleep(0);
        yield* sleep(5);
      } catch {
        throw trace.failure;
      }
      return "undisturbed";
    },
  "answers a cancellation by a value": () =>
    function* () {
      try {
        yield* sleep(3);
      } catch {}
      return "refused";
    },
  "gives way twice": () =>
    function* () {
      yield* sleep(0);
      yield* sleep(0);
      return "gave way";
    },
  "waits in its clean-up": () =>
    function* (trace) {
      try {
        yield* sleep(3);
        throw trace.failure;
      } finally {
        yield* sleep(2);
        trace.note("leaf cleaned up");
      }
    },
};

const passOn = (): Body =>
  function* (trace, child) {
    trace.note("enters");
    try {
      const got = yield* child();
      trace.note(`leaves with ${got}`);
      return got;
    } catch (error) {
      trace.note(`leaves by ${trace.error(error)}`);
      throw error;
    }
  };

/** What the level in the middle does around the call of the next one. */
const middles: Bodies = {
  "only passes it on": () =>
    function* (_, child) {
      return yield* child();
    },
  catches: () =>
    function* (trace, child) {
      try {
        return yield* child();
      } catch (error) {
        trace.note(`caught ${trace.error(error)}`);
        return "instead";
      }
    },
  "catches, waits and throws on": () =>
    function* (trace, child) {
      try {
        return yield* child();
      } catch (error) {
        yield* sleep(1);
        trace.note(`passes on ${trace.error(error)}`);
        throw error;
      }
    },
  "waits in finally": () =>
    function* (trace, child) {
      try {
        return yield* child();
      } finally {
        yield* sleep(0);
        yield* sleep(1);
        trace.note("middle cleaned up");
      }
    },
  "replaces the outcome in finally": () =>
    function* (trace, child) {
      for (;;) {
        try {
          return yield* child();
        } finally {
          trace.note("breaks out");
          // biome-ignore lint/correctness/noUnsafeFinally: what such code does must not depend on the pattern
          break;
        }
      }
      return "broke out";
    },
  "calls it twice": () =>
    function* (trace, child) {
      try {
        trace.note(`first ${yield* child()}`);
      } catch (error) {
        trace.note(`again after ${trace.error(error)}`);
      }
      return yield* child();
    },
  "waits before and after": () =>
    function* (trace, child) {
      yield* sleep(1);
      const got = yield* child();
      yield* trace.later;
      return got;
    },
};

/** `pattern` has a bit for each level, 1 for `coroutine()`, the outermost level in the lowest bit. */
function chain(depth: number, pattern: number, middle: string, leaf: string, trace: Trace): Coroutine<string> {
  const level = (n: number): Child => {
    if (n === depth) return () => assert.fail("a leaf has no child");
    const make = n === depth - 1 ? leaves[leaf]! : n === depth >> 1 ? middles[middle]! : passOn;
    const body = (pattern >> n) & 1 ? coroutine(make()) : make();
    const child = level(n + 1);
    return () => body(trace, child);
  };
  return level(0)();
}

/** The trace of a chain run as a task beside another that gives way again and again, so that each step shows. */
function traceOf(depth: number, pattern: number, middle: string, leaf: string, cancelAt: number | null): string[] {
  return virtual(function* () {
    const trace = new Trace();
    const task = createTask(chain(depth, pattern, middle, leaf, trace));
    const ticker = createTask(
      (function* () {
        for (let tick = 0; tick < 12; tick++) {
          trace.note(`tick ${tick}`);
          yield* sleep(tick < 6 ? 0 : 1);
        }
      })(),
    );
    getRunningLoop().callLater(2, () => trace.later.done() || trace.later.setResult("later"));
    if (cancelAt !== null) getRunningLoop().callLater(cancelAt, () => void task.cancel("stop"));
    try {
      trace.note(`result ${yield* task}`);
    } catch (error) {
      trace.note(`error ${trace.error(error)}`);
    }
    yield* ticker;
    return trace.lines;
  });
}

function shown(depth: number, pattern: number): string {
  return Array.from({ length: depth }, (_, n) => ((pattern >> n) & 1 ? "coroutine()" : "plain")).join(" > ");
}

for (const cancelAt of [null, 0, 1, 4]) {
  for (const leaf of Object.keys(leaves)) {
    const cancelled = cancelAt === null ? "" : `, cancelled at ${cancelAt}`;
    test(`a leaf that ${leaf}${cancelled}: every pattern does as plain generators do`, () => {
      for (let depth = 1; depth <= DEEPEST; depth++) {
        // A cancelled chain is told apart by what its middle does with the error; a depth of 5 adds nothing to 4.
        if (cancelAt !== null && depth === DEEPEST) continue;
        for (const middle of Object.keys(middles)) {
          const expected = traceOf(depth, 0, middle, leaf, cancelAt);
          for (let pattern = 1; pattern < 1 << depth; pattern++) {
            const got = traceOf(depth, pattern, middle, leaf, cancelAt);
            assert.deepEqual(got, expected, `${shown(depth, pattern)}; the middle ${middle}`);
          }
          if (depth < 3) break;
        }
      }
    });
  }
}
