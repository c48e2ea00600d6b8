/** Servers that lie about versions and ranges while a file is gone on with: no file is ever of two halves. */
import assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { cut, honest, onRange } from "../hostile-answers.ts";
import type { HostileFile } from "../hostile-server.ts";
import { CUT, FINAL, LIES, part, rangeFrom, rangeOf, SIZE } from "./lies.ts";
import { assertFailed, assertWhole, leavesNothing, Stage } from "./stage.ts";

leavesNothing();

const PATH = "/file.bin";

/** A stage whose folder has the first part of the file, from a run that failed. */
async function begun(prepare: (file: HostileFile) => void = () => {}): Promise<Stage> {
  const stage = await Stage.open();
  const file = stage.server.plan(PATH, cut(CUT));
  file.size = SIZE;
  prepare(file);
  const { first } = await stage.download([stage.server.url(PATH)], { retries: 0 });
  assertFailed(first, "ERR_CLIENT_PAYLOAD", "ERR_LENGTH");
  return stage;
}

/** What the requests since the first one asked for. */
function asked(file: HostileFile): (readonly [string | undefined, string | undefined])[] {
  return file.requests.slice(1).map(({ headers }) => [headers.range, headers["if-range"]]);
}

describe("another run", () => {
  test("goes on where the first one was cut", async () => {
    await using stage = await begun();
    const file = stage.server.file(PATH);
    const { first } = await stage.download([stage.server.url(PATH)]);
    assertWhole(stage, first, file.content);
    assert.deepEqual(asked(file), [[`bytes=${CUT}-`, file.etag]]);
    assert.equal(file.sent, SIZE);
    assert.equal(first.type === "done" && first.resumed, CUT);
  });

  test("begins anew when the file has changed", async () => {
    await using stage = await begun();
    const file = stage.server.file(PATH);
    file.change(SIZE + 5);
    const { first } = await stage.download([stage.server.url(PATH)]);
    assertWhole(stage, first, file.content);
    assert.equal(first.type === "done" && first.resumed, 0);
    assert.equal(file.sent, CUT + SIZE + 5);
  });

  test("begins anew when there is nothing to tell versions apart", async () => {
    await using stage = await begun((file) => {
      file.etag = null;
      file.lastModified = null;
    });
    const file = stage.server.file(PATH);
    file.version++;
    const { first } = await stage.download([stage.server.url(PATH)]);
    assertWhole(stage, first, file.content);
  });

  test("never asks for the rest of a weak ETag", async () => {
    await using stage = await begun((file) => {
      file.etag = `W/${file.etag}`;
      file.lastModified = null;
    });
    const file = stage.server.file(PATH);
    // The server is wrong too: it takes weak ones for good.
    const headers = { etag: file.etag, ...rangeOf(CUT, SIZE) };
    file.answer = onRange(part((reply) => ({ ...reply, status: 206, ...rangeFrom(CUT), headers })));
    file.version++;
    const { first } = await stage.download([stage.server.url(PATH)]);
    assertWhole(stage, first, file.content);
  });

  test("a date that may be of two versions is no validator", async () => {
    await using stage = await begun((file) => {
      file.etag = null;
      // As the answer's own date: the file may have changed twice in that second (RFC 9110, 8.8.2.2).
      file.lastModified = "Sun, 29 Nov 2026 10:00:00 GMT";
    });
    const file = stage.server.file(PATH);
    file.version++;
    const { first } = await stage.download([stage.server.url(PATH)]);
    assertWhole(stage, first, file.content);
  });

  test("a date that can be of one version only is one", async () => {
    await using stage = await begun((file) => {
      file.etag = null;
    });
    const file = stage.server.file(PATH);
    const { first } = await stage.download([stage.server.url(PATH)]);
    assertWhole(stage, first, file.content);
    assert.deepEqual(asked(file), [[`bytes=${CUT}-`, file.lastModified]]);
  });

  test("finds by the checksum that an ETag lied, and begins anew", async () => {
    await using stage = await begun();
    const file = stage.server.file(PATH);
    file.version++;
    const checksum = `sha256=${file.content.sha256()}`;
    const { first } = await stage.download([{ url: stage.server.url(PATH), checksum }]);
    assertWhole(stage, first, file.content);
  });

  test("a checksum that is wrong each time fails, and keeps nothing", async () => {
    await using stage = await begun();
    const { first } = await stage.download([{ url: stage.server.url(PATH), checksum: `sha256=${"0".repeat(64)}` }]);
    assertFailed(first, "ERR_CHECKSUM");
    assert.equal(first.kept, 0);
    assert.deepEqual(stage.names, []);
  });
});

describe("a request for the rest is answered with", { concurrency: 4 }, () => {
  for (const [what, lie] of LIES) {
    for (const [often, times] of [
      ["once", 1],
      ["each time", 100],
    ] as const) {
      test(`${what}, ${often}`, async () => {
        await using stage = await begun();
        const file = stage.server.file(PATH);
        const answer = lie(file);
        if (times === 1) stage.server.plan(PATH, answer);
        else file.answer = onRange(answer);
        const { first } = await stage.download([stage.server.url(PATH)], { retries: 4 });
        if (first.type === "failed" && (times > 1 || FINAL.has(what)))
          assertFailed(first, "ERR_STATUS", "ERR_SERVER_DISCONNECTED");
        else assertWhole(stage, first, file.content);
      });

      test(`${what}, ${often}, within a run`, async () => {
        await using stage = await Stage.open();
        const file = stage.server.plan(PATH, cut(CUT));
        file.size = SIZE;
        const before = file.content;
        stage.server.plan(PATH, (exchange) => {
          const answer = lie(file);
          if (times > 1) file.answer = onRange(answer);
          return answer(exchange);
        });
        const { first } = await stage.download([stage.server.url(PATH)], { retries: 4 });
        if (first.type === "failed" && (times > 1 || FINAL.has(what)))
          assertFailed(first, "ERR_STATUS", "ERR_SERVER_DISCONNECTED");
        else assertWhole(stage, first, file.content, before);
      });
    }
  }
});

