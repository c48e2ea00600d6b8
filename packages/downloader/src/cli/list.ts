import type { Coroutine } from "yieldfrom";
import { argumentItems } from "../input/arguments.ts";
import { expandBraces } from "../input/expand-braces.ts";
import { type ItemSource, itemSource } from "../input/item-source.ts";
import type { ListEntry } from "../input/list-entry.ts";
import { openList } from "../input/list-reader.ts";
import type { DownloadItem } from "../item.ts";
import type { Given } from "./options/table.ts";
import { UsageError } from "./options/usage-error.ts";

/**
 * Everything that is to be downloaded, in the order of the command line: the addresses first, then the lists. It remembers
 * each item until it is told to forget it, so that those that failed can be written down.
 */
export class CommandList implements ItemSource {
  private readonly _sources: ItemSource[];
  private readonly _remembered: Map<number, ListEntry> | null;
  private _count = 0;

  /** @throws UsageError if there is nothing, or too much for `--output`; DownloadError for a range that is too large */
  constructor(urls: readonly string[], given: Given, { remember }: { readonly remember: boolean }) {
    this._remembered = remember ? new Map() : null;
    const { input = [], format = "auto" } = given;
    if (urls.length === 0 && input.length === 0) {
      throw new UsageError("no address was given: name some, or a list of them with -i FILE (-i - is standard input)");
    }
    if (input.filter((path) => path === "-").length > 1) throw new UsageError("-i - can be given once only");
    this._sources = [
      ...(urls.length > 0 ? [itemSource(argumentsOf(urls, given))] : []),
      ...input.map((path) => openList(path, { format })),
    ];
  }

  *next(): Coroutine<readonly ListEntry[] | null> {
    for (;;) {
      const [source] = this._sources;
      if (source === undefined) return null;
      const entries = yield* source.next();
      if (entries !== null) {
        if (this._remembered !== null) for (const entry of entries) this._remembered.set(++this._count, entry);
        return entries;
      }
      source.close();
      this._sources.shift();
    }
  }

  /** The item of this number, which is remembered no longer. */
  forget(n: number): ListEntry | undefined {
    const entry = this._remembered?.get(n);
    this._remembered?.delete(n);
    return entry;
  }

  close(): void {
    for (const source of this._sources.splice(0)) source.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function argumentsOf(urls: readonly string[], given: Given): Iterable<DownloadItem> {
  const glob = given["no-glob"] === undefined;
  const items = argumentItems(urls, { glob });
  const { output, checksum } = given;
  if (output === undefined && checksum === undefined) return items;
  if (urls.length > 1 || (glob && expandBraces(urls[0] ?? "").count > 1)) {
    throw new UsageError(
      `--${output === undefined ? "checksum" : "output"} is for one address; lists have a place for each`,
    );
  }
  return [...items].map((item) => ({
    ...item,
    ...(output !== undefined && { name: output }),
    ...(checksum !== undefined && { checksum }),
  }));
}
