import { CookieJar } from "@yieldfrom/http";
import type { Coroutine } from "yieldfrom";
import { printable } from "../names/printable.ts";
import { CommandError, fileProblem } from "./failure.ts";

/**
 * The cookies of a file in Netscape's form, as an option of the session; none without a file.
 *
 * @param warn told of lines that are left out
 * @throws CommandError if it can't be read, or is no such file
 */
export function* loadCookies(
  path: string | undefined,
  warn: (text: string) => void,
): Coroutine<{ readonly cookieJar?: CookieJar }> {
  if (path === undefined) return {};
  // As in curl, addresses such as 127.0.0.1 have cookies too.
  const cookieJar = new CookieJar({ unsafe: true });
  try {
    const { skipped } = yield* cookieJar.loadNetscape(path);
    for (const { line, reason } of skipped) warn(printable(`${path}:${line} is left out: ${reason}`));
  } catch (error) {
    if (error instanceof SyntaxError) throw new CommandError(error.message, { cause: error });
    if ((error as { code?: unknown }).code === undefined) throw error;
    throw new CommandError(fileProblem(path, error), { cause: error });
  }
  return { cookieJar };
}
