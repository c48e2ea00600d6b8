/** Characters that JSON may have as they are, and that a terminal would obey or nobody sees. */
const UNSEEN = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** `value` as one line of JSON that may be printed to a terminal whatever servers have put into it. */
export function jsonLine(value: object): string {
  return JSON.stringify(value).replace(UNSEEN, escaped);
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
  }).join("");
}
