/** Heads of answers that are too long, too many, too early, or none. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { endless, honest, onReuse, raw, withHeaders } from "../hostile-answers.ts";
import { type Answer, closedPort, type Exchange } from "../hostile-server.ts";
import { assertFailed, assertWhole, leavesNothing, retriesOf, Stage } from "./stage.ts";

leavesNothing();

const PATH = "/file.bin";
const HINTS = "HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n";
const WRONG = [
  "ERR_SERVER_PROTOCOL",
  "ERR_CLIENT_PAYLOAD",
  "ERR_SERVER_DISCONNECTED",
  "ERR_CLIENT_OS",
  "ERR_STATUS",
  "ERR_SERVER_TIMEOUT",
];

/** Heads that must do. */
const GOOD: readonly (readonly [string, Answer])[] = [
  ["103 five times before it", honest({ before: HINTS.repeat(5) })],
  ["102 and 103 before it", honest({ before: `HTTP/1.1 102 Processing\r\n\r\n${HINTS}` })],
  ["80 other headers", withHeaders(Object.fromEntries(many(80)))],
  ["a header that is empty", withHeaders({ "x-empty": "" })],
  ["a header in latin1", withHeaders({ "x-latin": "caf\xe9" })],
];

/** Heads that can't be taken for any, or must not: each ends in an error, in time, whatever it is. */
const BAD: readonly (readonly [string, Answer])[] = [
  // undici takes no 100 that it did not ask for, though a client should (RFC 9110, 15.2).
  ["100 Continue", raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc", "keep")],
  ["interim answers without an end", endless("", HINTS)],
  ["headers without an end", endless("HTTP/1.1 200 OK\r\n", "x-more: of the same\r\n")],
  ["a header line without an end", endless("HTTP/1.1 200 OK\r\nx-long: ", "x")],
  ["a status line without an end", endless("HTTP/1.1 200 ", "O")],
  ["a header line of 10 MB", withHeaders({ "x-long": "y".repeat(10_000_000) })],
  ["100,000 headers", withHeaders(Object.fromEntries(many(100_000)))],
  ["HTTP/0.9", raw("this is the file")],
  ["HTTP of the future", raw("HTTP/9.9 200 OK\r\ncontent-length: 3\r\n\r\nabc")],
  ["a status of four digits", raw("HTTP/1.1 2000 OK\r\ncontent-length: 3\r\n\r\nabc")],
  ["a status that is none", raw("HTTP/1.1 abc OK\r\ncontent-length: 3\r\n\r\nabc")],
  ["a header without a colon", raw("HTTP/1.1 200 OK\r\ncontent-length 3\r\n\r\nabc")],
  ["a header with a NUL", raw("HTTP/1.1 200 OK\r\nx: a\0b\r\ncontent-length: 3\r\n\r\nabc", "keep")],
  ["a blank in a header's name", raw("HTTP/1.1 200 OK\r\ncontent-length : 3\r\n\r\nabc")],
  [
    "a protocol change that nobody asked for",
    raw("HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nabc"),
  ],
  ["the greeting of another protocol", raw("SSH-2.0-OpenSSH_9.9\r\n")],
  ["bytes of TLS", raw(Buffer.from("16030300310200002d0303", "hex"))],
  ["noise", raw(Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 256)))],
  ["ends of lines", endless("", "\r\n")],
  ["nothing", raw("")],
  ["a head that comes byte by byte", trickle],
];

/** A head that never ends, so slowly that no bound on its size is ever reached. */
async function trickle(exchange: Exchange): Promise<void> {
  for (let on = await exchange.write("HTTP/1.1 200 OK\r\nx: "); on; on = await exchange.write("y"))
    await exchange.sleep(20);
}

function many(count: number): [string, string][] {
  return Array.from({ length: count }, (_, index) => [`x-${index}`, "value"]);
}

describe("an answer with", () => {
  for (const [what, answer] of GOOD) {
    test(`${what} is one`, async () => {
      await using stage = await Stage.open();
      const file = stage.server.plan(PATH, answer);
      const { first } = await stage.download([stage.server.url(PATH)]);
      assertWhole(stage, first, file.content);
      assert.equal(file.requests.length, 1);
    });
  }
});

describe("instead of an answer come", { concurrency: 4 }, () => {
  for (const [what, answer] of BAD) {
    test(`${what}: it fails, and the next one is not touched by it`, async () => {
      await using stage = await Stage.open();
      stage.server.always(PATH, answer);
      const other = stage.server.file("/other.bin");
      const urls = [stage.server.url(PATH), stage.server.url("/other.bin")];
      const { first, ends } = await stage.download(urls, { limit: 1, retries: 1 });
      // Some of it is strange, but the meaning plain: a client may read it (a NUL in a header it ignores).
      if (first.type === "done") assert.equal(stage.read("file.bin").toString(), "abc");
      else assertFailed(first, ...WRONG);
      assertWhole(stage, ends.get(2)!, other.content);
    });
  }
});

describe("an answer before the question", () => {
  for (const [what, early] of [
    ["whole", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc"],
    ["half", "HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\nabc"],
    [
      "408, as some servers tell that they close",
      "HTTP/1.1 408 Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    ],
  ] as const) {
    test(`${what}: no file gets another one's bytes unseen`, async () => {
      await using stage = await Stage.open({ onConnection: (socket) => void socket.write(early) });
      const file = stage.server.file(PATH);
      const checksum = `sha256=${file.content.sha256()}`;
      const { first } = await stage.download([{ url: stage.server.url(PATH), checksum }]);
      if (first.type === "done") assertWhole(stage, first, file.content);
      else assertFailed(first, ...WRONG, "ERR_CHECKSUM", "ERR_LENGTH");
    });
  }
});

describe("a connection that is closed when it is used again", () => {
  for (const how of ["fin", "reset"] as const) {
    test(`by ${how}: another one is taken, and nothing is said`, async () => {
      await using stage = await Stage.open();
      stage.server.answer = onReuse(raw("", how));
      const paths = Array.from({ length: 10 }, (_, index) => `/${index}.bin`);
      const outcome = await stage.download(
        paths.map((path) => stage.server.url(path)),
        { limit: 1, retries: 0 },
      );
      paths.forEach((path, index) => {
        assertWhole(stage, outcome.ends.get(index + 1)!, stage.server.file(path).content);
      });
      assert.equal(retriesOf(outcome).length, 0);
    });
  }
});

test("a port where nobody is: it fails, after the retries", async () => {
  await using stage = await Stage.open();
  const port = await closedPort();
  const outcome = await stage.download([`http://127.0.0.1:${port}/file.bin`]);
  assertFailed(outcome.first, "ERR_CLIENT_CONNECTOR");
  const { length } = retriesOf(outcome);
  assert.ok(length >= 2 && length <= 8, `${length} retries`);
});

test("a server that closes each connection at once: it fails", async () => {
  await using stage = await Stage.open({ onConnection: (socket) => void socket.resetAndDestroy() });
  const { first } = await stage.download([stage.server.url(PATH)]);
  assertFailed(first, "ERR_SERVER_DISCONNECTED", "ERR_CLIENT_OS", "ERR_CLIENT_CONNECTOR");
});
