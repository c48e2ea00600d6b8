import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { cancelEverywhere } from "@yieldfrom/testing";
import { type Coroutine, createTask, run, sleep } from "yieldfrom";
import { failureOf } from "../../../core/test/helpers.ts";
import { DownloadError } from "../../src/errors.ts";
import { ListReader, openList } from "../../src/input/list-reader.ts";
import { all, entriesOf, seeded } from "./reading.ts";

const LIST = 'http://a/1\nhttp://a/2\tname\n\n# x\nhttp://a/3\n  out=three\r\n{"url":"http://a/4"}\nhttp://a/5';
const ENTRIES = [
  { url: "http://a/1", at: "L:1" },
  { url: "http://a/2", name: "name", at: "L:2" },
  { url: "http://a/3", name: "three", at: "L:5" },
  { url: "http://a/4", at: "L:7" },
  { url: "http://a/5", at: "L:8" },
];

async function withFile(content: string | Uint8Array, body: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "list-reader-"));
  try {
    const path = join(folder, "urls.txt");
    await writeFile(path, content);
    await body(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function pieces(bytes: Uint8Array, random: (n: number) => number, most: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at = at + (found.at(-1) as Uint8Array).length) {
    found.push(bytes.subarray(at, at + 1 + random(most)));
  }
  return found;
}

test("however a list comes in pieces, gzip'd or not, its items are the same", async () => {
  const random = seeded(2);
  for (const bytes of [
    Buffer.from(LIST),
    gzipSync(LIST),
    Buffer.concat([gzipSync(LIST.slice(0, 30)), gzipSync(LIST.slice(30))]),
  ]) {
    for (const most of [1, 3, 20, 10_000]) assert.deepEqual(await entriesOf(pieces(bytes, random, most)), ENTRIES);
  }
});

test("lists of nothing have no items", async () => {
  for (const list of [[], [""], ["\n\n"], ["# x"], [gzipSync("")], ["\ufeff"]]) {
    assert.deepEqual(await entriesOf(list), []);
  }
  assert.deepEqual(await entriesOf([Buffer.from([0x1f])]), [{ url: "\x1f", at: "L:1" }]);
});

test("a file, and its name in what is said", () =>
  withFile(LIST, (path) =>
    run(function* () {
      using reader = openList(path);
      const entries = yield* all(reader);
      assert.deepEqual(
        entries.map(({ at }) => at),
        ENTRIES.map(({ at }) => at.replace("L", path)),
      );
      assert.equal(yield* reader.next(), null);
    }),
  ));

describe("a list that can't be read", () => {
  const reading = (source: () => ListReader) =>
    run(function* () {
      using reader = source();
      const error = yield* failureOf(all(reader));
      assert.ok(error instanceof DownloadError);
      assert.equal(error.code, "ERR_LIST");
      return error.message;
    });

  test("is told of by its name", async () => {
    const missing = join(tmpdir(), "no", "such.txt");
    assert.equal(
      await reading(() => openList(missing)),
      `the list ${missing} can't be read: no such file or directory`,
    );
    const folder = tmpdir();
    assert.equal(await reading(() => openList(folder)), `the list ${folder} can't be read: it is a folder`);
  });

  test("because it is cut off, damaged or in another encoding", async () => {
    const list = (...bytes: Uint8Array[]) => new ListReader(Readable.from(bytes, { objectMode: false }), { name: "L" });
    const zipped = gzipSync(LIST);
    assert.equal(await reading(() => list(zipped.subarray(0, 30))), "the list L can't be read: unexpected end of file");
    zipped[40]! ^= 0xff;
    assert.match(await reading(() => list(zipped)), /^the list L can't be read: /);
    const utf16 = Buffer.from("\ufeffhttp://a/1\n", "utf16le");
    assert.equal(await reading(() => list(utf16)), "the list L is UTF-16: save it as UTF-8");
    assert.equal(await reading(() => list(utf16.swap16())), "the list L is UTF-16: save it as UTF-8");
  });

  test("any further is told of after what came before", () =>
    run(function* () {
      const source = Readable.from(
        (function* () {
          yield Buffer.from("http://a/1\nhttp://a/2\n");
          throw new Error("the line is dead");
        })(),
        { objectMode: false },
      );
      using reader = new ListReader(source, { name: "L" });
      assert.deepEqual(yield* reader.next(), [{ url: "http://a/1", at: "L:1" }]);
      const error = yield* failureOf(reader.next());
      assert.equal((error as Error).message, "the list L can't be read: the line is dead");
    }));

  test("because its stream is closed", () =>
    run(function* () {
      const source = new PassThrough();
      source.write("http://a/1\n");
      using reader = new ListReader(source, { name: "L", format: "lines" });
      assert.equal((yield* reader.next())?.length, 1);
      source.destroy();
      const error = yield* failureOf(reader.next());
      assert.equal((error as Error).message, "the list L can't be read: it was closed before its end");
    }));
});

test("a batch has an end, and an item does not wait for the end of the list", () =>
  run(function* () {
    const source = new PassThrough();
    using reader = new ListReader(source, { name: "L" });
    source.write("u\n".repeat(3000));
    const counts: number[] = [];
    for (let left = 2999; left > 0; left -= counts.at(-1) as number) counts.push((yield* reader.next())?.length ?? 0);
    assert.ok(
      counts.every((count) => count > 0 && count <= 1024),
      String(counts),
    );
    source.write("v\n");
    assert.deepEqual(yield* reader.next(), [{ url: "u", at: "L:3000" }]);
    source.end();
    assert.deepEqual(yield* reader.next(), [{ url: "v", at: "L:3001" }]);
    assert.equal(yield* reader.next(), null);
  }));

test("the source is read only when it is asked for", () =>
  run(function* () {
    let given = 0;
    const source = (function* () {
      for (; given < 1_000_000; given++) yield Buffer.alloc(65_536, "http://a/1\n");
    })();
    using reader = new ListReader(Readable.from(source, { objectMode: false }), { name: "L" });
    yield* reader.next();
    yield* sleep(5);
    assert.ok(given <= 4, `${given} chunks were read`);
  }));

test("a line that is too long is a bad line, and the others are not", async () => {
  const long = `http://a/${"x".repeat(70_000)}`;
  assert.deepEqual(await entriesOf([`http://a/1\n${long}\nhttp://a/2\n${long}`]), [
    { url: "http://a/1", at: "L:1" },
    { reason: "the line is longer than 64 KiB", at: "L:2", text: long.slice(0, 80), cut: true },
    { url: "http://a/2", at: "L:3" },
    { reason: "the line is longer than 64 KiB", at: "L:4", text: long.slice(0, 80), cut: true },
  ]);
});

describe("closing", () => {
  test("after a throw in the middle closes the file", () =>
    withFile("http://a/1\n".repeat(100_000), async (path) => {
      let stream: Readable | undefined;
      await assert.rejects(
        run(function* () {
          using reader = openList(path);
          stream = streamOf(reader);
          yield* reader.next();
          throw new Error("enough");
        }),
        { message: "enough" },
      );
      assert.ok(stream?.destroyed);
      if (!stream.closed) await once(stream, "close");
    }));

  test("is idempotent, and works before anything was read", () =>
    withFile(LIST, (path) =>
      run(function* () {
        const reader = openList(path);
        reader.close();
        reader.close();
        yield* failureOf(reader.next());
      }),
    ));

  test("a cancellation at any point leaves nothing open", () =>
    withFile(LIST.repeat(100), async (path) => {
      const points = await cancelEverywhere(function* () {
        using reader = openList(path);
        yield* all(reader);
      });
      assert.ok(points > 0);
    }));

  test("a cancellation at any point of a gzip'd list leaves nothing open", () =>
    withFile(gzipSync(LIST.repeat(1000)), async (path) => {
      const points = await cancelEverywhere(function* () {
        using reader = openList(path);
        yield* all(reader);
      });
      assert.ok(points > 0);
    }));

  test("a reader may go on after a cancellation, and nothing is lost", () =>
    run(function* () {
      const source = new PassThrough();
      using reader = new ListReader(source, { name: "L", format: "lines" });
      const waiting = createTask(reader.next() as Coroutine<unknown>);
      yield* sleep(1);
      waiting.cancel();
      yield* sleep(0);
      source.end("http://a/1\n");
      assert.deepEqual(yield* all(reader), [{ url: "http://a/1", at: "L:1" }]);
    }));
});

function streamOf(reader: ListReader): Readable {
  const { _bytes } = reader as unknown as { _bytes: { _source: { _stream: Readable } } };
  return _bytes._source._stream;
}
