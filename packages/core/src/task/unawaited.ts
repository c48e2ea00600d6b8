import { defaultHost } from "../host.ts";
import { current } from "../loop/current.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import { titleOf } from "./frame.ts";
import { noteOrigin, originOf } from "./origins.ts";

/** So few set aside are not worth looking through. */
const SMALL = 128;

/**
 * Finds coroutines that nobody ever awaited: the commonest mistake of all, a forgotten `yield*`. And those that are awaited
 * twice, of which the second would get nothing, or wait for ever.
 *
 * Almost every coroutine is started at once by the `yield*` or `createTask` it was made for. So the one made
 * last lies in a single slot, and starting it empties the slot: that is all the usual case pays. A coroutine
 * still there when the next one is made, or when another loop begins to run, goes to the `aside` list and is marked. When
 * the loop has finished a turn, those still unstarted are watched: they are reported when they are collected or when
 * their run ends, whichever comes first, but once.

 */
let latest: Startable | null = null;
let aside: { readonly thing: Startable; readonly loop: EventLoop | null }[] = [];
/** Length of `aside` at which those that were started meanwhile are dropped: a turn of a virtual loop is a whole run. */
let sweepAbove = SMALL;
const watched = new Set<Watch>();

const STARTED = 0;
/** Not started, and on the `aside` list. */
const ASIDE = 1;
/** Not started, and somebody looks after it. */
const KEPT = 2;
/** How far a coroutine or lazy awaitable has come; being watched is the last stage before the report. */
type Stage = typeof STARTED | typeof ASIDE | typeof KEPT | Watch;

interface Startable {
  /** Not there at first: of a generator it is the one property, which the engine keeps apart from the object itself. */
  _stage?: Stage | undefined;
}

interface Watch {
  readonly ref: WeakRef<Startable>;
  readonly loop: EventLoop | null;
  readonly title: string;
  readonly origin: string | undefined;
}

const collected = new FinalizationRegistry<Watch>((watch) => {
  if (watched.delete(watch)) report(watch);
});

/** To be told of each coroutine and lazy awaitable that is made. */
export function noteCreated(thing: object): void {
  if (latest !== null) setLatestAside();
  latest = thing;
  if (current.loop?._debug) noteOrigin(thing);
}

/** Also to be called before `current.loop` changes, as whatever is unstarted was made while that loop ran. */
export function setLatestAside(): void {
  if (latest === null) return;
  if (aside.length >= sweepAbove) {
    aside = aside.filter((one) => one.thing._stage === ASIDE);
    sweepAbove = Math.max(SMALL, aside.length * 2);
  }
  latest._stage = ASIDE;
  aside.push({ thing: latest, loop: current.loop });
  latest = null;
}

/** To be told when one is started or taken over by a task. Returns false if it had been started already. */
export function noteStarted(startable: object): boolean {
  const thing = startable as Startable;
  if (thing === latest) latest = null;
  else if (thing._stage !== undefined && !leaveStage(thing._stage)) return false;
  thing._stage = STARTED;
  return true;
}

function leaveStage(stage: Stage): boolean {
  if (typeof stage === "object") watched.delete(stage);
  return stage !== STARTED;
}

/** To be told when somebody else will start it later, and need not be watched. */
export function noteKept(thing: object): void {
  if (noteStarted(thing)) (thing as Startable)._stage = KEPT;
}

/** Called at the end of a loop's turn: what is still unstarted is watched from here on. */
export function watchUnstarted(): void {
  setLatestAside();
  if (aside.length === 0) return;
  for (const { thing, loop } of aside) {
    if (thing._stage !== ASIDE) continue;
    const watch: Watch = { ref: new WeakRef(thing), loop, title: titleOf(thing), origin: originOf(thing) };
    thing._stage = watch;
    watched.add(watch);
    collected.register(thing, watch);
  }
  aside = [];
  sweepAbove = SMALL;
}

/** Reports what was made during the runs of `loop` and was never started. Called when the loop closes. */
export function reportUnawaited(loop: EventLoop): void {
  watchUnstarted();
  for (const watch of watched) {
    if (watch.loop !== loop) continue;
    watched.delete(watch);
    report(watch);
  }
}

function report({ title, loop, origin }: Watch): void {
  const awaited = `${title} was never awaited: write \`yield* …\` before it`;
  const message = `${awaited}, or give it to createTask()`;
  // Made in no run, so most likely by an async function.
  if (loop === null) defaultHost.print(`yieldfrom: ${awaited} in a coroutine, \`await run(…)\` in an async function`);
  else loop.callExceptionHandler(origin === undefined ? { message } : { message, sourceTraceback: origin });
}
