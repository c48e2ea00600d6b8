import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ALL_CODES, TWENTY } from "../countries.ts";
import { ask, flag, original, raw, readImagesWith, start } from "./test-client.ts";

describe("what is served", () => {
  test("each of the twenty flags, as the package has it", async (t) => {
    const server = await start(t);
    assert.equal(server.mode, "LOCAL");
    assert.equal(server.url, `http://127.0.0.1:${server.port}/flags`);
    for (const code of TWENTY) {
      const response = await fetch(`${server.url}/${code}/${code}.svg`.toLowerCase());
      const expected = await original(code);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("content-type"), "image/svg+xml");
      assert.equal(response.headers.get("content-length"), String(expected.length));
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), expected);
    }
    assert.equal(server.requests, 20);
    assert.equal(server.maxConcurrent, 1);
  });

  test("a flag and metadata for every code there is", async (t) => {
    const { port } = await start(t);
    for (const code of ALL_CODES) {
      assert.equal((await ask(port, flag(code), "HEAD")).status, 200, code);
      const metadata = await ask(port, `/flags/${code.toLowerCase()}/metadata.json`);
      assert.equal(JSON.parse(metadata.body.toString()).code, code);
    }
  });

  test("the country's name as JSON", async (t) => {
    const { url } = await start(t);
    const response = await fetch(`${url}/ci/metadata.json`);
    assert.equal(response.headers.get("content-type"), "application/json; charset=utf-8");
    assert.deepEqual(await response.json(), { country: "Côte d'Ivoire", code: "CI" });
  });

  test("a text that describes the addresses, at the root and at the printed address", async (t) => {
    const { port } = await start(t);
    const { status, headers, body } = await ask(port, "/");
    assert.equal(status, 200);
    assert.equal(headers["content-type"], "text/plain; charset=utf-8");
    assert.match(body.toString(), /\/flags\/\{cc\}\/\{cc\}\.svg/);
    assert.match(body.toString(), /\bad ae af .* zw\n$/);
    for (const path of ["/flags", "/flags/", "/?x"]) assert.deepEqual((await ask(port, path)).body, body);
  });

  test("HEAD: the headers of GET, no body", async (t) => {
    const { port } = await start(t);
    const { date: _, ...gotten } = (await ask(port, flag("mx"))).headers;
    const head = await ask(port, flag("mx"), "HEAD");
    const { date: __, ...headed } = head.headers;
    assert.deepEqual(headed, gotten);
    assert.equal(headed["content-length"], String((await original("mx")).length));
    assert.equal(head.body.length, 0);
  });

  test("an ETag that is stable, differs between flags and is honoured", async (t) => {
    const { port } = await start(t);
    const etag = (await ask(port, flag("fr"))).headers.etag;
    assert.match(etag ?? "", /^"[\w-]{22}"$/);
    assert.equal((await ask(port, flag("fr"))).headers.etag, etag);
    assert.notEqual((await ask(port, flag("de"))).headers.etag, etag);
    const cached = await ask(port, flag("fr"), "GET", { "If-None-Match": `"old", ${etag}` });
    assert.equal(cached.status, 304);
    assert.equal(cached.body.length, 0);
    assert.equal((await ask(port, flag("fr"), "GET", { "If-None-Match": '"old"' })).status, 200);
  });

  test("the whole address as target, and a query, which is ignored", async (t) => {
    const { port } = await start(t);
    for (const path of [`http://flags.test${flag("fr")}`, `${flag("fr")}?size=4x3#?`, "/flags/%66r/fr.svg"]) {
      assert.deepEqual((await ask(port, path)).body, await original("fr"), path);
    }
  });
});

describe("what is refused", () => {
  test("404 with a text for codes, forms and cases that are no address", async (t) => {
    const { port } = await start(t);
    const paths = [
      flag("zz"),
      "/flags/fr/de.svg",
      "/flags/FR/FR.svg",
      "/flags/fr/fr.gif",
      "/flags/fr/",
      "/flags/fr/fr.svg/",
      "/flags/fr/fr.svg%0A",
      "/flags/arab/arab.svg",
      "/flags/zz/metadata.json",
      "/favicon.ico",
    ];
    for (const path of paths) {
      const { status, headers, body } = await ask(port, path);
      assert.equal(status, 404, path);
      assert.equal(headers["content-type"], "text/plain; charset=utf-8");
      assert.match(body.toString(), /^There is no flag at this address\..*lower case/);
    }
  });

  test("404 for paths that try to leave the flags", async (t) => {
    const { port } = await start(t);
    const paths = [
      "/flags/../package.json",
      "/flags/fr/../../../../package.json",
      "/flags/fr/..%2f..%2fpackage.json",
      "/flags/%2e%2e/%2e%2e.svg",
      "/flags/../../flags/fr/fr.svg",
      "/flags/..\\..\\package.json",
      "/flags/fr%00/fr.svg",
      "//flags/fr/fr.svg",
    ];
    for (const path of paths) assert.equal((await ask(port, path)).status, 404, path);
  });

  test("405 that names GET and HEAD for every other method, on any path", async (t) => {
    const { port } = await start(t);
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      for (const path of [flag("fr"), "/nowhere"]) {
        const { status, headers, body } = await ask(port, path, method);
        assert.equal(status, 405);
        assert.equal(headers.allow, "GET, HEAD");
        assert.equal(body.toString(), `Flags can only be read: use GET or HEAD, not ${method}.\n`);
      }
    }
  });

  test("400 for what is no request or no address, and the server goes on", async (t) => {
    const { port } = await start(t);
    assert.equal((await ask(port, "/flags/%zz/fr.svg")).status, 400);
    for (const bytes of ["HELLO\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET /\x1b[2J HTTP/1.1\r\nHost: x\r\n\r\n"]) {
      assert.match(await raw(port, bytes), /^HTTP\/1\.1 400 /, JSON.stringify(bytes));
    }
    assert.equal((await ask(port, flag("fr"))).status, 200);
  });

  test("500 with the reason when the images cannot be read", async (t) => {
    const { port } = await start(t);
    readImagesWith(t, async () => {
      throw new Error("no such image");
    });
    const { status, body } = await ask(port, flag("fr"));
    assert.equal(status, 500);
    assert.equal(body.toString(), "The flag server is broken: no such image\n");
  });
});
