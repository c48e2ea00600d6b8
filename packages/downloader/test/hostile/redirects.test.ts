/** Redirects that lead nowhere, everywhere, or to those who collect credentials. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DownloadItem, DownloadOptions } from "../../src/index.ts";
import { honest, redirect } from "../hostile-answers.ts";
import { type Answer, closedPort, HostileServer } from "../hostile-server.ts";
import { assertFailed, assertWhole, leavesNothing, Stage } from "./stage.ts";

leavesNothing();

const PATH = "/file.bin";

describe("a redirect", () => {
  for (const code of [301, 302, 303, 307, 308]) {
    test(`${code} is followed, the name stays`, async () => {
      await using stage = await Stage.open();
      stage.server.plan(PATH, redirect("/deep/.bashrc", code));
      const { first } = await stage.download([stage.server.url(PATH)]);
      assertWhole(stage, first, stage.server.file("/deep/.bashrc").content);
      assert.deepEqual(stage.names, ["file.bin"]);
      assert.equal(first.type === "done" && first.finalUrl, stage.server.url("/deep/.bashrc"));
    });
  }

  for (const [what, location] of [
    ["to itself", PATH],
    ["to an address that changes", "?"],
  ] as const) {
    test(`${what}, without an end: it is bounded, and not tried again`, async () => {
      await using stage = await Stage.open();
      let count = 0;
      stage.server.answer = (exchange) => redirect(location === "?" ? `/n${++count}` : location)(exchange);
      const { first } = await stage.download([stage.server.url(PATH)]);
      assertFailed(first, "ERR_TOO_MANY_REDIRECTS");
      assert.ok(stage.server.requests.length <= 11, `${stage.server.requests.length} requests`);
    });
  }

  test("to each other: it is bounded", async () => {
    await using stage = await Stage.open();
    stage.server.always("/a", redirect("/b"));
    stage.server.always("/b", redirect("/a"));
    const { first } = await stage.download([stage.server.url("/a")]);
    assertFailed(first, "ERR_TOO_MANY_REDIRECTS");
  });

  test("in a chain as long as is allowed is followed", async () => {
    await using stage = await Stage.open();
    for (let n = 0; n < 3; n++) stage.server.always(`/${n}`, redirect(`/${n + 1}`));
    const options = { maxRedirects: 3 };
    const { first } = await stage.download([{ url: stage.server.url("/0"), name: "x" }], options);
    assertWhole(stage, first, stage.server.file("/3").content);
    const { first: further } = await stage.download([{ url: stage.server.url("/0"), name: "y" }], { maxRedirects: 2 });
    assertFailed(further, "ERR_TOO_MANY_REDIRECTS");
  });

  for (const location of [
    "file:///etc/passwd",
    "ftp://127.0.0.1/x",
    "data:text/plain,evil",
    "javascript:alert(1)",
    "unix:/var/run/docker.sock",
    "ws://127.0.0.1/x",
    "blob:null/1",
    "gopher://127.0.0.1:70/_x",
  ]) {
    test(`to ${location} is not followed`, async () => {
      await using stage = await Stage.open();
      stage.server.always(PATH, redirect(location));
      const { first } = await stage.download([stage.server.url(PATH)]);
      assertFailed(first, "ERR_NON_HTTP_URL_REDIRECT");
      assert.deepEqual([stage.names, first.attempts], [[], 1]);
    });
  }

  for (const [what, location] of [
    ["nowhere", ""],
    ["an address that is none", "http://[::1"],
    ["a port that is none", "http://127.0.0.1:99999/"],
    ["a host with a blank", "http://a b/"],
    ["10 kB of dots", `/${"../".repeat(3500)}x`],
    ["bytes that are no text", "/\xff\xfe\x80"],
  ] as const) {
    test(`to ${what} ends in an error or a file`, async () => {
      await using stage = await Stage.open();
      stage.server.plan(PATH, redirect(location));
      const { first } = await stage.download([stage.server.url(PATH)], { retries: 0 });
      if (first.type === "done") assert.deepEqual(stage.names, ["file.bin"]);
      else assertFailed(first, "ERR_INVALID_URL_REDIRECT", "ERR_REDIRECT", "ERR_STATUS", "ERR_TOO_MANY_REDIRECTS");
    });
  }

  test("to a port where nobody is fails", async () => {
    await using stage = await Stage.open();
    stage.server.always(PATH, redirect(`http://127.0.0.1:${await closedPort()}/`));
    const { first } = await stage.download([stage.server.url(PATH)]);
    assertFailed(first, "ERR_CLIENT_CONNECTOR");
  });

  test("of the rest of a file to another version of it makes no file of both", async () => {
    await using stage = await Stage.open();
    const file = stage.server.file(PATH);
    file.size = 1_000_000;
    stage.server.plan(PATH, honest({ stop: { at: 600_000, how: "fin" } }));
    const other = stage.server.file("/other.bin");
    other.size = 1_000_000;
    file.answer = redirect("/other.bin");
    const { first } = await stage.download([stage.server.url(PATH)]);
    assertWhole(stage, first, other.content);
  });
});

const SECRETS = ["s3cret-key", "s3cret-token", "s3cret-cookie", "s3cret-user", "s3cret-all"];
const HEADERS = { "X-Api-Key": "s3cret-key", Authorization: "Bearer s3cret-token", Cookie: "id=s3cret-cookie" };

function seenBy(server: HostileServer): string {
  return JSON.stringify(server.requests.map(({ path, headers }) => [path, headers]));
}

/** What another server may learn: nothing of what was meant for the first one. */
async function learns(
  item: (url: string) => string | DownloadItem,
  options: DownloadOptions,
  lead: (other: HostileServer, stage: Stage) => Answer,
  path = PATH,
): Promise<void> {
  await using stage = await Stage.open();
  await using other = await HostileServer.listen();
  stage.server.plan(PATH, lead(other, stage));
  const { events } = await stage.download([item(stage.server.url(PATH))], options);
  assert.equal(events.at(-1)?.type, "end");
  assert.ok(other.requests.length > 0, "the other server was asked");
  for (const secret of SECRETS) {
    assert.ok(!seenBy(other).includes(secret), `${secret} went to another origin: ${seenBy(other)}`);
    assert.ok(!JSON.stringify(events).includes(secret), `${secret} is told in events: ${JSON.stringify(events)}`);
  }
  assert.ok(seenBy(stage.server).includes("s3cret"), "the first server was given them");
  assert.equal(stage.server.requests[0]?.path, path);
}

