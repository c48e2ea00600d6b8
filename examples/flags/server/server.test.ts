import assert from "node:assert/strict";
import { once } from "node:events";
import { promises as files } from "node:fs";
import { readFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { syncBuiltinESMExports } from "node:module";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { describe, type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { ALL_CODES, TWENTY } from "../countries.ts";
import { type FlagServerOptions, startFlagServer } from "./server.ts";

/** So long that only closing, never waiting, ends it. */
const FOREVER = { minDelay: 1e8, maxDelay: 1e8 };
const BRIEF = { minDelay: 0, maxDelay: 3 };

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** One request on a connection of its own; the path is sent as it stands. */
async function ask(port: number, path: string, method = "GET", headers: Record<string, string> = {}): Promise<Answer> {
  const asked = request({ host: "127.0.0.1", port, path, method, headers, agent: false });
  asked.end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) };
}

/** Sends these bytes and collects what comes until the server closes. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(bytes);
  return (await buffer(socket)).toString("latin1");
}

async function start(t: TestContext, options?: FlagServerOptions) {
  const server = await startFlagServer(options);
  t.after(() => server.close());
  return server;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** Replaces the reading of image files for the rest of the test. */
function readImagesWith(t: TestContext, read: () => Promise<Buffer>): void {
  const mock = t.mock.method(files, "readFile", read);
  syncBuiltinESMExports();
  t.after(() => {
    mock.mock.restore();
    syncBuiltinESMExports();
  });
}

const flag = (code: string) => `/flags/${code}/${code}.svg`.toLowerCase();
const original = (code: string) =>
  readFile(new URL(import.meta.resolve(`flag-icons/flags/4x3/${code.toLowerCase()}.svg`)));

describe("what is served", () => {
  test("each of the twenty flags, as the package has it", async (t) => {
    const server = await start(t);
    assert.equal(server.mode, "LOCAL");
    assert.equal(server.url, `http://127.0.0.1:${server.port}/flags`);
    for (const code of TWENTY) {
      const response = await fetch(`${server.url}/${code}/${code}.svg`.toLowerCase());
      const expected = await original(code);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("content-type"), "image/svg+xml");
      assert.equal(response.headers.get("content-length"), String(expected.length));
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), expected);
    }
    assert.equal(server.requests, 20);
    assert.equal(server.maxConcurrent, 1);
  });

  test("a flag and metadata for every code there is", async (t) => {
    const { port } = await start(t);
    for (const code of ALL_CODES) {
      assert.equal((await ask(port, flag(code), "HEAD")).status, 200, code);
      const metadata = await ask(port, `/flags/${code.toLowerCase()}/metadata.json`);
      assert.equal(JSON.parse(metadata.body.toString()).code, code);
    }
  });

  test("the country's name as JSON", async (t) => {
    const { url } = await start(t);
    const response = await fetch(`${url}/ci/metadata.json`);
    assert.equal(response.headers.get("content-type"), "application/json; charset=utf-8");
    assert.deepEqual(await response.json(), { country: "Côte d'Ivoire", code: "CI" });
  });

  test("a text that describes the addresses, at the root and at the printed address", async (t) => {
    const { port } = await start(t);
    const { status, headers, body } = await ask(port, "/");
    assert.equal(status, 200);
    assert.equal(headers["content-type"], "text/plain; charset=utf-8");
    assert.match(body.toString(), /\/flags\/\{cc\}\/\{cc\}\.svg/);
    assert.match(body.toString(), /\bad ae af .* zw\n$/);
    for (const path of ["/flags", "/flags/", "/?x"]) assert.deepEqual((await ask(port, path)).body, body);
  });

  test("HEAD: the headers of GET, no body", async (t) => {
    const { port } = await start(t);
    const { date: _, ...gotten } = (await ask(port, flag("mx"))).headers;
    const head = await ask(port, flag("mx"), "HEAD");
    const { date: __, ...headed } = head.headers;
    assert.deepEqual(headed, gotten);
    assert.equal(headed["content-length"], String((await original("mx")).length));
    assert.equal(head.body.length, 0);
  });

  test("an ETag that is stable, differs between flags and is honoured", async (t) => {
    const { port } = await start(t);
    const etag = (await ask(port, flag("fr"))).headers.etag;
    assert.match(etag ?? "", /^"[\w-]{22}"$/);
    assert.equal((await ask(port, flag("fr"))).headers.etag, etag);
    assert.notEqual((await ask(port, flag("de"))).headers.etag, etag);
    const cached = await ask(port, flag("fr"), "GET", { "If-None-Match": `"old", ${etag}` });
    assert.equal(cached.status, 304);
    assert.equal(cached.body.length, 0);
    assert.equal((await ask(port, flag("fr"), "GET", { "If-None-Match": '"old"' })).status, 200);
  });

  test("the whole address as target, and a query, which is ignored", async (t) => {
    const { port } = await start(t);
    for (const path of [`http://flags.test${flag("fr")}`, `${flag("fr")}?size=4x3#?`, "/flags/%66r/fr.svg"]) {
      assert.deepEqual((await ask(port, path)).body, await original("fr"), path);
    }
  });
});

