/** Bodies that are not as long as was said, or of which several lengths were said. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cut, honest, raw, slowly, withHeaders } from "../hostile-answers.ts";
import type { Answer } from "../hostile-server.ts";
import { assertFailed, assertWhole, leavesNothing, Stage } from "./stage.ts";

leavesNothing();

const PATH = "/file.bin";
const SIZE = 50_000;
const WRONG = ["ERR_SERVER_PROTOCOL", "ERR_CLIENT_PAYLOAD", "ERR_LENGTH"];

/** Answers that no client can take for the file. */
const NEVER: readonly (readonly [string, Answer, ...string[]])[] = [
  ["more than comes, then FIN", withHeaders({ "content-length": String(SIZE + 1) }, { stop: FIN() })],
  ["more than comes, then RST", withHeaders({ "content-length": String(SIZE + 1) }, { stop: FIN("reset") })],
  [
    "more than comes, then silence",
    withHeaders({ "content-length": String(SIZE + 1) }, { stop: FIN("stall") }),
    "ERR_SERVER_TIMEOUT",
  ],
  ["less than none", withHeaders({ "content-length": "-5" })],
  ["two lengths", withHeaders({ "content-length": [String(SIZE), String(SIZE - 1)] })],
  ["two lengths in one line", withHeaders({ "content-length": `${SIZE}, ${SIZE - 1}` })],
  ["a length and chunks", withHeaders({ "content-length": "5" }, { chunked: true })],
  ["a length that is no number", withHeaders({ "content-length": "many" })],
  ["a length with a sign", withHeaders({ "content-length": `+${SIZE}` })],
  ["a length in hexadecimal", withHeaders({ "content-length": "0xc350" })],
  ["a length beyond all numbers", withHeaders({ "content-length": "9".repeat(400) }, { stop: FIN() })],
  ["an empty length", withHeaders({ "content-length": "" })],
  ["chunks of a size that is none", chunks("zz\r\nabc\r\n0\r\n\r\n")],
  ["chunks of less than none", chunks("-3\r\nabc\r\n0\r\n\r\n")],
  ["a chunk beyond all numbers", chunks(`${"f".repeat(40)}\r\nabc`)],
  ["a chunk shorter than it says", chunks("5\r\nabc\r\n0\r\n\r\n")],
  ["a chunk longer than it says", chunks("1\r\nabc\r\n0\r\n\r\n")],
  ["no last chunk", chunks("3\r\nabc\r\n")],
  ["trailers of a megabyte", chunks(`3\r\nabc\r\n0\r\nx: ${"y".repeat(1_000_000)}\r\n\r\n`)],
];

function FIN(how: "fin" | "reset" | "stall" = "fin") {
  return { at: "after the body", how } as const;
}

