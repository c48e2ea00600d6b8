import { html, raw } from "hono/html";
import type { Character, Findings } from "./char-index.ts";
import { charOf, codeOf, countOf } from "./show.ts";

/** Words to begin with (Fluent Python: `SAMPLE_WORDS`). */
const EXAMPLES =
  "arrow braille bismillah cat chess circled digit dragon Ethiopic face hexagram mark Malayalam operator Roman snowman".split(
    " ",
  );

const STYLE = `
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
  body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
  input { font: inherit; padding: .3rem .5rem; width: min(20rem, 60vw) }
  button { font: inherit; padding: .3rem .8rem }
  table { border-collapse: collapse; width: 100% }
  caption { text-align: left; padding: .5rem 0 }
  th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-top: 1px solid #8885; vertical-align: middle }
  td:first-child { font-family: ui-monospace, monospace }
  td:nth-child(2) { font-size: 1.8rem; line-height: 1.2 }
`;

/** The page with the form and, for a query, with what was found. `start` is where in all of it that begins. */
export function searchPage(query: string, start: number, findings: Findings | undefined): string {
  const examples = EXAMPLES.map((word) => html`<a href="/?q=${word}">${word}</a> `);
  return page(
    query === "" ? "Charfinder" : `${query} - Charfinder`,
    html`<h1>Charfinder</h1>
    <form action="/" role="search">
      <label>Words in the name: <input type="search" name="q" value="${query}" autofocus></label> <button>Find</button>
    </form>
    <p>For instance ${examples}</p>
    ${findings === undefined ? "" : found(query, start, findings)}`,
  );
}

/** A page that says why there is nothing else to show. */
export function messagePage(title: string, message: string): string {
  return page(
    title,
    html`<h1>${title}</h1>
    <p>${message}</p>
    <p><a href="/">Find characters</a></p>`,
  );
}

function found(query: string, start: number, { total, characters }: Findings): Html {
  if (characters.length === 0) return html`<p role="status">${countOf(total)}</p>`;
  const end = start + characters.length;
  const part = characters.length === total ? "" : `, ${start + 1} to ${end} are here`;
  const next = `/?${new URLSearchParams({ q: query, start: String(end) })}`;
  return html`<table>
      <caption role="status">${countOf(total)}${part}</caption>
      <tr><th scope="col">Code</th><th scope="col">Character</th><th scope="col">Name</th></tr>
      ${characters.map(row)}
    </table>
    ${end < total ? html`<p><a href="${next}" rel="next">The next ones</a></p>` : ""}`;
}

function row(character: Character): Html {
  return html`<tr><td>${codeOf(character)}</td><td><bdi>${shown(charOf(character))}</bdi></td><td>${character.name}</td></tr>
      `;
}

/** A mark that combines with the letter before it is shown on a circle, as in the standard's charts. */
function shown(char: string): string {
  return /\p{M}/u.test(char) ? `\u25cc${char}` : char;
}

/** What `html` gives: all values in it are escaped. It is a promise only when one of them is, and here none is. */
type Html = ReturnType<typeof html>;

function page(title: string, content: Html): string {
  return String(html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <link rel="icon" href="data:,">
    <title>${title}</title>
    <style>${raw(STYLE)}</style>
  </head>
  <body>
    ${content}
  </body>
</html>
`);
}
