import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { createTask, type ExceptionContext, HostEventLoop, run, sleep } from "yieldfrom";
import { failureOf, virtual } from "../../../core/test/helpers.ts";
import { type Items, itemSource } from "../../src/input/item-source.ts";
import { all } from "./reading.ts";

const URL_OBJECT = new URL("http://a/2");
const ITEM = { url: "http://a/3", name: "n" };

describe("an Iterable", () => {
  test("of strings, URLs and items", () =>
    virtual(function* () {
      const expected = [{ url: "http://a/1" }, { url: URL_OBJECT }, ITEM];
      assert.deepEqual(yield* all(itemSource(["http://a/1", URL_OBJECT, ITEM])), expected);
      assert.deepEqual(yield* all(itemSource(new Set(["http://a/1"]))), [{ url: "http://a/1" }]);
    }));

  test("what is no item is a bad line", () =>
    virtual(function* () {
      const bad = (count: number, kind: string) => ({
        reason: `expected a string, a URL or an object with \`url\`, got ${kind}`,
        at: `item ${count}`,
        text: "",
      });
      const items = [7, null, { uri: "x" }, "http://a/1"] as unknown as Items;
      assert.deepEqual(yield* all(itemSource(items)), [
        bad(1, "number"),
        bad(2, "null"),
        bad(3, "an object without `url`"),
        { url: "http://a/1" },
      ]);
    }));

  test("without end is read only as it is asked for, and closed", () =>
    virtual(function* () {
      let given = 0;
      let closed = false;
      const source = itemSource(
        (function* () {
          try {
            for (;;) yield `http://a/${given++}`;
          } finally {
            closed = true;
          }
        })(),
      );
      assert.equal(given, 0);
      assert.ok((yield* source.next())!.length <= 256);
      assert.ok(given <= 257);
      source.close();
      source.close();
      assert.ok(closed);
      assert.equal(yield* source.next(), null);
    }));

  test("that fails gives first what came before", () =>
    virtual(function* () {
      const source = itemSource(
        (function* () {
          yield "http://a/1";
          throw new Error("no more");
        })(),
      );
      assert.deepEqual(yield* source.next(), [{ url: "http://a/1" }]);
      assert.equal(((yield* failureOf(source.next())) as Error).message, "no more");
      assert.equal(yield* source.next(), null);
    }));
});

describe("an AsyncIterable", () => {
  test("gives each item as it comes", () =>
    run(function* () {
      const source = itemSource(
        (async function* () {
          yield "http://a/1";
          yield ITEM;
        })(),
      );
      assert.deepEqual(yield* source.next(), [{ url: "http://a/1" }]);
      assert.deepEqual(yield* all(source), [ITEM]);
      assert.equal(yield* source.next(), null);
    }));

  test("that fails", () =>
    run(function* () {
      const source = itemSource({
        [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("no more")) }),
      });
      assert.equal(((yield* failureOf(source.next())) as Error).message, "no more");
      assert.equal(yield* source.next(), null);
      source.close();
    }));

  test("that is silent is closed after a cancellation without waiting for it", () =>
    run(function* () {
      let returned = 0;
      const source = itemSource({
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<never>(() => {}),
          return: () => {
            returned++;
            return Promise.resolve({ done: true as const, value: undefined });
          },
        }),
      });
      const waiting = createTask(
        (function* () {
          try {
            yield* source.next();
          } finally {
            source.close();
          }
        })(),
      );
      yield* sleep(1);
      waiting.cancel();
      yield* sleep(1);
      assert.ok(waiting.cancelled());
      source.close();
      assert.equal(returned, 1);
    }));

  test("a cancellation at any point leaves it closed", async () => {
    let open = 0;
    const points = await cancelEverywhere(function* () {
      const source = itemSource(
        (async function* () {
          open++;
          try {
            for (let k = 0; k < 3; k++) {
              await new Promise((resolve) => void setImmediate(resolve));
              yield `http://a/${k}`;
            }
          } finally {
            open--;
          }
        })(),
      );
      try {
        yield* all(source);
      } finally {
        source.close();
      }
    });
    assert.ok(points > 0);
    assert.equal(open, 0);
  });

  test("whose closing fails is told of", async () => {
    const reports: ExceptionContext[] = [];
    const loop = new HostEventLoop();
    loop.setExceptionHandler((_, context) => reports.push(context));
    await run(
      function* () {
        const source = itemSource({
          [Symbol.asyncIterator]: () => ({
            next: () => Promise.resolve({ done: false as const, value: "x" }),
            return: () => Promise.reject(new Error("stuck")),
          }),
        });
        source.close();
        yield* sleep(1);
      },
      { loop },
    );
    assert.deepEqual(
      reports.map(({ message, exception }) => [message, (exception as Error).message]),
      [["exception while a list of items was closed", "stuck"]],
    );
  });
});

test("an iterator that gives no Promises is closed, and what that throws is told of", async () => {
  const reports: unknown[] = [];
  const loop = new HostEventLoop();
  loop.setExceptionHandler((_, { exception }) => reports.push((exception as Error).message));
  await run(
    function* () {
      let returned = 0;
      const closing = (close: () => unknown) =>
        itemSource({ [Symbol.asyncIterator]: () => ({ next() {}, return: close }) } as unknown as Items);
      closing(() => ({ done: true, value: returned++ })).close();
      assert.equal(returned, 1);
      closing(() => {
        throw new Error("stuck");
      }).close();
      yield* sleep(1);
    },
    { loop },
  );
  assert.deepEqual(reports, ["stuck"]);
});

test("a source is given back as it is", () => {
  const source = itemSource([]);
  assert.equal(itemSource(source), source);
});

test("what is no list is refused", () => {
  for (const items of ["http://a/", new URL("http://a/")]) {
    assert.throws(() => itemSource(items as unknown as Items), {
      name: "TypeError",
      message:
        /^Expected `items` to be an Iterable or AsyncIterable of items, got \w+, one address: write \[address\]$/,
    });
  }
  for (const items of [null, undefined, 5, {}]) assert.throws(() => itemSource(items as unknown as Items), TypeError);
});
