import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as executors from "@yieldfrom/executors";
import * as http from "@yieldfrom/http";
import * as io from "@yieldfrom/io";
import * as yieldfrom from "yieldfrom";

const page = readFileSync(new URL("../../docs/coming-from-python.md", import.meta.url), "utf8");

/** What can be imported from the package that a section is about. */
const EXPORTS: Readonly<Record<string, object>> = { core: yieldfrom, executors, http, io };

/** What the names before a dot stand for, in the sections about each package. */
const RECEIVERS: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  core: {
    runner: yieldfrom.Runner.prototype,
    loop: new yieldfrom.VirtualEventLoop(),
    handle: yieldfrom.Handle.prototype,
    timer: yieldfrom.TimerHandle.prototype,
    future: yieldfrom.Future.prototype,
    task: yieldfrom.Task.prototype,
    scope: yieldfrom.Timeout.prototype,
    group: yieldfrom.TaskGroup.prototype,
    exceptions: yieldfrom.ExceptionGroup.prototype,
    lock: new yieldfrom.Lock(),
    event: new yieldfrom.Event(),
    condition: new yieldfrom.Condition(),
    semaphore: new yieldfrom.Semaphore(),
    barrier: new yieldfrom.Barrier(1),
    queue: new yieldfrom.Queue(),
    variable: yieldfrom.ContextVar.prototype,
    context: yieldfrom.Context.prototype,
  },
  executors: {
    pool: executors.ThreadPoolExecutor.prototype,
    processes: executors.ProcessPoolExecutor.prototype,
    job: executors.Future.prototype,
  },
  http: {
    session: http.ClientSession.prototype,
    jar: http.CookieJar.prototype,
    Netrc: http.Netrc,
    socket: http.ClientWebSocketResponse.prototype,
    ...(await yieldfrom.run(function* () {
      const server = yield* http.serve(() => new Response(""), { port: 0 });
      using session = new http.ClientSession();
      using response = yield* session.get(server.url);
      yield* server.shutdown();
      return { server, response, content: response.content };
    })),
  },
  io: await yieldfrom.run(function* () {
    class Protocol extends io.Protocol {}
    const server = yield* io.startServer((_, writer) => writer.close(), "127.0.0.1", 0);
    const { port } = server;
    const [reader, writer] = yield* io.openConnection("127.0.0.1", port);
    using process = yield* io.createSubprocessExec("true");
    yield* process.wait();
    writer.close();
    server.close();
    return { server, reader, writer, transport: writer.transport, protocol: new Protocol(), process };
  }),
};

interface Row {
  readonly line: number;
  /** The folder of the package that its section is about. */
  readonly about: string;
  readonly names: readonly string[];
}

/** The second column of the tables of names. A section that is not about core says so, in a line before its table. */
function spellings(): Row[] {
  const rows: Row[] = [];
  const lines = page.split("\n");
  let about = "core";
  for (let index = lines.indexOf("## Table of names"); index < lines.indexOf("### Elsewhere"); index++) {
    const text = lines[index] ?? "";
    if (text.startsWith("### ")) about = "core";
    about = /^All of \[.*\]\(\.\.\/packages\/(\w+)\)/.exec(text)?.[1] ?? about;
    const cells = text.split("|").map((cell) => cell.trim());
    if (cells.length !== 5 || cells[2] === "here" || cells[2] === "---") continue;
    const names = [...(cells[2] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name.replace(/\(.*/, ""));
    assert.ok(names.length > 0 || /^(—|the same reports)$/.test(cells[2] ?? ""), `line ${index + 1}: ${text}`);
    rows.push({ line: index + 1, about, names });
  }
  return rows;
}

test("every name that the page for Python's users gives is there", () => {
  const rows = spellings();
  assert.ok(rows.length > 150, `only ${rows.length} rows`);
  const missing: string[] = [];
  for (const { line, about, names } of rows) {
    for (const name of names) {
      const [first = "", member] = name.split(".");
      const where = `docs/coming-from-python.md:${line} ${name} is not exported by packages/${about}`;
      const holders = member === undefined ? [EXPORTS[about], yieldfrom, globalThis] : [RECEIVERS[about]?.[first]];
      if (!holders.some((holder) => holder !== undefined && (member ?? first) in holder)) missing.push(where);
    }
  }
  assert.deepEqual(missing, []);
});
