// Compiled by checks/packed.ts against the packed declarations.
import { ThreadPoolExecutor } from "@yieldfrom/executors";
import { type ClientResponse, type ClientSession, serve } from "@yieldfrom/http";
import { createSubprocessExec, openConnection, PIPE, type StreamReader } from "@yieldfrom/io";
import { cancelEverywhere } from "@yieldfrom/testing";
import { type DownloadEvent, downloadMany, type Summary } from "download-many";
import { type Coroutine, coroutine, createTask, gather, Lock, run, sleep } from "yieldfrom";

const child = coroutine(function* child(n: number): Coroutine<string> {
  yield* sleep(1);
  return String(n);
});

export const result: Promise<readonly [string, number]> = run(function* () {
  const lock = new Lock();
  const guard = yield* lock;
  guard[Symbol.dispose]();
  const task = createTask(child(1));
  const text: string = yield* task;
  const [a, b] = yield* gather([child(2), sleep(1, 3)]);
  return [text + a, b] as const;
});

export const talk = coroutine(function* talk(): Coroutine<Uint8Array> {
  const [reader, writer] = yield* openConnection("localhost", 80, { limit: 1024 });
  const child = yield* createSubprocessExec("cat", [], { stdout: PIPE });
  const out: StreamReader = child.stdout;
  writer.write(yield* out.readLine());
  return yield* reader.readExactly(4);
});

export const get = coroutine(function* get(session: ClientSession): Coroutine<string> {
  const response: ClientResponse = yield* session.get("https://example.org/");
  return yield* response.text();
});

export const all: readonly unknown[] = [ThreadPoolExecutor, serve, cancelEverywhere];

export const download = coroutine(function* download(onEvent: (event: DownloadEvent) => void): Coroutine<Summary> {
  return yield* downloadMany(["https://a.example/"], { dir: "out", onEvent });
});
