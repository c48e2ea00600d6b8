/** Reading a body by sizes, lines and separators. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type Coroutine,
  createTask,
  forEach,
  from,
  IncompleteReadError,
  isCancelled,
  LimitOverrunError,
  run,
  sleep,
} from "yieldfrom";
import { BodyTooLargeError, type ClientResponse, ClientSession } from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { serve, write } from "./server.ts";

/** Runs `check` on the response of a server that sends these pieces, a turn of its loop between each two. */
async function answered(
  pieces: readonly (string | Uint8Array)[],
  check: (response: ClientResponse) => Coroutine<void>,
) {
  await using server = await serve(async (_, response) => {
    response.flushHeaders();
    for (const piece of pieces) {
      if (response.destroyed) return;
      await write(response, piece);
    }
    response.end();
  });
  await run(function* () {
    using session = new ClientSession();
    using response = yield* session.get(server.origin);
    yield* check(response);
  });
}

const text = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString());

describe("content", () => {
  test("is read by at most so many bytes, or all of the rest", () =>
    answered(["abc", "defgh", "i"], function* ({ content }) {
      let all = "";
      for (let i = 0; i < 3; i++) {
        const piece = yield* content.read(2);
        assert.ok(piece !== null && piece.byteLength >= 1 && piece.byteLength <= 2);
        all += text(piece);
      }
      assert.equal((yield* content.read(0))?.byteLength, 0);
      all += text(yield* content.read());
      assert.equal(all, "abcdefghi");
      assert.deepEqual([yield* content.read(2), yield* content.readAny(), content.atEof], [null, null, true]);
      assert.deepEqual([text(yield* content.read()), text(yield* content.read(-1))], ["", ""]);
    }));

  test("is read by exactly so many bytes", () =>
    answered(["abc", "defgh", "i"], function* ({ content }) {
      assert.equal(text(yield* content.readExactly(4)), "abcd");
      assert.equal(text(yield* content.readExactly(0)), "");
      assert.equal(text(yield* content.readExactly(1)), "e");
      const error = yield* failureOf(content.readExactly(9));
      assert.ok(error instanceof IncompleteReadError);
      assert.deepEqual([text(error.partial), error.expected], ["fghi", 9]);
    }));

  test("is read by more bytes than are ever kept", async () => {
    const chunk = new Uint8Array(100_000).fill(7);
    await answered(
      Array.from({ length: 30 }, () => chunk),
      function* ({ content }) {
        const most = yield* content.readExactly(2_900_000);
        assert.ok(most.byteLength === 2_900_000 && most.every((byte) => byte === 7));
        assert.equal((yield* content.read()).byteLength, 100_000);
      },
    );
  });

  test("is read by lines", () =>
    answered(["a\nbc", "d\n\n", "e\r", "\nrest"], function* ({ content }) {
      const lines: (string | null)[] = [];
      for (;;) {
        const line = yield* content.readLine();
        lines.push(text(line));
        if (line === null) break;
      }
      assert.deepEqual(lines, ["a\n", "bcd\n", "\n", "e\r\n", "rest", null]);
    }));

  test("is read up to a separator, wherever it is cut in two", async () => {
    for (const pieces of [["a--b--", "-c"], ["a-", "-b-", "--", "c"], [..."a--b---c"]]) {
      await answered(pieces, function* ({ content }) {
        const read = function* () {
          return text(yield* content.readUntil("--"));
        };
        assert.deepEqual([yield* read(), yield* read(), yield* read(), yield* read()], ["a--", "b--", "-c", null]);
      });
    }
  });

  test("without a separator is not gathered for ever, and is there to be read", () =>
    answered(
      Array.from({ length: 10 }, () => Buffer.alloc(100_000, "x")),
      function* ({ content }) {
        const error = yield* failureOf(content.readLine());
        assert.ok(error instanceof LimitOverrunError && error.consumed > 512 * 1024);
        assert.match(error.message, /^GET http:.*: no separator in \d+ bytes of the body; read it in pieces/);
        assert.equal((yield* content.read()).byteLength, 1_000_000);
      },
    ));

  test("is gone through in pieces, in coroutines and async functions", () =>
    answered(["abcdefg", "hi"], function* ({ content }) {
      const sizes: number[] = [];
      let all = "";
      yield* forEach(content.iterChunked(4), (piece) => {
        sizes.push(piece.byteLength);
        all += text(piece);
      });
      assert.equal(all, "abcdefghi");
      assert.ok(sizes.every((size) => size <= 4));
      const nothing = async () => {
        for await (const _ of content.iterAny()) assert.fail("it has ended");
      };
      yield* from(nothing());
    }));

  test("refuses sizes that are none", () =>
    answered([], function* ({ content }) {
      for (const size of [-2, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        assert.throws(() => content.read(size), /Expected `size` of read\(\) to be a whole number/);
        assert.throws(() => content.readExactly(size), RangeError);
        assert.throws(() => content.iterChunked(size), RangeError);
      }
      assert.throws(() => content.iterChunked(0), RangeError);
      assert.throws(() => content.readUntil(""), /`separator` of readUntil\(\)/);
      yield* content.read();
    }));

  test("of a reader that is cancelled drops the connection, whatever it reads by", async () => {
    await using server = await serve((_, response) => void response.write("abc"));
    await run(function* () {
      using session = new ClientSession();
      for (const read of ["read", "readLine", "readExactly", "forEach"] as const) {
        const { content } = yield* session.get(server.origin);
        const task = createTask<unknown>(
          read === "readExactly"
            ? content.readExactly(9)
            : read === "forEach"
              ? forEach(content.iterChunked(2), () => {})
              : content[read](),
        );
        yield* sleep(5);
        task.cancel();
        assert.ok(isCancelled(yield* failureOf(task)));
        yield* from(server.until(() => server.sockets.size === 0));
      }
    });
  });
});

describe("maxBodySize", () => {
  test("bounds what read() gathers, whether a length was promised or not", async () => {
    await using server = await serve(({ url, method }, response) => {
      if (method === "HEAD") response.writeHead(200, { "content-length": 1_000_000 }).end();
      else if (url === "/promised") response.writeHead(200, { "content-length": 1_000_000 }).write("x");
      else response.end("x".repeat(Number(url?.slice(1))));
    });
    await run(function* () {
      using session = new ClientSession({ baseUrl: `${server.origin}/`, maxBodySize: 100_000 });
      const error = yield* failureOf((yield* session.get("promised")).read());
      assert.ok(error instanceof BodyTooLargeError);
      assert.match(error.message, /the body is larger than the 100000 bytes of `maxBodySize`; `content` reads it in/);
      assert.ok((yield* failureOf((yield* session.get("500000")).text())) instanceof BodyTooLargeError);
      assert.equal((yield* (yield* session.get("100000")).text()).length, 100_000);
      assert.equal((yield* (yield* session.get("500000", { maxBodySize: null })).text()).length, 500_000);
      assert.ok((yield* failureOf((yield* session.get("5")).read({ maxBodySize: 4 }))) instanceof BodyTooLargeError);
      assert.equal((yield* (yield* session.get("500000")).read({ maxBodySize: null })).byteLength, 500_000);
      assert.equal((yield* (yield* session.head("promised")).read()).byteLength, 0);
    });
    for (const maxBodySize of [-1, 0.5, Number.NaN]) {
      assert.throws(() => new ClientSession({ maxBodySize }), /Expected `maxBodySize` to be a whole number of bytes/);
    }
  });

  test("bounds an endless body in memory", async () => {
    await using server = await serve(async (_, response) => {
      const piece = Buffer.alloc(100_000);
      while (!response.destroyed) await write(response, piece);
    });
    await run(function* () {
      using session = new ClientSession({ maxBodySize: 3_000_000 });
      const response = yield* session.get(server.origin);
      assert.ok((yield* failureOf(response.read())) instanceof BodyTooLargeError);
      assert.ok(response.content.totalBytes < 5_000_000, `${response.content.totalBytes}`);
      yield* from(server.until(() => server.sockets.size === 0));
    });
  });
});
