/** What the fragments in core's docstrings speak of without saying where it comes from. */
import { EventEmitter } from "node:events";
import * as fs from "node:fs/promises";
import { Condition, type Coroutine, coroutine, Lock, Queue, Semaphore, sleep } from "yieldfrom";

export const lock = new Lock();
export const semaphore = new Semaphore(2);
export const condition = new Condition();
export const queue = new Queue<string>();
export const items = ["an item"];
export const url = "https://pages.example/a";
export const urls = [url, "https://pages.example/b"];
export const mirrors = urls;
export const mirror = url;
export const lines = ["a line", "end"];
export const chunks: Uint8Array[] = [];
export const response = { body: new Response("a body").body as ReadableStream<Uint8Array> };
export const path = new URL(import.meta.url);
export const readFile = fs.readFile;

/** Takes time, as the network does. */
export const fetchPage = coroutine(function* fetchPage(url: string): Coroutine<string> {
  return yield* sleep(100, `the page of ${url}`);
});
export const session = { get: fetchPage };

/** These send what they are listened to for. */
export const child = new EventEmitter().on("newListener", (event) => {
  if (event === "exit") setTimeout(() => child.emit("exit", 0), 10);
});
export const socket = new (class extends EventTarget {
  override addEventListener(...args: Parameters<EventTarget["addEventListener"]>): void {
    super.addEventListener(...args);
    setTimeout(() => this.dispatchEvent(new Event(args[0])), 10);
  }
})();

export const server = new EventEmitter();
export const handle = coroutine(function* handle(..._request: unknown[]): Coroutine<void> {
  yield* sleep(10);
});
