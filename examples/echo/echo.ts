import type { StreamReader, StreamWriter } from "@yieldfrom/io";
import { type Coroutine, coroutine } from "yieldfrom";

/** Sends back what comes, until that ends. `drain` waits for a client that does not read: nothing piles up here. */
export const echo = coroutine(function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  for (;;) {
    const data = yield* reader.read(65_536);
    if (data.length === 0) return;
    writer.write(data);
    yield* writer.drain();
  }
});
