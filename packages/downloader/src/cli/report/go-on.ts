import { printable } from "../../names/printable.ts";

/** Options whose values are nobody's business. */
const SECRET = /^(?:-[a-zA-Z]*[uHx]|--(?:user|header|proxy)(?:=|$))/;
const USER_INFO = /:.*@/;
const LONGEST = 300;

/** What to type to go on: the same command, unless it holds secrets, or is long. */
export function howToGoOn(args: readonly string[], env: { readonly npm_command?: string }): string {
  const hides = args.some((arg) => SECRET.test(arg) || USER_INFO.test(arg) || printable(arg) !== arg);
  const command = `${env.npm_command === "exec" ? "npx " : ""}download-many ${args.map(quoted).join(" ")}`;
  const list = args.includes("-") || args.includes("-i-") || args.includes("--input=-") ? ", with the same list" : "";
  return hides || command.length > LONGEST
    ? `To go on, run the same command again${list}.`
    : `To go on${list}: ${command}`;
}

/** As a POSIX shell takes it for one word. */
function quoted(arg: string): string {
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
}
