import type { ClientSession } from "@yieldfrom/http";
import { coroutine } from "yieldfrom";
import { FlagError, metadataUrl } from "./flag.ts";
import { failureOf } from "./get-flag.ts";

/**
 * Asks for the name of the country (flags3: `get_country`).
 *
 * @throws FlagError for every way in which a server or the network can fail, and for an answer without a name
 */
export const getCountry = coroutine(function* getCountry(session: ClientSession, base: string, cc: string) {
  const url = metadataUrl(base, cc);
  try {
    using response = yield* session.get(url, { raiseForStatus: true });
    const metadata = yield* response.json<{ readonly country?: unknown } | null>();
    const country = metadata?.country;
    if (typeof country === "string" && /\p{L}/u.test(country)) return country;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw failureOf(cc, error);
  }
  throw new FlagError(cc, "error", `GET ${url}: expected JSON such as {"country":"France"}`);
});