function chunks(body: string): Answer {
  return raw(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${body}`);
}

describe("a server that says", { concurrency: 4 }, () => {
  for (const [what, answer, ...codes] of NEVER) {
    test(`${what}: it fails if it does so each time, and is whole if once`, async () => {
      await using stage = await Stage.open();
      const file = stage.server.always(PATH, answer);
      stage.server.file(PATH).size = SIZE;
      const url = stage.server.url(PATH);
      const { first } = await stage.download([url]);
      // Bytes that came may be kept, since the next answer may make a file of them: but it is not there now.
      assertFailed(first, ...WRONG, ...codes);
      file.answer = honest();
      stage.server.plan(PATH, answer);
      const again = await stage.download([url], { retries: 5 });
      assertWhole(stage, again.first, file.content);
    });
  }

  test("less than comes: what it says is the file, the rest no answer to the next request", async () => {
    await using stage = await Stage.open();
    const file = stage.server.plan(
      PATH,
      withHeaders({ "content-length": "100" }, { junk: "HTTP/1.1 200 OK\r\n\r\nevil" }),
    );
    const other = stage.server.file("/other.bin");
    const urls = [stage.server.url(PATH), stage.server.url("/other.bin")];
    const { first, ends } = await stage.download(urls, { limit: 1 });
    assert.equal(first.type, "done");
    assert.deepEqual(stage.read("file.bin"), file.content.bytes(0, 100));
    assertWhole(stage, ends.get(2)!, other.content);
  });

  test("less than comes, and there is a checksum: it fails, and nothing is kept", async () => {
    await using stage = await Stage.open();
    const file = stage.server.always(PATH, withHeaders({ "content-length": "100" }));
    const item = { url: stage.server.url(PATH), checksum: `sha256=${file.content.sha256()}` };
    const { first } = await stage.download([item]);
    assertFailed(first, "ERR_CHECKSUM");
    assert.deepEqual(stage.names, []);
  });

  test("the same length twice: it may be meant", async () => {
    await using stage = await Stage.open();
    const file = stage.server.always(PATH, withHeaders({ "content-length": [String(SIZE), String(SIZE)] }));
    file.size = SIZE;
    const { first } = await stage.download([stage.server.url(PATH)]);
    if (first.type === "failed") assertFailed(first, ...WRONG);
    else assertWhole(stage, first, file.content);
  });

  test("more about a chunk than there is in it: nobody asked for that", async () => {
    await using stage = await Stage.open();
    stage.server.always(PATH, chunks(`3;x=${"y".repeat(1_000_000)}\r\nabc\r\n0\r\n\r\n`));
    const { first } = await stage.download([stage.server.url(PATH)]);
    if (first.type === "failed") assertFailed(first, ...WRONG);
    else assert.equal(stage.read("file.bin").toString(), "abc");
  });

  test("nothing at all: an empty file is one", async () => {
    await using stage = await Stage.open();
    const files = ["/a", "/b", "/c"].map((path, index) => {
      const file = stage.server.always(path, honest([{}, { chunked: true }, { untilClose: true }][index]));
      file.size = 0;
      return file;
    });
    const { ends } = await stage.download(files.map(({ path }) => stage.server.url(path)));
    for (const [index, file] of files.entries()) assertWhole(stage, ends.get(index + 1)!, file.content);
  });
});

describe("what follows an answer", () => {
  for (const junk of ["\r\n", "junk", "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil", "\0".repeat(100_000)]) {
    test(`is no answer: ${JSON.stringify(junk.slice(0, 20))}`, async () => {
      await using stage = await Stage.open();
      const paths = Array.from({ length: 8 }, (_, index) => `/${index}.bin`);
      for (const path of paths) stage.server.plan(path, honest({ junk }));
      const { ends } = await stage.download(
        paths.map((path) => stage.server.url(path)),
        { limit: 2, retries: 5 },
      );
      paths.forEach((path, index) => {
        assertWhole(stage, ends.get(index + 1)!, stage.server.file(path).content);
      });
    });
  }
});

describe("a slow server", () => {
  test("that sends byte by byte is waited for", async () => {
    await using stage = await Stage.open();
    const file = stage.server.plan(PATH, slowly(1, 1));
    file.size = 200;
    const { first } = await stage.download([stage.server.url(PATH)]);
    assertWhole(stage, first, file.content);
  });

  test("that is slower than `slowLimit` is given up, and gone on from", async () => {
    await using stage = await Stage.open();
    const file = stage.server.plan(PATH, honest({ pace: { bytes: 10, ms: 20 } }));
    file.size = SIZE;
    const { first } = await stage.download([stage.server.url(PATH)], { slowLimit: 100_000, slowTime: 150 });
    assertWhole(stage, first, file.content);
    assert.equal(file.requests.length, 2);
  });

  test("that never ends is stopped by `totalTimeout`", async () => {
    await using stage = await Stage.open();
    stage.server.always(PATH, honest({ pace: { bytes: 10, ms: 20 } })).size = SIZE;
    const { first } = await stage.download([stage.server.url(PATH)], { totalTimeout: 150, retries: 0 });
    assertFailed(first, "ERR_SERVER_TIMEOUT");
  });

  test("holds up none of the others", async () => {
    await using stage = await Stage.open();
    stage.server.always("/slow.bin", cut(10, "stall")).size = SIZE;
    const paths = Array.from({ length: 30 }, (_, index) => `/${index}.bin`);
    const urls = ["/slow.bin", ...paths].map((path) => stage.server.url(path));
    const { events } = await stage.download(urls, { limit: 2, retries: 0 });
    const last = events.findLastIndex(({ type }) => type === "done");
    const slow = events.findIndex((event) => event.type === "failed");
    assert.ok(slow > last, "all others were done while one was waited for");
  });
});

test("a body without an end is stopped by `maxSize`, and not kept", async () => {
  await using stage = await Stage.open();
  const piece = Buffer.alloc(65_536);
  const without: Answer = async (exchange) => {
    await exchange.write("HTTP/1.1 200 OK\r\n\r\n");
    while (await exchange.writeBody(piece));
  };
  const file = stage.server.always(PATH, without);
  const { first } = await stage.download([stage.server.url(PATH)], { maxSize: 1_000_000 });
  assertFailed(first, "ERR_TOO_LARGE", "ERR_BODY_TOO_LARGE");
  assert.deepEqual([first.kept, file.requests.length, stage.names], [0, 1, []]);
});

test("a length above `maxSize` is refused before anything is read", async () => {
  await using stage = await Stage.open();
  const file = stage.server.file(PATH);
  file.size = 1_000_001;
  const { first } = await stage.download([stage.server.url(PATH)], { maxSize: 1_000_000 });
  assertFailed(first, "ERR_TOO_LARGE", "ERR_BODY_TOO_LARGE");
  assert.equal(file.requests.length, 1);
});
