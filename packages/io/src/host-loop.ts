import { type EventLoop, getRunningLoop, RuntimeError, VirtualEventLoop } from "yieldfrom";

/** The running loop, if it has a host with a network. @throws RuntimeError on a VirtualEventLoop */
export function hostLoop(asked: string): EventLoop {
  const loop = getRunningLoop();
  if (!(loop instanceof VirtualEventLoop)) return loop;
  throw new RuntimeError(
    `${asked}() on a VirtualEventLoop: time jumps there, and nothing of the world outside can be waited for. Run this by run(main) without a loop of your own; a protocol or a StreamReader is tested in virtual time by feeding it`,
  );
}
