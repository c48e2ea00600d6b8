/** In a browser: fetches the job, runs its files in this page, and posts what comes of them. */
import { defaultHost } from "../../../packages/core/src/host.ts";
import type { Job, Report } from "./report.ts";
import { caughtByNobody, runFile } from "./test.ts";
import { postNow } from "./xhr.ts";

interface Page {
  /** Of the page's own text, for what goes wrong before. */
  readonly broken: () => void;
  removeEventListener(type: string, fn: () => void, capture: true): void;
  addEventListener(type: string, fn: (event: { reason?: unknown; error?: unknown; message?: string }) => void): void;
  setImmediate?: (fn: () => void) => void;
  process?: object;
}
const page = globalThis as unknown as Page;

/** At once, so that it is told even if the test that begins never gives way. */
const report = (report: Report) => postNow("/report", JSON.stringify(report));

page.removeEventListener("error", page.broken, true);
page.addEventListener("unhandledrejection", ({ reason }) => caughtByNobody(reason));
page.addEventListener("error", ({ error, message }) => caughtByNobody(error ?? message));

// Core has looked at its host by now and found neither; the tests use the one for a turn of the host, and of the other
// only the environment.
if (page.setImmediate !== undefined || page.process !== undefined) throw new Error("this is no browser");
page.setImmediate = defaultHost.macrotask;
page.process = { env: {} };

const { files, left } = (await (await fetch("/job")).json()) as Job;
const turn = () => new Promise<void>((resolve) => defaultHost.macrotask(resolve));
for (const file of files) {
  const url = new URL(`../../../packages/core/test/${file}`, import.meta.url);
  await runFile(file, () => import(url.href), left, report, turn);
}
report({ kind: "done" });
