import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { type Coroutine, createTask, from, gather, getRunningLoop, isCancelled, run, sleep } from "yieldfrom";
import {
  ClientConnectorError,
  type ClientResponse,
  ClientSession,
  type Resolver,
  TraceConfig,
  type TraceContext,
} from "../src/index.ts";
import type { TraceSignalName } from "../src/tracing.ts";
import { failureOf } from "./failure-of.ts";
import { leavesNothing } from "./leaves-nothing.ts";
import { refusedPort, serve } from "./server.ts";

leavesNothing();

const SIGNALS: readonly TraceSignalName[] = [
  "onRequestStart",
  "onRequestRedirect",
  "onRequestEnd",
  "onRequestException",
  "onRequestHeadersSent",
  "onRequestChunkSent",
  "onResponseChunkReceived",
  "onConnectionQueuedStart",
  "onConnectionQueuedEnd",
  "onConnectionCreateStart",
  "onConnectionCreateEnd",
  "onConnectionReuseconn",
  "onDnsResolveHostStart",
  "onDnsResolveHostEnd",
  "onDnsCacheHit",
  "onDnsCacheMiss",
];

interface Seen {
  readonly name: TraceSignalName;
  readonly context: TraceContext;
  readonly params: { url?: string; response?: ClientResponse; chunk?: Uint8Array; exception?: unknown };
}

/** A TraceConfig that notes all signals. `how`: what its callbacks are. */
function noting(seen: Seen[], how: "plain" | "coroutine" | "async" = "plain"): TraceConfig {
  const trace = new TraceConfig();
  for (const name of SIGNALS) {
    const note = (context: TraceContext, params: unknown) => {
      seen.push({ name, context, params: params as Seen["params"] });
    };
    const callbacks = trace[name] as ((session: ClientSession, context: TraceContext, params: unknown) => unknown)[];
    if (how === "plain") callbacks.push((_, context, params) => note(context, params));
    else if (how === "async") callbacks.push(async (_, context, params) => note(context, params));
    else {
      callbacks.push(function* (_, context, params) {
        yield* sleep(0);
        note(context, params);
      });
    }
  }
  return trace;
}

const names = (seen: readonly Seen[]) => seen.map(({ name }) => name.slice(2));
const toLoopback: Resolver = () => [{ address: "127.0.0.1", family: 4 }];

function* fetchText(session: ClientSession, url: string, options = {}): Coroutine<string> {
  using response = yield* session.get(url, options);
  return yield* response.text();
}

describe("TraceConfig", () => {
  for (const how of ["plain", "coroutine", "async"] as const) {
    test(`is told of every step of a request, by ${how} functions`, async () => {
      await using server = await serve((request, response) => {
        if (request.url === "/") response.writeHead(302, { location: "/there" }).end();
        else request.resume().on("end", () => response.end("ok"));
      });
      const seen: Seen[] = [];
      await run(function* () {
        using session = new ClientSession({
          connector: { resolver: toLoopback },
          traceConfigs: [noting(seen, how)],
        });
        const url = `http://some.example:${server.port}`;
        assert.equal(yield* fetchText(session, `${url}/`, { traceRequestCtx: "mine" }), "ok");
        assert.deepEqual(
          // A piece of the body comes when it comes, before the end of the request or after.
          names(seen).filter((name) => name !== "ResponseChunkReceived"),
          [
            "RequestStart",
            "ConnectionCreateStart",
            "DnsCacheMiss",
            "DnsResolveHostStart",
            "DnsResolveHostEnd",
            "ConnectionCreateEnd",
            "RequestHeadersSent",
            "RequestRedirect",
            "ConnectionReuseconn",
            "RequestHeadersSent",
            "RequestEnd",
          ],
        );
        assert.equal(new Set(seen.map(({ context }) => context)).size, 1);
        assert.equal(seen[0]?.context.traceRequestCtx, "mine");
        const of = (name: string) => seen.filter((one) => one.name === name).map(({ params }) => params);
        assert.deepEqual(of("onRequestStart"), [{ method: "GET", url: `${url}/` }]);
        assert.deepEqual(of("onDnsResolveHostStart"), [{ host: "some.example" }]);
        assert.deepEqual(
          of("onRequestHeadersSent").map(({ url }) => url),
          [`${url}/`, `${url}/there`],
        );
        assert.equal(of("onRequestRedirect")[0]?.response?.status, 302);
        assert.equal(of("onRequestEnd")[0]?.response?.status, 200);
        yield* sleep(1);
        assert.equal(String(of("onResponseChunkReceived")[0]?.chunk), "ok");

        seen.length = 0;
        using _answer = yield* session.post(`${url}/post`, { data: "body" });
        assert.deepEqual(
          names(seen).filter((name) => name !== "ResponseChunkReceived"),
          ["RequestStart", "ConnectionReuseconn", "RequestHeadersSent", "RequestChunkSent", "RequestEnd"],
        );
        assert.equal(String(of("onRequestChunkSent")[0]?.chunk), "body");
      });
    });
  }

  test("is told of waiting for a place, and of addresses that are known", async () => {
    let letGo = () => {};
    await using server = await serve((_, response) => {
      letGo = () => void response.end("ok");
    });
    const seen: Seen[] = [];
    await run(function* () {
      using session = new ClientSession({
        connector: { limit: 1, resolver: toLoopback, forceClose: true },
        traceConfigs: [noting(seen)],
      });
      const url = `http://some.example:${server.port}/`;
      const first = createTask(fetchText(session, url));
      yield* from(server.until(() => server.requests.length === 1));
      const second = createTask(fetchText(session, url));
      yield* sleep(1);
      assert.equal(names(seen).at(-1), "ConnectionQueuedStart");
      letGo();
      yield* first;
      yield* from(server.until(() => server.requests.length === 2));
      const from2 = names(seen).slice(names(seen).indexOf("ConnectionQueuedStart"));
      letGo();
      yield* second;
      assert.deepEqual(
        from2.filter((name) => /Connection|Dns/.test(name)),
        ["ConnectionQueuedStart", "ConnectionQueuedEnd", "ConnectionCreateStart", "DnsCacheHit", "ConnectionCreateEnd"],
      );
    });
  });

  test("is told of failures and cancellations", async () => {
    const port = await refusedPort();
    await using server = await serve(() => {});
    const seen: Seen[] = [];
    await run(function* () {
      using session = new ClientSession({ traceConfigs: [noting(seen)] });
      const error = yield* failureOf(session.get(`http://127.0.0.1:${port}/`));
      assert.ok(error instanceof ClientConnectorError);
      assert.deepEqual(names(seen), ["RequestStart", "ConnectionCreateStart", "RequestException"]);
      assert.equal(seen.at(-1)?.params.exception, error);
      const task = createTask(session.get(server.origin));
      yield* from(server.until(() => server.requests.length === 1));
      task.cancel();
      const cancelled = yield* failureOf(task);
      assert.ok(isCancelled(cancelled) && seen.at(-1)?.params.exception === cancelled);
    });
  });

  test("may be several, each with a context of its own for each request", async () => {
    await using server = await serve((_, response) => void response.end("ok"));
    const times: number[] = [];
    class Watch implements TraceContext {
      [name: string]: unknown;
      readonly traceRequestCtx: unknown;
      since = 0;
      constructor({ traceRequestCtx }: TraceContext) {
        this.traceRequestCtx = traceRequestCtx;
      }
    }
    const watch = new TraceConfig((init) => new Watch(init));
    watch.onRequestStart.push((_, context) => {
      context.since = performance.now();
    });
    watch.onRequestEnd.push((_, context) => {
      times.push(performance.now() - context.since);
    });
    const seen: Seen[] = [];
    await run(function* () {
      using session = new ClientSession({ traceConfigs: [watch, noting(seen)] });
      yield* gather([1, 2, 3].map(() => fetchText(session, server.origin)));
      assert.equal(times.length, 3);
      assert.ok(times.every((time) => time > 0 && time < 60_000));
      assert.equal(new Set(seen.map(({ context }) => context)).size, 3);
    });
  });
});

