import { getNow } from "./xhr.ts";

/** In browsers, where the server has the same folders. */
export function readFileSync(path: string): string {
  return getNow(path);
}

export function readdirSync(path: string): never {
  throw new Error(`a page can't list ${path}`);
}
