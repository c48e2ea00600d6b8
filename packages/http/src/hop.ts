import type { Subject } from "./errors.ts";
import type { RequestBody } from "./request-body.ts";
import { basicAuthorization, flatten, type HeaderMap, withDefault } from "./request-headers.ts";
import type { ClientResponse } from "./response.ts";

/** One request as it goes out: what the caller asked for, or what a redirect made of it. */
export class Hop implements Subject {
  readonly method: string;
  readonly target: URL;
  readonly headers: HeaderMap;
  readonly body: RequestBody | undefined;
  /** The responses that led here, oldest first. */
  readonly history: readonly ClientResponse[];

  /** @param target its own: its user name and password move to the headers */
  constructor(
    method: string,
    target: URL,
    headers: HeaderMap,
    body: RequestBody | undefined,
    history: readonly ClientResponse[] = [],
  ) {
    const authorization = basicAuthorization(target);
    let completed = headers;
    if (authorization !== undefined) {
      completed = withDefault(completed, "authorization", authorization);
      target.username = "";
      target.password = "";
    }
    if (body !== undefined) completed = withDefault(completed, "content-type", body.contentType);
    this.method = method;
    this.target = target;
    this.headers = completed;
    this.body = body;
    this.history = history;
  }

  /** Without credentials. */
  get url(): string {
    return this.target.href;
  }

  /** In the form that undici takes. */
  get flatHeaders(): string[] {
    return flatten(this.headers);
  }
}
