/** Names made of what servers and addresses say, such that they can do no harm on any system. */

/** A name's UTF-8 bytes at most: 255 are allowed by file systems, and `.NAME.part.json` must go in. */
export const MAX_NAME_BYTES = 240;

/** What most names are: nothing is to be done about them. */
const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,78}[A-Za-z0-9_-]$/;

/**
 * What is replaced wherever it stands: separators, what Windows forbids, control and format characters (those that turn the
 * direction of text and those of no width among them), line separators and halves of surrogate pairs.
 */
const BAD = /[/\\:<>"|?*\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Windows takes these for devices, whatever follows a dot. Source: Microsoft, "Naming Files, Paths, and Namespaces". */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(?:\.|$)/i;

/** The end that is kept when a name is cut. */
const EXTENSION = /(?:\.tar)?\.[^.\s]{1,16}$/u;

/** Whether Windows takes `part` for a device: `NUL`, `com1.txt`. */
export function isDeviceName(part: string): boolean {
  return DEVICE.test(part);
}

/**
 * `name` made safe as the name of one file or folder: a bad character becomes `_`, as do leading dots and trailing dots and
 * spaces; a Windows device gets a `_` before it; it is brought into NFC and cut to 240 bytes, its extension kept.
 * A safe name comes back as it is.
 * @param name one part of a path, decoded
 * @returns the empty string only for an empty one
 */
export function safeName(name: string): string {
  if (PLAIN.test(name) && !DEVICE.test(name)) return name;
  let safe = name.replace(BAD, "_").normalize("NFC").replace(/^\.+/, underscores);
  if (DEVICE.test(safe)) safe = `_${safe}`;
  return withoutLooseEnd(cut(safe, MAX_NAME_BYTES));
}

/**
 * The name with a number before its extension, for a clash: `photo-2.jpg`. Never longer than a name may be.
 * @param name one part of a path or several with "/"; the last one gets the number
 */
export function numberedName(name: string, number: number): string {
  const start = name.lastIndexOf("/") + 1;
  const base = name.slice(start);
  const extension = extensionOf(base);
  const suffix = `-${number}${extension}`;
  const stem = base.slice(0, base.length - extension.length);
  return name.slice(0, start) + startOf(stem, MAX_NAME_BYTES - Buffer.byteLength(suffix)) + suffix;
}

/** `.jpg` of `photo.jpg`, `.tar.gz` of `a.tar.gz`; the empty string if it has none. */
export function extensionOf(base: string): string {
  const extension = EXTENSION.exec(base)?.[0] ?? "";
  // All of it: then it is no extension.
  return extension.length === base.length ? "" : extension;
}

function underscores(dots: string): string {
  return "_".repeat(dots.length);
}

/** Windows drops dots and spaces at the end, so that two names would be one. */
function withoutLooseEnd(name: string): string {
  return name.replace(/[. ]+$/, underscores);
}

function cut(name: string, most: number): string {
  // A code unit is three bytes at most.
  if (name.length * 3 <= most || Buffer.byteLength(name) <= most) return name;
  const extension = extensionOf(name);
  const stem = name.slice(0, name.length - extension.length);
  return startOf(stem, most - Buffer.byteLength(extension)) + extension;
}

/** As much of the start as has at most so many bytes: no character is cut in two, nor are marks cut from their letter. */
function startOf(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) return text;
  const bytes = Buffer.from(text);
  let end = most;
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  const start = bytes.toString("utf8", 0, end);
  const next = bytes.toString("utf8", end, end + 4);
  // A letter whose marks do not go in is left out with them; but not more than that, of marks without end.
  const split = /^\p{M}/u.test(next) ? /\P{M}\p{M}{0,8}$/u.exec(start) : null;
  return split === null || split.index === 0 ? start : start.slice(0, split.index);
}
