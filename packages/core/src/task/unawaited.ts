import { defaultHost } from "../host.ts";
import { current } from "../loop/current.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import { titleOf } from "./frame.ts";
import { noteOrigin, originOf } from "./origins.ts";

/** So few set aside are not worth looking through. */
const SMALL = 128;

/**
 * Finds coroutines that nobody ever awaited: the commonest mistake of all, a forgotten `yield*`.
 *
 * Almost every coroutine is started at once by the `yield*` or `createTask` it was made for. So the one made
 * last lies in a single slot, and starting it empties the slot: that is all the usual case pays. A coroutine
 * still there when the next one is made goes to the `aside` list. When the loop has finished a turn, those
 * still unstarted are watched: they are reported when they are collected or when their run ends, whichever comes
 * first, but once.
 */
let latest: Startable | null = null;
let latestLoop: EventLoop | null = null;
let aside: { readonly thing: Startable; readonly loop: EventLoop | null }[] = [];
/** Length of `aside` at which those that were started meanwhile are dropped: a turn of a virtual loop is a whole run. */
let sweepAbove = SMALL;
const watched = new Set<Watch>();

/** A coroutine or lazy awaitable. Marked only if it was not started at once: true when it was, later. */
interface Startable {
  _unawaited?: Watch | true;
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
  if (latest !== null) setAside(latest);
  latest = thing;
  latestLoop = current.loop;
  if (latestLoop?._debug) noteOrigin(thing);
}

function setAside(thing: Startable): void {
  if (aside.length >= sweepAbove) {
    aside = aside.filter((one) => one.thing._unawaited !== true);
    sweepAbove = Math.max(SMALL, aside.length * 2);
  }
  aside.push({ thing, loop: latestLoop });
}

/** To be told when one is started or taken over by a task. */
export function noteStarted(thing: object): void {
  if (thing === latest) latest = null;
  // Most of the time nothing is aside, and a mark costs.
  else if (aside.length > 0 || watched.size > 0) markStarted(thing);
}

function markStarted(thing: Startable): void {
  if (thing._unawaited !== undefined && thing._unawaited !== true) watched.delete(thing._unawaited);
  thing._unawaited = true;
}

/** Called at the end of a loop's turn: what is still unstarted is watched from here on. */
export function watchUnstarted(): void {
  if (latest !== null) {
    setAside(latest);
    latest = null;
  }
  if (aside.length === 0) return;
  for (const { thing, loop } of aside) {
    if (thing._unawaited !== undefined) continue;
    const watch: Watch = { ref: new WeakRef(thing), loop, title: titleOf(thing), origin: originOf(thing) };
    thing._unawaited = watch;
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
