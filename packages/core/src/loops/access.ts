import { current } from "../loop/current.ts";
import type { EventLoop } from "./event-loop.ts";
import { HostEventLoop } from "./host-loop.ts";

/**
 * The running loop, else the one set, else a new one on the host, which is then the one set. Source: asyncio
 * `get_event_loop` as it was before Python 3.14.
 */
export function getEventLoop(): EventLoop {
  if (current.loop !== null) return current.loop;
  if (current.setLoop === null || current.setLoop.isClosed()) current.setLoop = newEventLoop();
  return current.setLoop;
}

/** Sets the loop that `getEventLoop` gives outside of a running one. Source: asyncio `set_event_loop`. */
export function setEventLoop(loop: EventLoop | null): void {
  current.setLoop = loop;
}

/** A new loop on the JavaScript host's. Source: asyncio `new_event_loop`. */
export function newEventLoop(): HostEventLoop {
  return new HostEventLoop();
}
