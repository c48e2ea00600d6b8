/** `session.ts SIZES LIST FOLDER`: what one writes with ClientSession. SIZES: small, in one write; or large, piece by piece. */
import { closeSync, openSync, readFileSync, renameSync, write, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { ClientSession } from "@yieldfrom/http";
import { type Coroutine, createTask, from, run } from "yieldfrom";

const WIDTH = 20;
const [sizes = "", list = "", folder = ""] = process.argv.slice(2);
const urls = readFileSync(list, "utf8").trim().split("\n").values();
const writing = promisify(write);

function* worker(session: ClientSession): Coroutine<void> {
  for (const url of urls) {
    const path = `${folder}/${url.slice(url.lastIndexOf("/") + 1)}`;
    const part = `${path}.part`;
    using response = yield* session.get(url);
    response.raiseForStatus();
    if (sizes === "small") writeFileSync(part, yield* response.read());
    else yield* savePieces(response, part);
    renameSync(part, path);
  }
}

function* savePieces({ content }: { content: Content }, path: string): Coroutine<void> {
  const file = openSync(path, "w");
  try {
    let position = 0;
    for (;;) {
      const piece = yield* content.readAny();
      if (piece === null) return;
      for (let done = 0; done < piece.byteLength; ) {
        const { bytesWritten } = yield* from(writing(file, piece, done, piece.byteLength - done, position + done));
        done += bytesWritten;
      }
      position += piece.byteLength;
    }
  } finally {
    closeSync(file);
  }
}

type Content = Awaited<ReturnType<typeof contentOf>>;
declare function contentOf(): Promise<import("@yieldfrom/http").ClientResponse["content"]>;

await run(function* () {
  using session = new ClientSession({
    timeout: { total: null, sockRead: 60_000 },
    headers: { "accept-encoding": "identity" },
  });
  const workers = Array.from({ length: WIDTH }, () => createTask(worker(session)));
  for (const task of workers) yield* task;
});
