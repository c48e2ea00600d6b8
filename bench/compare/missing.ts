import type { Library } from "../row.ts";

/** A library that takes down which of the names asked for it does not have: an older one, for a newer row. */
export function watchMissing(library: Library): { readonly watched: Library; readonly missing: readonly string[] } {
  const missing: string[] = [];
  const watched = new Proxy(library, {
    get(exports, name) {
      if (!(name in exports)) missing.push(String(name));
      return Reflect.get(exports, name) as unknown;
    },
  });
  return { watched, missing };
}
