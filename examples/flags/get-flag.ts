import { ClientError, ClientResponseError, type ClientSession } from "@yieldfrom/http";
import { coroutine } from "yieldfrom";
import { type Flag, FlagError, flagUrl } from "./flag.ts";

/**
 * Downloads one flag (18-5: `get_flag`).
 *
 * @throws FlagError for every way in which a server or the network can fail
 */
export const getFlag = coroutine(function* getFlag(session: ClientSession, base: string, cc: string) {
  const started = performance.now();
  try {
    using response = yield* session.get(flagUrl(base, cc), { raiseForStatus: true });
    const image = yield* response.read();
    return { cc, image, ms: performance.now() - started } satisfies Flag;
  } catch (error) {
    throw failureOf(cc, error);
  }
});

/** What to report of a request that failed. An error that is not about the request is given back as it is. */
export function failureOf(cc: string, error: unknown): unknown {
  if (!(error instanceof ClientError)) return error;
  const isMissing = error instanceof ClientResponseError && error.status === 404;
  return new FlagError(cc, isMissing ? "not found" : "error", error.message, { cause: error });
}
