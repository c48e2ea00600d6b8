/** A browser's one way to wait for a server synchronously. */
declare const XMLHttpRequest: new () => {
  open(method: string, url: string, async: false): void;
  send(body?: string): void;
  readonly status: number;
  readonly responseText: string;
};

function call(method: string, url: string, body?: string): string {
  const request = new XMLHttpRequest();
  request.open(method, url, false);
  request.send(body);
  if (request.status !== 200) throw new Error(`${method} ${url}: status ${request.status}`);
  return request.responseText;
}

export const getNow = (url: string): string => call("GET", url);
export const postNow = (url: string, body: string): string => call("POST", url, body);
