import flags from "flag-icons/country.json" with { type: "json" };

/** The twenty countries of the seed, in its order: the most populous ones (Fluent Python: `POP20_CC`). */
export const TWENTY = [
  "CN",
  "IN",
  "US",
  "ID",
  "BR",
  "PK",
  "NG",
  "BD",
  "RU",
  "JP",
  "MX",
  "PH",
  "VN",
  "ET",
  "EG",
  "DE",
  "IR",
  "TR",
  "CD",
  "FR",
] as const;

/** One of the seed's twenty codes. */
export type CountryCode = (typeof TWENTY)[number];

// The package's own names, not Intl.DisplayNames: those change with the ICU a Node was built with ("Turkey", then
// "Türkiye"), and it has none for a few of the flags.
const names: ReadonlyMap<string, string> = new Map(
  flags.filter(({ code }) => code.length === 2).map(({ code, name }) => [code.toUpperCase(), name]),
);

/** Every code that has a flag, upper case, in alphabetical order. */
export const ALL_CODES: readonly string[] = [...names.keys()].sort();

/** The English name of the country with this code (upper case), `undefined` when there is no such flag. */
export function countryName(code: string): string | undefined {
  return names.get(code);
}

/** The user asked for flags in a way that cannot be served; the message is meant for them. */
export class SelectionError extends Error {
  override readonly name = "SelectionError";
}

/** Country codes as read from a user: those that have a flag in upper case, the others as they were typed. */
export interface Codes {
  readonly known: string[];
  readonly unknown: string[];
}

/** Reads country codes as a user types them, in upper or lower case; each is kept once, in the order given. */
export function parseCodes(args: readonly string[]): Codes {
  const isKnown = (arg: string) => names.has(arg.toUpperCase());
  return {
    known: [...new Set(args.filter(isKnown).map((arg) => arg.toUpperCase()))],
    unknown: [...new Set(args.filter((arg) => !isKnown(arg)))],
  };
}

/** What the user asked for; everything may be left out. */
export interface Selection {
  /** Codes in any case. */
  readonly codes?: readonly string[] | undefined;
  /** Every flag there is; excludes `codes`. */
  readonly every?: boolean | undefined;
  /** At most this many, the first ones; at least 1. */
  readonly limit?: number | undefined;
}

/**
 * The codes to download: those named, or every one, or the twenty; then only the first `limit` of them
 * (Fluent Python, flags2: `expand_cc_args`).
 *
 * @throws SelectionError for codes together with `every`, and for a limit below 1
 */
export function select({ codes = [], every = false, limit }: Selection = {}): Codes {
  if (every && codes.length > 0) {
    throw new SelectionError(`--every asks for all flags, and ${codes.join(" ")} for some: give one or the other`);
  }
  if (limit !== undefined && (!Number.isSafeInteger(limit) || limit < 1)) {
    throw new SelectionError(`expected the limit to be a whole number of at least 1, got ${limit}`);
  }
  const all = codes.length > 0 ? parseCodes(codes) : { known: every ? ALL_CODES : TWENTY, unknown: [] };
  return { known: all.known.slice(0, limit), unknown: all.unknown };
}
