import { AMOUNTS, EXAMPLES, EXITS, PURPOSE, USAGE } from "./help.ts";
import { ENTRIES, GROUPS, type Option, type OptionName } from "./options/table.ts";
import { VERSION } from "./version.ts";

/** Sections that only the manual page has, a paragraph each. */
const SECTIONS: readonly (readonly [title: string, ...paragraphs: string[]])[] = [
  [
    "RESUMING",
    "A file has its name only when all of it is there and its length and checksum are right. Until then it is called " +
      ".NAME.part, and .NAME.part.json says what it is a part of. Call the command again and files that are there are " +
      "skipped, and parts gone on with, if the server confirms that the file is still the same one (If-Range, with a " +
      "strong ETag or Last-Modified); else the file is begun anew.",
  ],
  [
    "NAMES",
    "A file is named after the last part of its address's path, decoded once and made safe: no folders, no control " +
      "characters, no dot at the beginning, no names that Windows keeps for itself, 240 bytes at most. Where a redirect " +
      "leads never matters. In a template {base} is that name, {stem} and {ext} its two halves, {n} the item's number in " +
      "the list, {n:05} the same with five digits, {host} the host, {path} the folders of the address, and {query} what stands behind its question mark.",
  ],
];

/** The manual page, in roff with the macros of man(7). */
export function manPage(): string {
  return [
    `.TH DOWNLOAD\\-MANY 1 "" "download\\-many ${VERSION}" "User Commands"`,
    ".SH NAME",
    `download\\-many \\- ${roff(PURPOSE)}`,
    ".SH SYNOPSIS",
    ...USAGE.flatMap((line, index) => [...(index === 0 ? [] : [".br"]), synopsis(line)]),
    ".SH DESCRIPTION",
    roff(AMOUNTS),
    ".SH OPTIONS",
    ...Object.entries(GROUPS).flatMap(([group, title]) => [
      `.SS ${roff(title)}`,
      ...ENTRIES.filter(([, option]) => option.group === group).flatMap(item),
    ]),
    ...SECTIONS.flatMap(([title, ...paragraphs]) => [
      `.SH ${title}`,
      ...paragraphs.flatMap((text, index) => [...(index === 0 ? [] : [".PP"]), roff(text)]),
    ]),
    ".SH EXIT STATUS",
    ...EXITS.flatMap(([code, means]) => [".TP", `.B ${code}`, roff(`${means[0]?.toUpperCase()}${means.slice(1)}.`)]),
    ".SH ENVIRONMENT",
    ...term("HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY", "Proxies, and the hosts that are asked without one."),
    ".SH EXAMPLES",
    ...EXAMPLES.flatMap(([does, command]) => [".TP", `${roff(does)}:`, `.B ${roff(command)}`]),
    ".SH SEE ALSO",
    ".BR curl (1),",
    ".BR wget2 (1),",
    ".BR aria2c (1)",
    "",
  ].join("\n");
}

function synopsis(line: string): string {
  const [command = "", ...rest] = line.split(" ");
  return `\\fB${roff(command)}\\fR ${roff(rest.join(" "))}`;
}

function item([name, { short, kind, help, more, default: fallback }]: readonly [OptionName, Option]): string[] {
  const names = [...(short === undefined ? [] : [`-${short}`]), `--${name}`].map((each) => `\\fB${roff(each)}\\fR`);
  const value = kind === undefined ? "" : ` \\fI${roff(kind.name)}\\fR`;
  const holds = fallback === undefined ? "" : ` Default: \\fB${roff(fallback)}\\fR.`;
  return [".TP", `${names.join(", ")}${value}`, roff(`${help}.${more === undefined ? "" : ` ${more}`}`) + holds];
}

function term(name: string, text: string): string[] {
  return [".TP", `.B ${roff(name)}`, roff(text)];
}

/** Text as roff takes it: nothing in it is a macro, a quote stays a quote, and `-` is what one types. */
function roff(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq").replace(/^\./, "\\&.");
}
