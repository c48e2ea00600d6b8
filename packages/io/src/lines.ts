import { type Operation, toAsyncIterable } from "yieldfrom";
import type { StreamReader } from "./stream-reader.ts";

/** The lines of a reader until its end, each read in a task when it is asked for; leaving the loop cancels that. */
export function lines(reader: StreamReader): AsyncIterableIterator<Buffer> {
  const inner = toAsyncIterable(reads(reader), { loop: reader._loop });
  return {
    async next() {
      const result = await inner.next();
      if (result.done || result.value.length > 0) return result;
      await inner.return?.();
      return { done: true, value: undefined };
    },
    async return() {
      await inner.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function* reads(reader: StreamReader): Generator<Operation<Buffer>> {
  for (;;) yield reader.readLine();
}
