import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { TWENTY } from "../countries.ts";
import { startFlagServer } from "./server.ts";
import { ask, flag, original, raw, readImagesWith, start, until } from "./test-client.ts";

/** So long that only closing, never waiting, ends it. */
const FOREVER = { minDelay: 1e8, maxDelay: 1e8 };
const BRIEF = { minDelay: 0, maxDelay: 3 };

describe("DELAY", () => {
  test("sends every flag whole, however the delays order them", async (t) => {
    const { port } = await start(t, { mode: "DELAY", ...BRIEF });
    const bodies = await Promise.all(TWENTY.map(async (code) => (await ask(port, flag(code))).body));
    assert.deepEqual(bodies, await Promise.all(TWENTY.map(original)));
  });

  test("holds flags and metadata back, but neither the index nor refusals", async (t) => {
    const server = await start(t, { mode: "DELAY", ...FOREVER });
    const held = Promise.allSettled([flag("fr"), "/flags/fr/metadata.json"].map((path) => ask(server.port, path)));
    await until(() => server.requests === 2);
    assert.equal((await ask(server.port, "/")).status, 200);
    assert.equal((await ask(server.port, flag("zz"))).status, 404);
    await server.close();
    for (const { status } of await held) assert.equal(status, "rejected");
  });

  test("counts the requests under way together", async (t) => {
    const server = await start(t, { mode: "DELAY", ...FOREVER });
    const held = Promise.allSettled(TWENTY.slice(0, 5).map((code) => ask(server.port, flag(code))));
    await until(() => server.requests === 5);
    assert.equal(server.maxConcurrent, 5);
    await server.close();
    for (const { status } of await held) assert.equal(status, "rejected");
  });
});

describe("ERROR", () => {
  test("answers 404 and 503 with a text that says it is on purpose", async (t) => {
    for (const [faults, status] of [
      [{ notFound: 1 }, 404],
      [{ unavailable: 1 }, 503],
    ] as const) {
      const { port } = await start(t, { mode: "ERROR", ...BRIEF, faults });
      for (const method of ["GET", "HEAD"]) {
        const answer = await ask(port, flag("fr"), method);
        assert.equal(answer.status, status);
        assert.equal(answer.body.length > 0, method === "GET");
        assert.match(answer.body.toString(), method === "GET" ? /on purpose/ : /^$/);
      }
    }
  });

  test("drops a connection before the first byte, which the client sees as an error", async (t) => {
    const { port, url } = await start(t, { mode: "ERROR", ...BRIEF, faults: { dropped: 1 } });
    const get = `GET ${flag("fr")} HTTP/1.1\r\nHost: x\r\n\r\n`;
    assert.equal(await raw(port, get), "");
    await assert.rejects(ask(port, flag("fr")), { code: "ECONNRESET" });
    await assert.rejects(ask(port, flag("fr"), "HEAD"), { code: "ECONNRESET" });
    await assert.rejects(fetch(`${url}/fr/fr.svg`), TypeError);
  });

  test("cuts a connection after half the promised body, which the client sees as an error", async (t) => {
    const { port, url } = await start(t, { mode: "ERROR", ...BRIEF, faults: { cut: 1 } });
    for (const code of ["fr", "mx"]) {
      const whole = await original(code);
      const [head = "", ...rest] = (await raw(port, `GET ${flag(code)} HTTP/1.1\r\nHost: x\r\n\r\n`)).split("\r\n\r\n");
      assert.match(head, /^HTTP\/1\.1 200 OK\r\n/);
      assert.match(head, new RegExp(`\r\nContent-Length: ${whole.length}\r\n`));
      assert.equal(rest.join("\r\n\r\n"), whole.subarray(0, whole.length >> 1).toString("latin1"));
      await assert.rejects(ask(port, flag(code)), { code: "ECONNRESET" });
    }
    const response = await fetch(`${url}/fr/fr.svg`);
    assert.equal(response.status, 200);
    await assert.rejects(response.arrayBuffer(), TypeError);
    // There is no body to cut.
    await assert.rejects(ask(port, flag("fr"), "HEAD"), { code: "ECONNRESET" });
  });

  test("does the same for the same seed, one by one or all at once, and something else for another seed", async (t) => {
    const outcome = async (port: number, code: string): Promise<string> => {
      try {
        const { status, body } = await ask(port, flag(code));
        return `${code} ${status} ${body.length}`;
      } catch {
        return `${code} lost`;
      }
    };
    const inTurn = await start(t, { mode: "ERROR", ...BRIEF });
    const atOnce = await start(t, { mode: "ERROR", ...BRIEF });
    const other = await start(t, { mode: "ERROR", ...BRIEF, seed: 4 });
    const first: string[] = [];
    for (const code of TWENTY) first.push(await outcome(inTurn.port, code));
    assert.deepEqual(await Promise.all(TWENTY.map((code) => outcome(atOnce.port, code))), first);
    assert.notDeepEqual(await Promise.all(TWENTY.map((code) => outcome(other.port, code))), first);
    for (const kind of [" 200 ", " 404 ", " 503 ", " lost"]) {
      assert.ok(
        first.some((line) => line.includes(kind)),
        `${kind} in ${first}`,
      );
    }
  });
});

