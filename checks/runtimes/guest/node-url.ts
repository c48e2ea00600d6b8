/** In browsers, where the server has the same folders. */
export function fileURLToPath(url: URL): string {
  return decodeURIComponent(url.pathname);
}
