/** Where each export is described: the pages of `docs/api`, and which source files belong to which. */

export interface Page {
  /** The file in `docs/api`, without its ending. */
  readonly name: string;
  readonly title: string;
  readonly about: string;
  /** The package it describes, as users import it. */
  readonly from: string;
  /** Its entry point, from the root of the workspace. */
  readonly entry: string;
  /** Files and folders of the entry's own; the longest that fits decides. */
  readonly sources: readonly string[];
}

const core = (name: string, title: string, about: string, ...sources: string[]): Page => ({
  name,
  title,
  about,
  from: "yieldfrom",
  entry: "packages/core/src/index.ts",
  sources,
});

const rest = (name: string, folder: string, about: string): Page => ({
  name,
  title: `@yieldfrom/${name}`,
  about,
  from: `@yieldfrom/${name}`,
  entry: `packages/${folder}/src/index.ts`,
  sources: [""],
});

export const PAGES: readonly Page[] = [
  core(
    "running",
    "Running",
    "Start a program; loops and what is scheduled on them.",
    "run.ts",
    "loops/",
    "loop/",
    "task/register.ts",
  ),
  core(
    "coroutines",
    "Coroutines",
    "What stands behind `yield*`.",
    "types.ts",
    "task/coroutine.ts",
    "task/ensure.ts",
    "task/operation.ts",
  ),
  core("futures-and-tasks", "Futures and tasks", "What runs, and its outcome.", "future.ts", "task/"),
  core("combining", "Combining", "Several at once, limits of time, groups.", "task/sleep.ts", "combine/", "scope/"),
  core("sync", "Sync", "Locks and their kin; all are first come, first served.", "sync/"),
  core("queues", "Queues", "From task to task.", "sync/queue.ts", "sync/queue-kinds.ts"),
  core("context", "Context", "Variables that belong to a task.", "loop/context.ts"),
  core(
    "errors",
    "Errors",
    "Everything that is thrown; match on the class or on `code`.",
    "errors.ts",
    "exception-group.ts",
  ),
  core("introspection", "Introspection", "Who waits for what, and where.", "introspect/", "traceback.ts"),
  core(
    "interop",
    "Interop",
    "Promises, signals, events, threads.",
    "bridge.ts",
    "interop/",
    "executor.ts",
    "task/wrap.ts",
  ),
  rest("executors", "executors", "concurrent.futures: worker threads."),
  rest("io", "io", "Streams, servers, transports, subprocesses."),
  rest("http", "http", "A client session, shaped like aiohttp's."),
  rest("tqdm", "progress", "The progress bar."),
  rest("testing", "testing", "Helpers for tests."),
  {
    name: "download-many",
    title: "download-many",
    about: "Downloads, many at once, each whole or not at all.",
    from: "download-many",
    entry: "packages/downloader/src/index.ts",
    sources: [""],
  },
];