describe("what a trace callback throws", () => {
  for (const name of SIGNALS.filter((name) => !/Redirect|Exception|Queued|Hit|Reuse/.test(name))) {
    for (const how of ["plain", "coroutine"] as const) {
      test(`fails the request, and everything is given back: ${name}, ${how}`, async () => {
        await using server = await serve((request, response) => {
          request.resume().on("end", () => response.end("ok"));
        });
        await run(function* () {
          const broken = new RangeError("broken callback");
          let isBroken = true;
          const trace = new TraceConfig();
          const callbacks = trace[name] as (() => unknown)[];
          if (how === "plain") {
            callbacks.push(() => {
              if (isBroken) throw broken;
            });
          } else {
            callbacks.push(function* () {
              yield* sleep(0);
              if (isBroken) throw broken;
            });
          }
          using session = new ClientSession({
            connector: { limit: 1, resolver: toLoopback },
            traceConfigs: [trace],
          });
          const url = `http://some.example:${server.port}/`;
          const post = function* () {
            using response = yield* session.post(url, { data: "x" });
            yield* response.read();
          };
          const reports: unknown[] = [];
          getRunningLoop().setExceptionHandler((_, { exception }) => reports.push(exception));
          const [outcome] = yield* gather([post()], { returnExceptions: true });
          yield* sleep(1);
          // A piece of the body may be the last: then there is nothing left to fail.
          if (name === "onResponseChunkReceived" && outcome === undefined) assert.deepEqual(reports, [broken]);
          else assert.deepEqual([outcome, reports], [broken, []]);
          isBroken = false;
          yield* post();
        });
      });
    }
  }

  test("fails the request when a kept connection was found, and the connection stays", async () => {
    await using server = await serve((_, response) => void response.end("ok"));
    await run(function* () {
      const broken = new Error("broken callback");
      const trace = new TraceConfig();
      using session = new ClientSession({ connector: { limit: 1 }, traceConfigs: [trace] });
      yield* fetchText(session, server.origin);
      const throws = () => {
        throw broken;
      };
      trace.onConnectionReuseconn.push(throws);
      assert.equal(yield* failureOf(session.get(server.origin)), broken);
      trace.onConnectionReuseconn.length = 0;
      yield* fetchText(session, server.origin);
      assert.equal(server.connections, 1);
    });
  });
});

test("a cancellation at any point of a traced request leaves nothing", async () => {
  await using server = await serve((_, response) => void response.end("ok"));
  const points = await cancelEverywhere(function* () {
    const session = new ClientSession({
      connector: { limit: 1, resolver: toLoopback },
      traceConfigs: [noting([], "coroutine")],
    });
    try {
      const url = `http://some.example:${server.port}/`;
      yield* fetchText(session, url);
      yield* gather([fetchText(session, url), fetchText(session, url)]);
    } finally {
      yield* session.close();
    }
  });
  assert.ok(points >= 20, String(points));
});