describe("clients that leave", () => {
  test("while they wait: the delay is given up and the server goes on", async (t) => {
    const lines: string[] = [];
    const server = await start(t, { mode: "DELAY", ...FOREVER, log: (line) => lines.push(line) });
    const leaving = new AbortController();
    const held = fetch(`${server.url}/fr/fr.svg`, { signal: leaving.signal });
    await until(() => server.requests === 1);
    leaving.abort();
    await assert.rejects(held, { name: "AbortError" });
    await until(() => lines.length === 1);
    assert.match(lines[0] ?? "", /^GET \/flags\/fr\/fr\.svg connection gone \(\d+ ms\)$/);
    assert.equal((await ask(server.port, "/")).status, 200);
    assert.equal(server.maxConcurrent, 1);
  });

  test("within a body, or with several requests sent ahead", async (t) => {
    const lines: string[] = [];
    const server = await start(t, { log: (line) => lines.push(line) });
    const socket = connect(server.port, "127.0.0.1");
    socket.write(`GET ${flag("rs")} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(50));
    await once(socket, "data");
    socket.resetAndDestroy();
    await until(() => lines.length === server.requests);
    assert.equal((await ask(server.port, flag("fr"))).status, 200);
  });
});

describe("close", () => {
  test("ends waiting, idle and silent connections, stops the clocks and frees the port", async () => {
    const clocks = () => process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;
    const before = clocks();
    const server = await startFlagServer({ mode: "DELAY", ...FOREVER });
    const silent = connect(server.port, "127.0.0.1");
    await once(silent, "connect");
    const waiting = connect(server.port, "127.0.0.1");
    waiting.write(`GET ${flag("fr")} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(3));
    const idle = connect(server.port, "127.0.0.1");
    idle.write("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
    await once(idle, "data");
    await until(() => server.requests === 4);

    const sockets = [silent, waiting, idle];
    for (const socket of sockets) socket.resume();
    const closed = sockets.map((socket) => once(socket, "close"));
    await server.close();
    await Promise.all(closed);
    assert.equal(clocks(), before);
    await assert.rejects(ask(server.port, "/"), { code: "ECONNREFUSED" });
    const next = await startFlagServer({ port: server.port });
    await next.close();
  });

  test("waits for a file that is being read", async (t) => {
    const reading = Promise.withResolvers<Buffer>();
    readImagesWith(t, () => reading.promise);
    const order: string[] = [];
    const server = await startFlagServer({ log: (line) => order.push(line.replace(/ \(.*/, "")) });
    const lost = assert.rejects(ask(server.port, flag("fr")), { code: "ECONNRESET" });
    await until(() => server.requests === 1);
    const closed = server.close().then(() => order.push("closed"));
    await lost;
    // The port is free, the client has been told: only the file is missing.
    await assert.rejects(ask(server.port, "/"), { code: "ECONNREFUSED" });
    reading.resolve(Buffer.from("<svg/>"));
    await closed;
    assert.deepEqual(order, ["GET /flags/fr/fr.svg connection gone", "closed"]);
  });

  test("may be called again, also while it closes", async () => {
    const server = await startFlagServer();
    await Promise.all([server.close(), server.close()]);
    await server.close();
    await assert.rejects(ask(server.port, "/"), { code: "ECONNREFUSED" });
  });

  test("happens at the end of a scope, also when its body throws", async () => {
    let port = 0;
    const body = async () => {
      await using server = await startFlagServer({ mode: "DELAY", ...FOREVER });
      port = server.port;
      const held = ask(port, flag("fr"));
      held.catch(() => undefined);
      await until(() => server.requests === 1);
      throw new Error("body");
    };
    await assert.rejects(body(), /^Error: body$/);
    await assert.rejects(ask(port, "/"), { code: "ECONNREFUSED" });
  });
});

describe("starting", () => {
  test("says who has the port", async (t) => {
    const { port } = await start(t);
    await assert.rejects(startFlagServer({ port }), (error) => {
      assert.ok(error instanceof Error);
      assert.equal(
        error.message,
        `Cannot serve flags on 127.0.0.1, port ${port}: another program uses port ${port}; choose a different one, or 0 for any that is free`,
      );
      assert.equal((error.cause as NodeJS.ErrnoException).code, "EADDRINUSE");
      return true;
    });
  });

  test("refuses impossible options before anything listens", async () => {
    await assert.rejects(startFlagServer({ minDelay: -1 }), RangeError);
    await assert.rejects(startFlagServer({ port: 65536 }), RangeError);
    await assert.rejects(
      startFlagServer({ host: "192.0.2.1" }),
      /^Error: Cannot serve flags on 192\.0\.2\.1, port 0: /,
    );
  });
});
