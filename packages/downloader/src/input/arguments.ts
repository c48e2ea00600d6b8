import type { DownloadItem } from "../item.ts";
import { expandBraces } from "./expand-braces.ts";

/**
 * The items of the addresses that stand on a command line. Their braces are expanded (`expandBraces`), unless `glob` is
 * false; those of lists are not, where braces may be part of an address.
 * @throws DownloadError `ERR_RANGE`, at once, for a range that is too large
 */
export function argumentItems(
  addresses: readonly string[],
  { glob = true }: { readonly glob?: boolean } = {},
): Iterable<DownloadItem> {
  const expanded = addresses.map((address) => (glob ? expandBraces(address) : [address]));
  return { [Symbol.iterator]: () => items(expanded) };
}

function* items(expanded: readonly Iterable<string>[]): Generator<DownloadItem, undefined> {
  for (const [index, urls] of expanded.entries()) {
    const at = `argument ${index + 1}`;
    for (const url of urls) yield { url, at };
  }
}
