import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { DownloadEvent, ItemEvent } from "../events.ts";
import { listLine } from "../input/list-line.ts";
import { CommandError, fileProblem } from "./failure.ts";
import type { CommandList } from "./list.ts";
import type { Given } from "./options/table.ts";
import { UsageError } from "./options/usage-error.ts";
import { RecordFile } from "./report/record-file.ts";
import { line } from "./report/sentences.ts";
import { Tally } from "./report/tally.ts";
import { jsonLine } from "./text/json-line.ts";

/** Where lines for people and for programs go. */
export interface Streams {
  /** For people: above the bar, if there is one. */
  readonly line: (text: string) => void;
  /** Standard output, a line. */
  readonly print: (text: string) => void;
}

/** Tells everybody who asked of each event, and counts. */
export class Outputs implements Disposable {
  readonly tally = new Tally();
  private readonly _streams: Streams;
  private readonly _list: CommandList;
  private readonly _json: boolean;
  private readonly _dryRun: boolean;
  private readonly _verbose: number;
  private readonly _inputs: ReadonlySet<string>;
  private readonly _report: RecordFile | null;
  private readonly _failed: RecordFile | null;

  /** @throws CommandError for a file that can't be written; UsageError for one that is two things */
  constructor(given: Given, list: CommandList, streams: Streams) {
    this._streams = streams;
    this._list = list;
    this._json = given.json ?? false;
    this._dryRun = given["dry-run"] ?? false;
    this._verbose = given.verbose?.length ?? 0;
    this._inputs = new Set(given.input?.map((path) => resolve(path)));
    checkPaths(given, this._inputs);
    this._report = open(given.report);
    try {
      this._failed = open(given.failed, 0o600); // It has what the list has: headers, and passwords of addresses.
    } catch (error) {
      this._report?.[Symbol.dispose]();
      throw error;
    }
  }

  /** Takes one event. @throws CommandError if a file can't be written any more */
  readonly take = (event: DownloadEvent): void => {
    this.tally.add(event);
    if (this._json) this._streams.print(jsonLine(event));
    if (event.type === "end") {
      this._write(this._report, () => `${jsonLine(event)}\n`);
      return;
    }
    if (event.type === "start" || event.type === "retry") {
      if (this._verbose > 1) this._streams.line(line(event));
      return;
    }
    this._outcome(event);
  };

  /**
   * Gives the files their names.
   *
   * @param endedEarly whether the lists were perhaps not read to their ends: one of them that is to be replaced by what failed
   *   stays, as it is still needed
   * @throws CommandError for one that can't be written; the other one has its name nevertheless
   */
  commit(endedEarly: boolean): void {
    const problems: unknown[] = [];
    for (const file of [this._report, this._failed]) {
      if (file === null || (endedEarly && this._inputs.has(resolve(file.path)))) continue;
      try {
        guarded(file.path, () => file.commit());
      } catch (error) {
        problems.push(error);
      }
    }
    if (problems.length > 0) throw problems[0];
  }

  [Symbol.dispose](): void {
    this._report?.[Symbol.dispose]();
    this._failed?.[Symbol.dispose]();
  }

  private _outcome(event: ItemEvent): void {
    const entry = this._list.forget(event.n);
    if (event.type === "failed" && entry !== undefined) this._write(this._failed, () => listLine(entry));
    this._write(this._report, () => `${jsonLine(event)}\n`);
    if (this._verbose > 0) this._streams.line(line(event));
    else if (this._dryRun && event.type === "skipped" && !this._json) this._streams.print(line(event));
  }

  private _write(file: RecordFile | null, text: () => string): void {
    if (file !== null) guarded(file.path, () => file.write(text()));
  }
}

/** @throws UsageError for what would be lost, or is not meant */
function checkPaths({ report, failed }: Given, inputs: ReadonlySet<string>): void {
  if (report === "-" || failed === "-") {
    throw new UsageError("--report and --failed take the path of a file; /dev/stdout is standard output");
  }
  if (report === undefined || !mayBeReplaced(report)) return;
  if (failed !== undefined && resolve(failed) === resolve(report)) {
    throw new UsageError("--report and --failed name the same file: give each one of its own");
  }
  if (inputs.has(resolve(report))) throw new UsageError("--report would replace a list of --input: name another file");
}

/** Not so a terminal or a pipe, which may be named twice. */
function mayBeReplaced(path: string): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  return there === undefined || there.isFile();
}

function open(path: string | undefined, mode?: number): RecordFile | null {
  return path === undefined ? null : guarded(path, () => new RecordFile(path, mode));
}

function guarded<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new CommandError(`can't write ${fileProblem(path, error)}`, { cause: error });
  }
}
