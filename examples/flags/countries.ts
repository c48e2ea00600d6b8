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

/**
 * Reads country codes as a user types them, in upper or lower case.
 *
 * @returns the codes in upper case and in the order given, each once
 * @throws SelectionError naming every unknown code and listing those that exist
 */
export function parseCodes(args: readonly string[]): string[] {
  const unknown = args.filter((arg) => !names.has(arg.toUpperCase()));
  if (unknown.length > 0) {
    const bad = [...new Set(unknown)].map((arg) => JSON.stringify(arg)).join(", ");
    throw new SelectionError(
      `unknown country ${unknown.length === 1 ? "code" : "codes"}: ${bad}\nThe ${ALL_CODES.length} codes are:\n${listCodes()}`,
    );
  }
  return [...new Set(args.map((arg) => arg.toUpperCase()))];
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
 * @throws SelectionError for an unknown code, for codes together with `every`, and for a limit below 1
 */
export function select({ codes = [], every = false, limit }: Selection = {}): string[] {
  if (every && codes.length > 0) {
    throw new SelectionError(`--every asks for all flags, and ${codes.join(" ")} for some: give one or the other`);
  }
  if (limit !== undefined && (!Number.isSafeInteger(limit) || limit < 1)) {
    throw new SelectionError(`expected the limit to be a whole number of at least 1, got ${limit}`);
  }
  const chosen = every ? ALL_CODES : codes.length > 0 ? parseCodes(codes) : TWENTY;
  return chosen.slice(0, limit);
}

/** All codes in lines that fit a terminal of 80 columns. */
function listCodes(): string {
  const perLine = 25;
  const lines: string[] = [];
  for (let i = 0; i < ALL_CODES.length; i += perLine) lines.push(`  ${ALL_CODES.slice(i, i + perLine).join(" ")}`);
  return lines.join("\n");
}
