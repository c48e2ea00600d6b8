/**
 * The messages of wire.ts as threads send them: in arrays, where an object would have the names of its fields cloned
 * with each message. That took some 2 µs of the 15 of a job.
 */
import type { ContextValues, FromWorker, Job, ToWorker } from "./wire.ts";

/** A job; the number alone is the id of one to abort. */
export type ThreadJob =
  | number
  | readonly [
      id: number,
      url: string,
      name: string,
      args: readonly unknown[],
      chunk?: true | undefined,
      context?: ContextValues | undefined,
    ];

/** A result alone, as it most often is, in a list; else the message as it is. */
export type ThreadAnswer = readonly [value: unknown] | FromWorker;

export function toThreadJob({ id, url, name, args, chunk, context }: Job): ThreadJob {
  return chunk === undefined && context === undefined ? [id, url, name, args] : [id, url, name, args, chunk, context];
}

export function fromThreadJob(message: ThreadJob): ToWorker {
  if (typeof message === "number") return { abort: message };
  const [id, url, name, args, chunk, context] = message;
  if (chunk === undefined && context === undefined) return { id, url, name, args };
  return { id, url, name, args, ...(chunk && { chunk }), ...(context && { context }) };
}

export function toThreadAnswer(message: FromWorker): ThreadAnswer {
  return "ok" in message && message.ok ? [message.value] : message;
}

export function fromThreadAnswer(message: ThreadAnswer): FromWorker {
  return "length" in message ? { ok: true, value: message[0] } : message;
}