test("a part of what was asked for is taken, and the rest of it asked for again", async () => {
  await using stage = await begun();
  const file = stage.server.plan(
    PATH,
    part((reply) => ({ ...reply, to: CUT + 1000, headers: { ...reply.headers, ...rangeOf(CUT, CUT + 1000) } })),
  );
  const { first } = await stage.download([stage.server.url(PATH)]);
  assertWhole(stage, first, file.content);
});

test("a part that nobody asked for is no file", async () => {
  await using stage = await Stage.open();
  const file = stage.server.always(
    PATH,
    part((reply) => ({ ...reply, status: 206, ...rangeFrom(CUT) })),
  );
  file.size = SIZE;
  const { first } = await stage.download([stage.server.url(PATH)]);
  assertFailed(first, "ERR_STATUS", "ERR_RANGE");
  assert.deepEqual(stage.names, []);
});

test("a version that changes with each request never makes a file of several", async () => {
  await using stage = await Stage.open();
  const file = stage.server.file(PATH);
  file.size = SIZE;
  file.answer = (exchange) => {
    file.change();
    return cut("mid body")(exchange);
  };
  const { first } = await stage.download([stage.server.url(PATH)], { retries: 4 });
  assertFailed(first, "ERR_CLIENT_PAYLOAD", "ERR_LENGTH");
  file.answer = honest();
  const again = await stage.download([stage.server.url(PATH)]);
  assertWhole(stage, again.first, file.content);
});

test("a whole part file is one, though the server says 416", async () => {
  await using stage = await Stage.open();
  const file = stage.server.plan(PATH, cut("before the last line end", "fin", { chunked: true }));
  file.size = SIZE;
  const failed = await stage.download([stage.server.url(PATH)], { retries: 0 });
  assertFailed(failed.first, "ERR_CLIENT_PAYLOAD");
  const { first } = await stage.download([stage.server.url(PATH)]);
  assertWhole(stage, first, file.content);
});

describe("where the part file should be", () => {
  for (const [what, prepare] of [
    ["is one without a record", (stage) => stage.write(".file.bin.part", "of something else")],
    [
      "is a record only",
      (stage) => stage.write(".file.bin.part.json", JSON.stringify({ url: stage.server.url(PATH), length: SIZE })),
    ],
    [
      "is a record that is none",
      (stage) => {
        stage.write(".file.bin.part", "of something else");
        stage.write(".file.bin.part.json", "{");
      },
    ],
    [
      "is a record of everything at once",
      (stage) => {
        stage.write(".file.bin.part", "of something else");
        stage.write(".file.bin.part.json", '[{"__proto__": {"url": 1}}, null, -1e400]');
      },
    ],
    [
      "is a record of megabytes",
      (stage) => {
        stage.write(".file.bin.part", "of something else");
        stage.write(".file.bin.part.json", `"${"x".repeat(5_000_000)}"`);
      },
    ],
    [
      "is a link to a file outside",
      (stage) => {
        mkdirSync(stage.dir);
        symlinkSync(join(stage.parent, "evil"), join(stage.dir, ".file.bin.part"));
      },
    ],
    [
      "and its record are links to files outside",
      (stage) => {
        mkdirSync(stage.dir);
        symlinkSync(join(stage.parent, "evil"), join(stage.dir, ".file.bin.part"));
        symlinkSync(join(stage.parent, "beside", "a.txt"), join(stage.dir, ".file.bin.part.json"));
      },
    ],
    [
      "is a link to nothing",
      (stage) => {
        mkdirSync(stage.dir);
        symlinkSync(join(stage.parent, "new"), join(stage.dir, ".file.bin.part"));
      },
    ],
  ] satisfies (readonly [string, (stage: Stage) => void])[]) {
    test(`${what}: it begins anew`, async () => {
      await using stage = await Stage.open();
      prepare(stage);
      const file = stage.server.file(PATH);
      file.size = SIZE;
      const { first } = await stage.download([stage.server.url(PATH)]);
      assertWhole(stage, first, file.content);
      assert.deepEqual(stage.names, ["file.bin"]);
    });
  }

  test("is a link to a file outside, beside a right record: it begins anew", async () => {
    await using stage = await begun();
    const path = join(stage.dir, ".file.bin.part");
    rmSync(path);
    symlinkSync(join(stage.parent, "evil"), path);
    const { first } = await stage.download([stage.server.url(PATH)]);
    assertWhole(stage, first, stage.server.file(PATH).content);
    assert.deepEqual(stage.names, ["file.bin"]);
  });

  test("is a folder: the item fails", async () => {
    await using stage = await Stage.open();
    mkdirSync(join(stage.dir, ".file.bin.part", "x"), { recursive: true });
    const { first } = await stage.download([stage.server.url(PATH)]);
    assertFailed(first, "ERR_NOT_A_FILE");
  });
});
