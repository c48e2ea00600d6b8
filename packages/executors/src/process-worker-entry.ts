/** What a worker process starts with: it takes jobs from the channel that it was given, until that is closed. */
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { encodeThrown } from "./encode-error.ts";
import { copyByFrame, FrameReader, packFrame } from "./frames.ts";
import type { FromProcess, ToProcess } from "./process-wire.ts";
import { JobRunner } from "./run-job.ts";

const CHANNEL = 3;

// Ctrl-C in a terminal reaches every process there: what becomes of the jobs is for the one that has the pool to say.
process.on("SIGINT", () => {});

/** What a pipe takes at once (bytes): a message that is cut would spoil those that follow. */
const AT_ONCE = 32 * 1024;

// Written at once and not by the channel, as the process may be gone by its next turn. Between two answers the channel
// is empty; if it isn't, the error is told by what Node prints.
process.on("uncaughtExceptionMonitor", (error) => {
  if (channel.writableLength > 0) return;
  try {
    const [body, ...large] = packFrame({ uncaught: encodeThrown(error, copyByFrame) } satisfies FromProcess);
    if (large.length === 0 && body !== undefined && body.length <= AT_ONCE) writeSync(CHANNEL, body);
  } catch {}
});

const channel = new Socket({ fd: CHANNEL, readable: true, writable: true });
const runner = new JobRunner({
  send: (message, moves) => {
    for (const part of packFrame(message satisfies FromProcess, moves)) channel.write(part);
  },
  copy: copyByFrame,
});
const reader = new FrameReader(
  (frame) => {
    let message: ToProcess;
    try {
      message = frame.value() as ToProcess;
    } catch (error) {
      runner.unreadable(error);
      return;
    }
    if ("initializer" in message) void runner.begin(message.initializer);
    else runner.receive(message);
  },
  (error) => {
    throw error;
  },
);
channel.on("data", (chunk: Buffer) => reader.push(chunk));
channel.on("error", () => {});
// The pool wants no more of this process, or is gone with its own. What the jobs' modules left open is left behind.
channel.on("close", () => process.exit());
