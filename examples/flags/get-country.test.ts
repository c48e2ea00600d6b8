import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { ClientSession } from "@yieldfrom/http";
import { run } from "yieldfrom";
import { getCountry } from "./get-country.ts";

/** Asks a server that gives this answer for the name of a country. */
async function ask(t: TestContext, status: number, body: string, type = "application/json") {
  const server = createServer((_, response) => response.writeHead(status, { "Content-Type": type }).end(body));
  t.after(() => server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/flags`;
  await using session = new ClientSession();
  try {
    return await run(getCountry(session, base, "FR"));
  } catch (error) {
    const { name, message, status } = error as Error & { status: string };
    return `${name}, ${status}: ${message.replace(`${base}/fr/metadata.json`, "URL")}`;
  }
}

test("the name is the server's, as it is", async (t) => {
  assert.equal(await ask(t, 200, '{"country":"Côte d\'Ivoire","code":"CI"}'), "Côte d'Ivoire");
});

test("an answer that holds no name is an error that says what was expected", async (t) => {
  for (const body of ["", "{", "null", "7", "{}", '{"country":7}', '{"country":"../"}', '[{"country":"France"}]']) {
    const expected = 'FlagError, error: GET URL: expected JSON such as {"country":"France"}';
    assert.equal(await ask(t, 200, body), expected, body);
  }
});

test("other failures are the request's own", async (t) => {
  assert.equal(await ask(t, 404, "{}"), "FlagError, not found: GET URL: the server answered 404 Not Found");
  assert.equal(await ask(t, 503, "{}"), "FlagError, error: GET URL: the server answered 503 Service Unavailable");
  assert.match(await ask(t, 200, "France", "text/plain"), /^FlagError, error: GET URL: .*text\/plain/);
});
