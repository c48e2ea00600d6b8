/** Names that users give, in a list or a call: they are checked, and used as they are. */
import { DownloadError } from "../errors.ts";
import { quoted } from "./printable.ts";
import { isDeviceName, MAX_NAME_BYTES } from "./safe-name.ts";

/** Characters that hide what a name is: control characters, those that turn the direction of text, halves of pairs. */
const HIDING = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** What Windows does not take, or takes for something else. */
const WINDOWS_ONLY = /[:<>"|?*]|[. ]$/;

/**
 * The name of a list's line, if it may be used.
 * @param name a path inside the output folder, with "/"
 * @throws DownloadError `ERR_NAME` that says what is wrong with it
 */
export function givenName(name: string): string {
  const problem = nameProblem(name);
  if (problem === null) return name;
  throw new DownloadError("ERR_NAME", `The name ${quoted(name)} ${problem}`);
}

/**
 * A name inside a folder that the list gives, as aria2's `dir=` and `out=`. "." is the output folder itself;
 * slashes that say nothing are left out.
 * @throws DownloadError `ERR_NAME`
 */
export function nameInFolder(folder: string, name: string): string {
  const parts = folder.split("/").filter((part) => part !== "" && part !== ".");
  const inside = parts.join("/");
  const problem = folder.startsWith("/") ? ABSOLUTE : inside === "" ? null : nameProblem(inside);
  if (problem !== null) throw new DownloadError("ERR_NAME", `The folder ${quoted(folder)} ${problem}`);
  return inside === "" ? name : `${inside}/${name}`;
}

const ABSOLUTE = "is absolute: write it relative to the output folder";

/** What is wrong with a name, `null` if nothing is. */
export function nameProblem(name: string, platform: NodeJS.Platform = process.platform): string | null {
  if (name === "") return "is empty";
  if (name.startsWith("/") || /^[a-z]:[\\/]/i.test(name)) return ABSOLUTE;
  if (name.includes("\\")) return 'has a backslash: write "/" between folders';
  if (HIDING.test(name)) return "has characters that can't be seen";
  for (const part of name.split("/")) {
    const problem = partProblem(part, platform);
    if (problem !== null) return problem;
  }
  return null;
}

function partProblem(part: string, platform: NodeJS.Platform): string | null {
  if (part === "") return "has an empty part: write one slash between names, and none at the end";
  if (part === "." || part === "..")
    return `has a part ${quoted(part)}: write where it is to be, below the output folder`;
  if (part.startsWith(".")) return "has a part that begins with a dot: hidden files are not written";
  if (isDeviceName(part)) return `has a part ${quoted(part)}, which is a device on Windows`;
  if (Buffer.byteLength(part) > MAX_NAME_BYTES) return `has a part of more than ${MAX_NAME_BYTES} bytes`;
  if (platform === "win32" && WINDOWS_ONLY.test(part))
    return `has a part ${quoted(part)}, which Windows does not allow`;
  return null;
}
