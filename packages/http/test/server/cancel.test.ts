/** A request's task that is cancelled at each of its steps in turn. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type CoroutineLike,
  forEach,
  from,
  getRunningLoop,
  isCancelled,
  sleep,
  Task,
  type TaskOptions,
} from "yieldfrom";
import { bodyStream, upgradeWebSocket } from "../../src/index.ts";
import { GET, until, Wire, withServer } from "./helper.ts";

interface Stepping {
  _step(): boolean;
}

/** Has the tasks of this name cancelled after their step number `at`. */
function cancelAfterStep(name: string, at: number): { reached: boolean } {
  const cut = { reached: false };
  const factory = <T>(loop: never, coro: CoroutineLike<T>, options?: TaskOptions): Task<T> => {
    const task = new Task<T>(coro, { ...options, loop });
    if (options?.name !== name) return task;
    const stepping = task as unknown as Stepping;
    const original = stepping._step;
    let steps = 0;
    stepping._step = function () {
      const gaveWay = original.call(this);
      if (++steps === at && !task.done()) {
        cut.reached = true;
        task.cancel();
      }
      return gaveWay;
    };
    return task;
  };
  getRunningLoop().setTaskFactory(factory as never);
  return cut;
}

const SHAKE =
  "GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const FRAME = "\x81\x82\x00\x00\x00\x00ab";

test("a handler that reads, waits and streams: each time it ends cancelled, the client hears of it, and the server serves on", async () => {
  let points = 0;
  for (let at = 1, reached = true; reached; at++) {
    const ends: boolean[] = [];
    await withServer(
      function* (request) {
        if (request.method === "GET") return new Response("still here");
        try {
          yield* forEach(request.body as ReadableStream, () => sleep(1));
          yield* sleep(1);
          return new Response(
            bodyStream(function* (write) {
              for (let i = 0; i < 3; i++) {
                yield* write("x".repeat(100_000));
                yield* sleep(1);
              }
            }),
          );
        } catch (error) {
          ends.push(isCancelled(error));
          throw error;
        }
      },
      function* (server) {
        const cut = cancelAfterStep("POST /", at);
        using wire = yield* from(Wire.to(server));
        wire.say("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 200000\r\n\r\n").say("x".repeat(200_000));
        yield* until(() => wire.closed || /500 Internal Server Error\n$|\r\n0\r\n\r\n$/.test(wire.heard));
        reached = cut.reached;
        if (reached) points++;
        else assert.match(wire.heard, /^HTTP\/1.1 200 OK/);
        using next = yield* from(Wire.to(server));
        yield* from(next.say(GET).hears("still here"));
      },
    );
    assert.ok(ends.every((isCancel) => isCancel));
  }
  assert.ok(points > 4, `${points} points`);
});

test("a WebSocket: each time the client sees it closed", async () => {
  let points = 0;
  for (let at = 1, reached = true; reached; at++) {
    await withServer(
      function* (request) {
        const socket = yield* upgradeWebSocket(request, { timeout: 50 });
        yield* socket.sendStr(yield* socket.receiveStr());
        yield* sleep(1);
        yield* socket.sendBytes(new Uint8Array(300_000));
        return socket;
      },
      function* (server) {
        const cut = cancelAfterStep("GET /", at);
        using wire = yield* from(Wire.to(server));
        wire.say(SHAKE);
        yield* from(wire.hears("\r\n\r\n"));
        wire.say(FRAME);
        // A close frame, or the end.
        yield* until(() => wire.closed || wire.heard.includes("\x88\x02"));
        reached = cut.reached;
        if (reached) points++;
      },
    );
  }
  assert.ok(points > 2, `${points} points`);
});
