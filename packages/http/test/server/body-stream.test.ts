import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Event, from, isCancelled, run, sleep } from "yieldfrom";
import { bodyStream, FastResponse, sse } from "../../src/index.ts";
import { GET, until, Wire, withServer } from "./helper.ts";

const MEGABYTE = new Uint8Array(2 ** 20);

describe("bodyStream", () => {
  test("is a stream that others can read, too", async () => {
    await run(function* () {
      const stream = bodyStream(function* (write) {
        yield* write("a");
        yield* sleep(1);
        yield* write(new Uint8Array([98]));
        yield* write(new Uint8Array([99]).buffer);
      });
      assert.equal(yield* from(new Response(stream).text()), "abc");
    });
  });

  test("does not begin before it is read, and writes no more than is asked for", async () => {
    const written: number[] = [];
    await run(function* () {
      const stream = bodyStream(function* (write) {
        for (let i = 0; i < 9; i++) {
          written.push(i);
          yield* write(`${i}`);
        }
      });
      yield* sleep(5);
      assert.deepEqual(written, []);
      const reader = stream.getReader();
      yield* from(reader.read());
      yield* sleep(5);
      assert.deepEqual(written, [0]);
      yield* from(reader.cancel());
    });
  });

  test("is cancelled with the stream, which waits for its end", async () => {
    const events: string[] = [];
    await run(function* () {
      const stream = bodyStream(function* (write) {
        try {
          yield* write("a");
          yield* sleep(60_000);
        } catch (error) {
          events.push((error as Error).message);
          throw error;
        } finally {
          yield* sleep(5);
          events.push("end");
        }
      });
      const reader = stream.getReader();
      yield* from(reader.read());
      yield* from(reader.cancel("enough"));
      events.push("cancelled");
    });
    assert.deepEqual(events, ["the stream was cancelled: enough", "end", "cancelled"]);
  });

  test("fails with what its coroutine throws", async () => {
    await run(function* () {
      const stream = bodyStream(function* () {
        throw new Error("broken");
      });
      try {
        yield* from(new Response(stream).text());
        assert.fail("read");
      } catch (error) {
        assert.equal((error as Error).message, "broken");
      }
    });
  });

  test("says what it must be given, and where it must be made", async () => {
    assert.throws(() => bodyStream("x" as never), /Expected `body` of bodyStream\(\) to be a function\*/);
    const reader = bodyStream(function* () {}).getReader();
    await assert.rejects(reader.read(), /made outside of a running loop can be read by serve\(\) only/);
  });
});

describe("a slow client", () => {
  const bodies = {
    coroutine: (count: () => void) =>
      bodyStream(function* (write) {
        for (let i = 0; i < 200; i++) {
          count();
          yield* write(MEGABYTE);
        }
      }),
    stream: (count: () => void) => {
      let left = 200;
      return new ReadableStream({
        pull(controller) {
          count();
          controller.enqueue(MEGABYTE);
          if (--left === 0) controller.close();
        },
      });
    },
    "async iterable": async function* (count: () => void) {
      for (let i = 0; i < 200; i++) {
        count();
        yield MEGABYTE;
      }
    },
  };
  for (const [kind, bodyOf] of Object.entries(bodies)) {
    test(`makes a ${kind} wait, and gets all of it in the end`, async () => {
      let produced = 0;
      await withServer(
        () => new Response(bodyOf(() => produced++) as never),
        function* (server) {
          using wire = yield* from(Wire.to(server));
          wire.socket.pause();
          wire.say(GET);
          yield* until(() => produced > 0);
          let before = -1;
          while (produced > before) {
            before = produced;
            yield* sleep(20);
          }
          // What the kernel's buffers on both sides take, and a little.
          assert.ok(produced < 20, `${produced} MB were produced for a client that does not read`);
          let received = 0;
          wire.socket.setEncoding("latin1").removeAllListeners("data");
          wire.socket.on("data", (text: string) => {
            received += text.length;
          });
          wire.socket.resume();
          yield* until(() => received > 200 * 2 ** 20);
          assert.equal(produced, 200);
        },
      );
    });
  }

  test("that goes away while it is waited for has the writer cancelled", async () => {
    const ended = new Event();
    let error: unknown;
    await withServer(
      () =>
        new FastResponse(
          bodyStream(function* (write) {
            try {
              for (;;) yield* write(MEGABYTE);
            } catch (thrown) {
              error = thrown;
              throw thrown;
            } finally {
              ended.set();
            }
          }),
        ),
      function* (server) {
        using wire = yield* from(Wire.to(server));
        wire.socket.pause();
        wire.say(GET);
        yield* until(() => wire.socket.bytesRead > 0);
        yield* sleep(10);
        wire.socket.destroy();
        yield* ended.wait();
      },
    );
    assert.ok(isCancelled(error), `${error}`);
  });
});

describe("sse", () => {
  test("sends events as EventSource reads them", async () => {
    await withServer(
      () =>
        sse(
          function* (send) {
            yield* send("plain");
            yield* send({ data: "two\nlines", event: "kind", id: "7", retry: 1500 });
          },
          { headers: { "x-a": "b" }, status: 201 },
        ),
      function* (server) {
        using wire = yield* from(Wire.to(server));
        const heard = yield* from(wire.say(GET).hears("0\r\n\r\n"));
        assert.match(heard, /^HTTP\/1.1 201 /);
        assert.match(heard, /content-type: text\/event-stream; charset=utf-8/i);
        assert.match(heard, /cache-control: no-cache/i);
        assert.match(heard, /x-a: b/i);
        assert.match(heard, /data: plain\n\n/);
        assert.match(heard, /event: kind\nid: 7\nretry: 1500\ndata: two\ndata: lines\n\n/);
      },
    );
  });

  test("shows its head at once, and lets no line break in where one would be an event", async () => {
    const go = new Event();
    await withServer(
      () =>
        sse(function* (send) {
          yield* go.wait();
          yield* send({ data: "x", event: "a\ndata: evil" });
        }),
      function* (server, reports) {
        using wire = yield* from(Wire.to(server));
        yield* from(wire.say(GET).hears("\r\n\r\n"));
        go.set();
        yield* from(wire.ends());
        assert.match(
          String(reports.take()),
          /Expected `event` of a server-sent event to be one line, got "a\\ndata: evil"/,
        );
      },
    );
  });
});
