/** Lines of the program's own, callbacks and the loop. */
import type { Operations } from "./operation.ts";
import type { LoopOps } from "./program.ts";

export const loopOps: Operations<LoopOps> = {
  log: {
    text: (op) => op.msg,
    run: () => null,
  },
  call_soon: {
    text: (op) => `call_soon ${op.cb}`,
    run: (world, op) => world.keepHandle(op.h, world.loop.callSoon(world.callback(op))),
  },
  call_later: {
    text: (op) => `call_later ${op.d} ${op.cb}`,
    run: (world, op) => world.keepHandle(op.h, world.loop.callLater(op.d, world.callback(op))),
  },
  call_at: {
    text: (op) => `call_at ${op.at} ${op.cb}`,
    run: (world, op) => world.keepHandle(op.h, world.loop.callAt(op.at, world.callback(op))),
  },
  handle_cancel: {
    text: (op) => `handle_cancel ${op.h}`,
    run: (world, op) => world.handles.get(op.h).cancel(),
  },
  handle_cancelled: {
    text: (op) => `handle_cancelled ${op.h}`,
    run: (world, op) => world.handles.get(op.h).cancelled(),
  },
};
