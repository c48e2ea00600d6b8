import { Downloads } from "./downloads.ts";
import { type Items, itemSource } from "./input/item-source.ts";
import type { DownloadOptions } from "./options.ts";
import { settingsOf } from "./transfer/settings.ts";
import { Work } from "./work.ts";

/**
 * Downloads all of a list, some at a time, each file whole or not at all.
 *
 * ```ts
 * const summary = yield* downloadMany(["https://flags.example/cn.gif"], { dir: "flags" });
 * console.log(summary.done); // → 1
 * yield* forEach(downloadMany(["https://flags.example/fr.gif"], { dir: "flags" }), (event) => console.log(event.type));
 * // prints:
 * // start
 * // done
 * // end
 * ```
 * In an async function: `for await (const event of downloadMany(…))`.
 *
 * What becomes of each item is an event, and never thrown. The list is read as it is needed, so that it may be endless.
 * @param items addresses, or items; a list, or what gives them bit by bit
 * @throws TypeError, RangeError, DownloadError for options that can't be; when awaited also DownloadError if the folder can't be used
 */
export function downloadMany(items: Items, options: DownloadOptions = {}): Downloads {
  return new Downloads(new Work(itemSource(items), settingsOf(options)), options.onEvent);
}
