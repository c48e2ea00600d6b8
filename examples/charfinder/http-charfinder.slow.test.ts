import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { peer } from "@yieldfrom/testing/peers";
import { noBrowser, Page } from "../serving/test-browser.ts";
import { program, serverOn, Talk } from "../serving/test-server.ts";

const PROGRAM = "../charfinder/http-charfinder.ts";

describe("http-charfinder", { concurrency: 2 }, () => {
  test("answers until Ctrl-C, and ends with 130", async (t) => {
    const { server, port } = await serverOn(t, PROGRAM);
    const page = await fetch(`http://127.0.0.1:${port}/?q=chess+knight`);
    assert.equal(page.headers.get("Content-Type"), "text/html; charset=utf-8");
    assert.match(await page.text(), /<td>U\+265E<\/td><td><bdi>♞<\/bdi><\/td><td>BLACK CHESS KNIGHT<\/td>/);
    const json = await fetch(`http://127.0.0.1:${port}/api?q=snowman+black`);
    assert.deepEqual(await json.json(), {
      query: "snowman black",
      total: 1,
      start: 0,
      characters: [{ code: "U+26C7", character: "⛇", name: "BLACK SNOWMAN" }],
    });
    assert.equal((await fetch(`http://127.0.0.1:${port}/nowhere`)).status, 404);
    const { stdout, stderr, code, signal } = await server.interrupt();
    assert.deepEqual({ stdout, stderr, code, signal }, { stdout: "", stderr: "", code: 130, signal: null });
  });

  test("a query under way at SIGTERM is answered first", async (t) => {
    const { server, port } = await serverOn(t, PROGRAM);
    // Each takes the thread some hundredths of a second, so that some are waiting.
    const asked = Array.from({ length: 8 }, () => fetch(`http://127.0.0.1:${port}/api?q=cjk+unified+ideograph`));
    await asked[0];
    server.child.kill("SIGTERM");
    for (const response of await Promise.allSettled(asked)) {
      // One that came too late was refused.
      if (response.status !== "fulfilled") continue;
      const { characters } = (await response.value.json()) as { characters: unknown[] };
      assert.equal(characters.length, 500);
    }
    const { stderr, code } = await server.ended;
    assert.deepEqual([stderr, code], ["", 143]);
  });

  test("for curl: a page, JSON to those who ask for it, and refusals", peer("curl"), async (t) => {
    const { port } = await serverOn(t, PROGRAM);
    const curl = (...args: string[]) => new Talk(t, "curl", "-s", "-w", "%{http_code} %{content_type}", ...args).ended;
    const url = (path: string) => `http://127.0.0.1:${port}${path}`;
    const page = await curl(url("/?q=snowman"));
    assert.match(page.stdout, /<caption role="status">3 characters found<\/caption>.*200 text\/html; charset=utf-8$/s);
    const json = await curl("-H", "Accept: application/json", url("/?q=black+snowman"));
    assert.match(
      json.stdout,
      /^\{"query":"black snowman","total":1,.*"character":"⛇".*\}200 application\/json; charset=utf-8$/,
    );
    assert.equal((await curl("--head", "-o", "/dev/null", url("/"))).stdout, "200 text/html; charset=utf-8");
    assert.match(
      (await curl("--data", "q=cat", url("/"))).stdout,
      /use GET, not POST.*405 text\/html; charset=utf-8$/s,
    );
    assert.match((await curl(url("/api/../../etc/passwd"))).stdout, /There is nothing at .*404 text\/html/s);
  });

  test("clients that do not wait for their answers are no trouble", async (t) => {
    const { server, port } = await serverOn(t, PROGRAM);
    const leave = new AbortController();
    const left = Array.from({ length: 20 }, () => fetch(`http://127.0.0.1:${port}/?q=cjk`, { signal: leave.signal }));
    await left[0];
    leave.abort();
    const outcomes = await Promise.allSettled(left);
    assert.ok(outcomes.some(({ status }) => status === "rejected"));
    assert.equal((await fetch(`http://127.0.0.1:${port}/?q=cat`)).status, 200);
    const { stderr, code } = await server.interrupt();
    assert.deepEqual([stderr, code], ["", 130]);
  });

  test("in a browser", { skip: noBrowser() }, async (t) => {
    const { port } = await serverOn(t, PROGRAM);
    const page = await Page.open(t);
    await page.goTo(`http://127.0.0.1:${port}/`);
    assert.equal(await page.evaluate("document.activeElement.name"), "q");
    await page.type("cat face");
    assert.equal(await page.evaluate("document.title"), "cat face - Charfinder");
    assert.equal(await page.evaluate("document.querySelector('caption').innerText"), "10 characters found");
    const row = "[...document.querySelector('tr:nth-child(2)').cells].map((cell) => cell.innerText)";
    assert.deepEqual(await page.evaluate(row), ["U+1F431", "🐱", "CAT FACE"]);
    await page.click("a[href='/?q=chess']");
    assert.equal(await page.evaluate("document.querySelector('input').value"), "chess");
    await page.goTo(`http://127.0.0.1:${port}/?q=egyptian`);
    await page.click("a[rel=next]");
    assert.match(await page.evaluate("document.querySelector('caption').innerText"), /, 501 to 1000 are here$/);
    await page.goTo(`http://127.0.0.1:${port}/?q=${encodeURIComponent("<img src=x onerror=document.title='!'>")}`);
    assert.equal(await page.evaluate("document.images.length"), 0);
    assert.equal(
      await page.evaluate("document.querySelector('input').value"),
      "<img src=x onerror=document.title='!'>",
    );
  });

  test("a port in use is an error with exit code 1", async (t) => {
    const { port } = await serverOn(t, PROGRAM);
    const { stderr, code } = await program(t, PROGRAM, "--port", port).ended;
    assert.match(stderr, /^error: .*EADDRINUSE.*127\.0\.0\.1:\d+; choose another --port, or 0 for any that is free\n$/);
    assert.equal(code, 1);
  });
});
