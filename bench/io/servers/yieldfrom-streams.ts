import { type StreamReader, type StreamWriter, startServer } from "@yieldfrom/io";
import { type Coroutine, coroutine, run } from "yieldfrom";
import { serverIsReady } from "../ask.ts";

const echo = coroutine(function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  for (;;) {
    const data = yield* reader.read(65_536);
    if (data.length === 0) break;
    writer.write(data);
    yield* writer.drain();
  }
  writer.close();
});

await run(function* () {
  const server = yield* startServer(echo, "127.0.0.1", 0, { backlog: 4096 });
  serverIsReady(server.port);
  yield* server.serveForever();
});