describe("what is refused", () => {
  test("404 with a text for codes, forms and cases that are no address", async (t) => {
    const { port } = await start(t);
    const paths = [
      flag("zz"),
      "/flags/fr/de.svg",
      "/flags/FR/FR.svg",
      "/flags/fr/fr.gif",
      "/flags/fr/",
      "/flags/fr/fr.svg/",
      "/flags/fr/fr.svg%0A",
      "/flags/arab/arab.svg",
      "/flags/zz/metadata.json",
      "/favicon.ico",
    ];
    for (const path of paths) {
      const { status, headers, body } = await ask(port, path);
      assert.equal(status, 404, path);
      assert.equal(headers["content-type"], "text/plain; charset=utf-8");
      assert.match(body.toString(), /^There is no flag at this address\..*lower case/);
    }
  });

  test("404 for paths that try to leave the flags", async (t) => {
    const { port } = await start(t);
    const paths = [
      "/flags/../package.json",
      "/flags/fr/../../../../package.json",
      "/flags/fr/..%2f..%2fpackage.json",
      "/flags/%2e%2e/%2e%2e.svg",
      "/flags/../../flags/fr/fr.svg",
      "/flags/..\\..\\package.json",
      "/flags/fr%00/fr.svg",
      "//flags/fr/fr.svg",
    ];
    for (const path of paths) assert.equal((await ask(port, path)).status, 404, path);
  });

  test("405 that names GET and HEAD for every other method, on any path", async (t) => {
    const { port } = await start(t);
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      for (const path of [flag("fr"), "/nowhere"]) {
        const { status, headers, body } = await ask(port, path, method);
        assert.equal(status, 405);
        assert.equal(headers.allow, "GET, HEAD");
        assert.equal(body.toString(), `Flags can only be read: use GET or HEAD, not ${method}.\n`);
      }
    }
  });

  test("400 for what is no request or no address, and the server goes on", async (t) => {
    const { port } = await start(t);
    assert.equal((await ask(port, "/flags/%zz/fr.svg")).status, 400);
    for (const bytes of ["HELLO\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET /\x1b[2J HTTP/1.1\r\nHost: x\r\n\r\n"]) {
      assert.match(await raw(port, bytes), /^HTTP\/1\.1 400 /, JSON.stringify(bytes));
    }
    assert.equal((await ask(port, flag("fr"))).status, 200);
  });

  test("500 with the reason when the images cannot be read", async (t) => {
    const { port } = await start(t);
    readImagesWith(t, async () => {
      throw new Error("no such image");
    });
    const { status, body } = await ask(port, flag("fr"));
    assert.equal(status, 500);
    assert.equal(body.toString(), "The flag server is broken: no such image\n");
  });
});

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