describe("credentials stay with the origin that they were given for", () => {
  for (const code of [301, 302, 303, 307, 308]) {
    test(`headers of an item, over ${code} to another port`, () =>
      learns(
        (url) => ({ url, headers: HEADERS }),
        {},
        (other) => redirect(other.url("/x"), code),
      ));
  }

  test("headers of all", () =>
    learns(
      (url) => url,
      { headers: { ...HEADERS, "X-All": "s3cret-all" } },
      (other) => redirect(other.url("/x")),
    ));

  test("a user and a password in the address", () =>
    learns(
      (url) => url.replace("http://", "http://me:s3cret-user@"),
      {},
      (other) => redirect(other.url("/x")),
    ).catch((error: unknown) => {
      // Basic credentials are in base64: "the first server was given them" is looked for below.
      assert.match(String(error), /the first server was given them/);
    }));

  test("a user and a password in the address reach its own server, as Basic", async () => {
    await using stage = await Stage.open();
    await using other = await HostileServer.listen();
    stage.server.plan(PATH, redirect(other.url("/x")));
    await stage.download([stage.server.url(PATH).replace("http://", "http://me:s3cret-user@")]);
    const basic = `Basic ${Buffer.from("me:s3cret-user").toString("base64")}`;
    assert.equal(stage.server.requests[0]?.headers.authorization, basic);
    assert.equal(other.requests[0]?.headers.authorization, undefined);
  });

  test("headers of an item, to another name of the same machine", () =>
    learns(
      (url) => ({ url, headers: HEADERS }),
      {},
      (other) => redirect(`http://localhost:${other.port}/x`),
    ));

  test("headers of an item, there and back and there again", () =>
    learns(
      (url) => ({ url, headers: HEADERS }),
      {},
      (other, stage) => {
        other.plan("/x", redirect(stage.server.url("/back")));
        stage.server.plan("/back", redirect(other.url("/y")));
        return redirect(other.url("/x"));
      },
    ));

  test("a redirect with a user and a password of its own shows them to nobody", async () => {
    await using stage = await Stage.open();
    stage.server.plan(PATH, redirect(stage.server.url("/x").replace("http://", "http://me:s3cret-user@")));
    const { first, events } = await stage.download([stage.server.url(PATH)]);
    assertWhole(stage, first, stage.server.file("/x").content);
    assert.ok(!JSON.stringify(events).includes("s3cret-user"));
  });

  test("headers of one item go with no other", async () => {
    await using stage = await Stage.open();
    await stage.download([{ url: stage.server.url("/a"), headers: HEADERS }, stage.server.url("/b")], { limit: 1 });
    const [a, b] = stage.server.requests;
    assert.ok(JSON.stringify(a?.headers).includes("s3cret-key"));
    assert.ok(!JSON.stringify(b?.headers).includes("s3cret"), JSON.stringify(b));
  });

  test("a cookie that one server sets goes to no other one", async () => {
    await using stage = await Stage.open();
    await using other = await HostileServer.listen();
    stage.server.plan(
      PATH,
      redirect(`http://localhost:${other.port}/x`, 302, { "set-cookie": "id=s3cret-cookie; path=/" }),
    );
    await stage.download([stage.server.url(PATH)]);
    assert.ok(!seenBy(other).includes("s3cret"), seenBy(other));
  });
});
