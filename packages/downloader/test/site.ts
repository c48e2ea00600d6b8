/** A folder of files that real servers serve, and what curl has of them. */
import { execFile } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { peer } from "@yieldfrom/testing/peers";
import { type Coroutine, createTask, run, sleep, wait } from "yieldfrom";
import {
  type DownloadEvent,
  type DownloadItem,
  type DownloadOptions,
  downloadMany,
  type Summary,
} from "../src/index.ts";

/** Text that compresses, bytes that don't; none, one, such as are gathered, such as are written bit by bit. */
export const FILES: Readonly<Record<string, Buffer>> = {
  "empty.bin": Buffer.alloc(0),
  "one.bin": Buffer.from([0]),
  "small.bin": noise(5000, 1),
  "page.txt": Buffer.from("a line that compresses well\n".repeat(9000)),
  "middle.bin": noise(100_000, 2),
  "large.bin": noise(3_000_000, 3),
  "größe/国 旗.txt": Buffer.from("größe\n"),
  "a b+c&d=e;f,g'(h)!.bin": noise(100, 4),
  "50%25.txt": Buffer.from("half\n"),
};
export const LARGE = "large.bin";

/** Numbers that look random, the same ones each time. */
function noise(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed;
  for (let i = 0; i < size; i++) {
    state = (state * 48271) % 2147483647;
    bytes[i] = state >> 8;
  }
  return bytes;
}

/** What a run told. */
export interface Told {
  readonly summary: Summary;
  readonly events: readonly DownloadEvent[];
}

export class Site implements Disposable {
  private readonly _home = mkdtempSync(join(tmpdir(), "download-many-site-"));
  /** What servers are to serve. */
  readonly root: string = join(this._home, "www");
  /** Where downloads go. */
  readonly dir: string = join(this._home, "out");

  constructor() {
    for (const [name, bytes] of Object.entries(FILES)) this.put(name, bytes, 1_700_000_000);
  }

  /** @param mtime seconds since 1970 */
  put(name: string, bytes: Uint8Array, mtime: number): void {
    const path = join(this.root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    utimesSync(path, mtime, mtime);
  }

  /** The address of a file of the site. */
  url(origin: string, name: string): string {
    return `${origin}/${name.split("/").map(encodeURIComponent).join("/")}`;
  }

  urls(origin: string): string[] {
    return Object.keys(FILES).map((name) => this.url(origin, name));
  }

  async download(items: readonly (string | DownloadItem)[], options: DownloadOptions = {}): Promise<Told> {
    const events: DownloadEvent[] = [];
    const onEvent = (event: DownloadEvent) => void events.push(event);
    const summary = await run(downloadMany(items, { dir: this.dir, retryDelay: 1, ...options, onEvent }));
    return { summary, events };
  }

  /** Begins to download the file slowly, and is interrupted when some of it is there. */
  async downloadInterrupted(url: string, options: DownloadOptions = {}): Promise<void> {
    const part = join(this.dir, `.${url.slice(url.lastIndexOf("/") + 1)}.part`);
    const { dir } = this;
    await run(function* () {
      const download = function* (): Coroutine<unknown> {
        return yield* downloadMany([url], { dir, limitRate: 1_000_000, ...options });
      };
      const task = createTask(download());
      while ((statSync(part, { throwIfNoEntry: false })?.size ?? 0) < 200_000 && !task.done()) yield* sleep(5);
      if (!task.cancel()) throw new Error(`${url} was there before the interruption`);
      yield* wait([task]);
    });
  }

  /** What is in the folder of downloads, hidden files included but for the tool's own. */
  saved(): ReadonlyMap<string, Buffer> {
    const names = readdirSync(this.dir).filter((name) => !name.startsWith(".download-many."));
    return new Map(names.sort().map((name) => [name, readFileSync(join(this.dir, name))]));
  }

  /** What curl gets from these addresses, by the names of their files. */
  async byCurl(urls: readonly string[], ...args: string[]): Promise<ReadonlyMap<string, Buffer>> {
    const dir = join(this._home, "curl");
    mkdirSync(dir, { recursive: true });
    const found = new Map<string, Buffer>();
    for (const url of urls) {
      const path = join(dir, "file");
      const own = ["--silent", "--show-error", "--fail", "--globoff", "--noproxy", "*", "--output", path];
      await promisify(execFile)(peer("curl").path, [...own, ...args, url]);
      found.set(decodeURIComponent(url.slice(url.lastIndexOf("/") + 1)), readFileSync(path));
      rmSync(path);
    }
    return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  [Symbol.dispose](): void {
    rmSync(this._home, { recursive: true });
  }
}
