/** Bodies that are small on the wire and large after it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { bomb, raw, withHeaders } from "../hostile-answers.ts";
import { assertFailed, assertWhole, leavesNothing, Stage } from "./stage.ts";

leavesNothing();

const PATH = "/file.txt";
const MB = 1_000_000;

describe("compressed bodies that were asked for", () => {
  test("a bomb ends at `maxSize`, and is not kept", async () => {
    await using stage = await Stage.open();
    stage.server.always(PATH, bomb(50 * MB));
    const { first } = await stage.download([stage.server.url(PATH)], { compressed: true, maxSize: MB });
    assertFailed(first, "ERR_TOO_LARGE", "ERR_BODY_TOO_LARGE");
    assert.deepEqual([first.kept, stage.names], [0, []]);
  });

  test("a bomb ends by itself where nothing that is honest is so small on the wire", async () => {
    await using stage = await Stage.open();
    stage.server.always(PATH, bomb(100 * MB));
    const { first } = await stage.download([stage.server.url(PATH)], { compressed: true });
    assertFailed(first, "ERR_BODY_TOO_LARGE");
    assert.deepEqual([first.kept, first.attempts, stage.names], [0, 1, []]);
  });

  test("what is large, and compresses well, is a file", async () => {
    await using stage = await Stage.open();
    stage.server.always(PATH, bomb(30 * MB));
    const { first } = await stage.download([stage.server.url(PATH)], { compressed: true });
    assert.equal(first.type === "done" && first.bytes, 30 * MB);
    assert.deepEqual(stage.read("file.txt"), Buffer.alloc(30 * MB));
  });

  for (const layers of [2, 5, 6, 1000]) {
    test(`a body of ${layers} layers is inflated, refused, or saved as it is`, async () => {
      await using stage = await Stage.open();
      const kinds = Array.from({ length: layers }, (): "gzip" => "gzip");
      const file = stage.server.always(PATH, bomb(1000, kinds));
      const { first } = await stage.download([stage.server.url(PATH)], { compressed: true });
      if (first.type === "done" && layers > 3) assert.equal(stage.read("file.txt").length, file.sent);
      else if (first.type === "done") assert.deepEqual(stage.read("file.txt"), Buffer.alloc(1000));
      else assertFailed(first, "ERR_CLIENT_PAYLOAD", "ERR_SERVER_PROTOCOL", "ERR_CONTENT_ENCODING");
    });
  }

  const half = gzipSync(Buffer.alloc(100_000, "half of this")).subarray(0, 150);
  for (const [what, body] of [
    ["are none", Buffer.from("this is no gzip")],
    ["are cut", half],
    ["have junk behind", Buffer.concat([gzipSync("abc"), Buffer.from("junk")])],
    ["are empty", Buffer.alloc(0)],
  ] as const) {
    test(`that ${what} are no file that is wrong`, async () => {
      await using stage = await Stage.open();
      const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`;
      stage.server.always(PATH, raw(Buffer.concat([Buffer.from(head), body]), "keep"));
      const { first } = await stage.download([stage.server.url(PATH)], { compressed: true });
      if (first.type === "done") assert.ok(["", "abc"].includes(stage.read("file.txt").toString()));
      else assertFailed(first, "ERR_CLIENT_PAYLOAD");
    });
  }

  test("a coding that nobody knows is not saved as if it were the file", async () => {
    await using stage = await Stage.open();
    const file = stage.server.always(PATH, withHeaders({ "content-encoding": "secret" }));
    const { first } = await stage.download([stage.server.url(PATH)], { compressed: true });
    if (first.type === "done") assertWhole(stage, first, file.content);
    else assertFailed(first, "ERR_CLIENT_PAYLOAD", "ERR_CONTENT_ENCODING");
  });
});

test("a compressed body that nobody asked for is saved as it is, and never inflated", async () => {
  await using stage = await Stage.open();
  const file = stage.server.always(PATH, bomb(100 * MB));
  const { first } = await stage.download([stage.server.url(PATH)]);
  assert.equal(file.requests[0]?.headers["accept-encoding"], "identity");
  if (first.type === "failed") assertFailed(first, "ERR_CONTENT_ENCODING");
  else assert.ok(first.type === "done" && first.bytes < MB, JSON.stringify(first));
});
