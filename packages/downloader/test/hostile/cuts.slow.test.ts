/** Connections that are dropped or fall silent, at each kind of place: the next attempt goes on, or begins anew. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CHUNK_PLACES, cut, type How, honest, PLACES, type Place } from "../hostile-answers.ts";
import { assertFailed, assertWhole, leavesNothing, Stage } from "./stage.ts";

leavesNothing();

const PATH = "/file.bin";
/** Some are above what is kept in memory, some below. */
const SIZES = [8, 5000, 300_000];

/** After an answer that was whole, its end is none of the client's business. */
const harmless = (place: Place) => place === "after the body";

const CODES = ["ERR_SERVER_DISCONNECTED", "ERR_CLIENT_PAYLOAD", "ERR_CLIENT_OS", "ERR_SERVER_PROTOCOL", "ERR_LENGTH"];
const codesOf = (how: How) => (how === "stall" ? ["ERR_SERVER_TIMEOUT"] : CODES);

for (const chunked of [false, true]) {
  for (const how of ["fin", "reset", "stall"] as const) {
    describe(`${how} of ${chunked ? "a chunked body" : "a body with a length"}`, { concurrency: 8 }, () => {
      for (const place of chunked ? [...PLACES, ...CHUNK_PLACES] : PLACES) {
        test(`${place}, once`, async () => {
          await using stage = await Stage.open();
          const urls = SIZES.map((size) => {
            const path = `/file-${size}.bin`;
            stage.server.plan(path, cut(place, how, { chunked })).size = size;
            return stage.server.url(path);
          });
          const { ends } = await stage.download(urls);
          SIZES.forEach((size, index) => {
            const file = stage.server.file(`/file-${size}.bin`);
            assertWhole(stage, ends.get(index + 1)!, file.content);
            // A reset takes away what the client has not read yet, be it all that there is.
            const most = harmless(place) && how !== "reset" ? 1 : 2;
            const least = harmless(place) ? 1 : 2;
            const { length } = file.requests;
            assert.ok(least <= length && length <= most, `${length} requests for ${size}`);
          });
        });

        test(`${place}, each time`, async () => {
          await using stage = await Stage.open();
          const file = stage.server.always(PATH, cut(place, how, { chunked }));
          file.size = 5000;
          const { first } = await stage.download([stage.server.url(PATH)]);
          if (harmless(place) && how !== "reset") assertWhole(stage, first, file.content);
          else if (first.type === "done") assertWhole(stage, first, file.content);
          else assertFailed(first, ...codesOf(how));
          // Afterwards the server is a good one: what was kept is gone on from, or done with.
          file.answer = honest();
          const again = await stage.download([stage.server.url(PATH)]);
          if (first.type === "done") assert.equal(again.first.type, "skipped");
          else assertWhole(stage, again.first, file.content);
        });
      }
    });
  }
}

test("the end of a body that only the connection's end tells is taken for it", async () => {
  await using stage = await Stage.open();
  const file = stage.server.plan(PATH, honest({ untilClose: true }));
  const { first } = await stage.download([stage.server.url(PATH)]);
  assertWhole(stage, first, file.content);
});

test("a reset is never the end of such a body", async () => {
  await using stage = await Stage.open();
  const file = stage.server.plan(PATH, cut(100, "reset", { untilClose: true }));
  file.size = 5000;
  const { first } = await stage.download([stage.server.url(PATH)]);
  assertWhole(stage, first, file.content);
});

test("what came before a cut is not asked for again", async () => {
  await using stage = await Stage.open();
  const file = stage.server.plan(PATH, cut(2_000_000), cut(500_000));
  file.size = 3_000_000;
  const { first } = await stage.download([stage.server.url(PATH)]);
  assertWhole(stage, first, file.content);
  assert.deepEqual(
    file.requests.map(({ headers }) => headers.range),
    [undefined, "bytes=2000000-", "bytes=2500000-"],
  );
  assert.equal(file.sent, 3_000_000);
});
