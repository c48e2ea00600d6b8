import assert from "node:assert/strict";
import { test } from "node:test";
import { createTask, Event, from, sleep } from "yieldfrom";
import { Wire, withServer } from "./helper.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

test("a request that refuses to end is reported, and holds no server up", async () => {
  const started = new Event();
  const release = new Event();
  await withServer(
    function* () {
      started.set();
      while (!release.isSet()) {
        try {
          yield* release.wait();
        } catch {
          // It refuses.
        }
      }
      return new Response("late");
    },
    function* (server, reports) {
      using wire = yield* from(Wire.to(server));
      wire.say(GET);
      yield* started.wait();
      yield* createTask(server.shutdown({ grace: 1 }));
      yield* from(wire.ends());
      const [report] = reports.all.splice(0);
      assert.match(
        String(report?.message),
        /^<HttpServer closed .*> ended without <Task .*GET \/.*which has not ended/,
      );
      release.set();
      while (/[1-9]$/.test(String(server).replace(">", ""))) yield* sleep(1);
    },
  );
});
