/** What the types of a session and its responses accept and give. Compiled, never run. */
import { Readable } from "node:stream";
import { type Coroutine, createTask, gather, run, type Task } from "yieldfrom";
import {
  BasicAuth,
  ClientError,
  type ClientMiddleware,
  type ClientResponse,
  ClientSession,
  type Cookie,
  CookieJar,
  digestAuth,
  FormData,
  request,
  ServerTimeoutError,
} from "../src/index.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

export function* responses(session: ClientSession): Coroutine<void> {
  using response = yield* session.get("a");
  same<typeof response, ClientResponse>(true);
  const bytes = yield* response.read();
  same<typeof bytes, Uint8Array>(true);
  const text = yield* response.text();
  same<typeof text, string>(true);
  const unknown = yield* response.json();
  same<typeof unknown, unknown>(true);
  const country = yield* response.json<{ country: string }>();
  same<typeof country, { country: string }>(true);
  const chunk = yield* response.content.readAny();
  same<typeof chunk, Uint8Array | null>(true);
  Readable.from(response.content);

  const task = createTask(session.get("a"));
  same<typeof task, Task<ClientResponse>>(true);
  const [first] = yield* gather([session.get("a")]);
  same<typeof first, ClientResponse>(true);
  // @ts-expect-error a request is awaited by yield*, it is no Promise
  session.get("a").then();
  // @ts-expect-error the status is the server's
  response.status = 1;
}

export async function elsewhere(): Promise<void> {
  await using session = new ClientSession();
  const response = await run(session.get("a"));
  for await (const chunk of response.content) same<typeof chunk, Uint8Array>(true);
}

export function options(session: ClientSession): void {
  session.get(new URL("http://a/"), { params: { a: 1, b: true, c: ["x"] }, headers: { a: "b" } });
  session.get("a", { params: new URLSearchParams("a=b"), headers: new Headers() });
  session.post("a", { data: Readable.from(["a"]), timeout: { total: null } });
  session.post("a", { data: new Blob(["a"]).stream() });
  session.put("a", { json: { a: [1, null] } });
  session.post("a", { data: { a: 1, b: ["x", true], c: new Blob([]) } });
  session.post("a", {
    data: function* (body) {
      yield* body.write("a");
    },
  });
  session.get("a", {
    raiseForStatus: function* (response) {
      same<typeof response, ClientResponse>(true);
    },
  });
  session.get("a", { raiseForStatus: (response) => response.raiseForStatus(), params: "a=b" });
  // @ts-expect-error a form's fields are text or files
  session.post("a", { data: { a: { b: 1 } } });
  // @ts-expect-error a body is no number
  session.post("a", { data: 1 });
  // @ts-expect-error there is no such limit
  session.get("a", { timeout: { read: 5 } });
  // @ts-expect-error a query has no objects
  session.get("a", { params: { a: {} } });
  // @ts-expect-error options that don't exist are misspelt ones
  session.get("a", { header: {} });
  // @ts-expect-error limits are numbers
  new ClientSession({ connector: { limit: "5" } });
}

export function* aiohttps(session: ClientSession): Coroutine<void> {
  const jar = new CookieJar({ unsafe: true, treatAsSecureOrigin: ["http://a/"] });
  yield* jar.save("path");
  same<ReturnType<CookieJar["filterCookies"]>, ReadonlyMap<string, string>>(true);
  const form = new FormData({ a: 1, b: ["c", new Blob([])] });
  form.addField("d", Readable.from(["x"]), { filename: "d", length: 1 });
  const middleware: ClientMiddleware = function* (request, handler) {
    request.headers.set("a", "b");
    return yield* handler(request);
  };
  using response = yield* session.put("a", {
    data: form,
    auth: new BasicAuth("a", "b"),
    cookies: { a: "b" },
    middlewares: [middleware, digestAuth("a", "b")],
    maxInflatedSize: null,
    chunked: true,
  });
  const line = yield* response.content.readLine();
  same<typeof line, Uint8Array | null>(true);
  const piece = yield* response.content.read(5);
  same<typeof piece, Uint8Array | null>(true);
  const rest = yield* response.content.read();
  same<typeof rest, Uint8Array>(true);
  same<typeof response.history, readonly ClientResponse[]>(true);
  const next: string | undefined = response.links.get("next")?.url;
  const filename: string | null | undefined = response.contentDisposition?.filename;
  const cookie: Cookie | undefined = response.cookies.get("a");
  yield* request("GET", next ?? filename ?? cookie?.name ?? "", { cookieJar: jar });
  // @ts-expect-error cookies are text
  session.get("a", { cookies: { a: 1 } });
  // @ts-expect-error a form's stream gives text or bytes
  form.addField("e", Readable.from([]).map((n: number) => n)[Symbol.asyncIterator]);
  // @ts-expect-error user name and password are a BasicAuth
  session.get("a", { auth: "a:b" });
}

export function errors(error: unknown): string {
  if (error instanceof ServerTimeoutError) return error.limit;
  if (error instanceof ClientError) return error.method + error.url + error.phase + error.code;
  return "";
}
