import { type Coroutine, coroutine } from "yieldfrom";
import type { Findings } from "./char-index.ts";
import type { Find } from "./finder.ts";
import { messagePage, searchPage } from "./page.ts";
import { charOf, codeOf } from "./show.ts";

/** At most so many characters on a page. */
const MOST = 500;

/** What was looked for, and what was found; without a query nothing is. */
interface Result {
  readonly status: 200;
  readonly query: string;
  readonly start: number;
  readonly findings: Findings | undefined;
}

/** Why nothing was looked for. */
interface Refusal {
  readonly status: 400 | 404 | 405;
  readonly title: string;
  readonly message: string;
}

/**
 * Answers one request: `/?q=words` by a page, or by JSON to those who ask for that in `Accept`, and `/api?q=words` by JSON.
 * This is all that the web server knows of characters. It needs no socket, so tests can call it.
 */
export const answer = coroutine(function* answer(request: Request, find: Find): Coroutine<Response> {
  const url = new URL(request.url);
  const result = yield* resultOf(request.method, url, find);
  const asJson = url.pathname === "/api" || prefersJson(request.headers.get("Accept") ?? "");
  const response = new Response(asJson ? jsonOf(result) : pageOf(result), { status: result.status });
  response.headers.set("Content-Type", `${asJson ? "application/json" : "text/html"}; charset=utf-8`);
  for (const [name, value] of HEADERS) response.headers.set(name, value);
  if (result.status === 405) response.headers.set("Allow", "GET, HEAD");
  return response;
});

function* resultOf(method: string, { pathname, searchParams }: URL, find: Find): Coroutine<Result | Refusal> {
  if (method !== "GET" && method !== "HEAD") {
    return { status: 405, title: "Method not allowed", message: `This can only be read: use GET, not ${method}.` };
  }
  if (pathname !== "/" && pathname !== "/api") {
    return { status: 404, title: "Not found", message: `There is nothing at ${pathname}` };
  }
  const query = searchParams.get("q") ?? "";
  const start = searchParams.get("start") ?? "0";
  if (!/^\d{1,9}$/.test(start)) {
    return { status: 400, title: "Bad request", message: `Expected start to be a whole number, got "${start}".` };
  }
  if (query === "" && pathname === "/api") {
    return { status: 400, title: "Bad request", message: "Expected words to look for, as in /api?q=black+cat" };
  }
  const findings = query === "" ? undefined : yield* find(query, Number(start), MOST);
  return { status: 200, query, start: Number(start), findings };
}

/** A browser accepts `text/html`, and whoever has use for JSON names it; other programs accept anything. */
function prefersJson(accept: string): boolean {
  return accept.includes("application/json") && !accept.includes("text/html");
}

function pageOf(result: Result | Refusal): string {
  if (result.status !== 200) return messagePage(result.title, result.message);
  return searchPage(result.query, result.start, result.findings);
}

function jsonOf(result: Result | Refusal): string {
  if (result.status !== 200) return JSON.stringify({ error: result.message });
  const { query, start, findings = { total: 0, characters: [] } } = result;
  const characters = findings.characters.map((each) => ({
    code: codeOf(each),
    character: charOf(each),
    name: each.name,
  }));
  return JSON.stringify({ query, total: findings.total, start, characters });
}

/** The page runs no script and loads nothing, and says so, in case a query ever got into it unescaped. */
const HEADERS = [
  ["Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'"],
  ["X-Content-Type-Options", "nosniff"],
  ["Vary", "Accept"],
] as const;
