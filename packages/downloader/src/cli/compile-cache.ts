import { statSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { isAbsolute, join } from "node:path";

/**
 * Has Node keep what it compiles of this program, in the user's folder for caches, and take it from there the next time: so
 * it starts some 15 ms sooner. NODE_COMPILE_CACHE names another folder, NODE_DISABLE_COMPILE_CACHE turns it off. Where it
 * can't be kept, nothing else is different.
 */
export function keepCompiled(): void {
  const folder = cacheFolder(process.env, process.platform);
  if (folder !== null && isOurs(folder)) enableCompileCache(join(folder, "download-many"));
}

interface Environment {
  readonly XDG_CACHE_HOME?: string | undefined;
  readonly LOCALAPPDATA?: string | undefined;
  readonly HOME?: string | undefined;
}

/** The folder for caches; null: there is none. Source: XDG Base Directory Specification. */
export function cacheFolder(env: Environment, platform: NodeJS.Platform): string | null {
  const { XDG_CACHE_HOME = "", LOCALAPPDATA = "", HOME = "" } = env;
  if (isAbsolute(XDG_CACHE_HOME)) return XDG_CACHE_HOME;
  if (platform === "win32") return isAbsolute(LOCALAPPDATA) ? LOCALAPPDATA : null;
  if (!isAbsolute(HOME)) return null;
  return platform === "darwin" ? join(HOME, "Library/Caches") : join(HOME, ".cache");
}

/** What is compiled is run: nobody else may have put it there, as for root with the HOME of another user. */
function isOurs(folder: string): boolean {
  try {
    const stat = statSync(folder);
    const uid = process.getuid?.();
    return stat.isDirectory() && (uid === undefined || (stat.uid === uid && (stat.mode & 0o022) === 0));
  } catch {
    return false; // It is not there, or not for us.
  }
}
