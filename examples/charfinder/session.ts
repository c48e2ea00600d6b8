import { type Awaitable, type Coroutine, coroutine, isCancelled } from "yieldfrom";
import type { Character } from "./char-index.ts";
import type { Find } from "./finder.ts";
import { charOf, codeOf, countOf } from "./show.ts";

const PROMPT = "?> ";

/** So many characters are asked for and sent at a time: "cjk" finds a hundred thousand. */
const PORTION = 5000;

/** What is needed of a StreamReader. */
interface In {
  readLine(): Awaitable<Buffer>;
}

/** What is needed of a StreamWriter. */
interface Out {
  write(data: string): void;
  drain(): Awaitable<void>;
}

/**
 * Talks with one client: a query a line, until it sends a control character or ends the connection (Fluent Python:
 * `handle_queries`).
 *
 * @param log is told of each query and of what came of it
 */
export const converse = coroutine(function* converse(
  reader: In,
  writer: Out,
  find: Find,
  log: (line: string) => void,
): Coroutine<void> {
  try {
    for (;;) {
      writer.write(PROMPT);
      yield* writer.drain();
      const query = queryIn(yield* reader.readLine());
      if (query === undefined) return;
      if (query === "") continue;
      const total = yield* answer(writer, query, find);
      log(`${JSON.stringify(query)}: ${countOf(total)}`);
    }
  } catch (error) {
    if (isCancelled(error)) writer.write("\r\nThe server is closing.\r\n");
    throw error;
  }
});

/** Sends what is found, as fast as the client takes it; gives how much that is. */
function* answer(writer: Out, query: string, find: Find): Coroutine<number> {
  for (let start = 0; ; start += PORTION) {
    const { total, characters } = yield* find(query, start, PORTION);
    writer.write(characters.map(lineOf).join(""));
    yield* writer.drain();
    if (start + PORTION < total) continue;
    writer.write(`${countOf(total)}: ${query}\r\n`);
    return total;
  }
}

function lineOf(character: Character): string {
  return `${codeOf(character)}\t${charOf(character)}\t${character.name}\r\n`;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The query in a line; `undefined` if that is the end. Control characters are, and so is what is no UTF-8: telnet sends
 * bytes of its own for Ctrl-C.
 */
function queryIn(line: Buffer): string | undefined {
  if (line.length === 0) return undefined;
  try {
    const query = utf8.decode(line).replace(/\s+/g, " ").trim();
    return /\p{Cc}/u.test(query) ? undefined : query;
  } catch {
    return undefined;
  }
}
