import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { type Coroutine, run } from "yieldfrom";
import { BasicAuth, ClientSession } from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { serve } from "./server.ts";

const authorization = (pair: string, encoding: BufferEncoding = "utf8") =>
  `Basic ${Buffer.from(pair, encoding).toString("base64")}`;

/** Answers with the Authorization header; "/go?to=…" redirects. */
function serveAuthorization() {
  return serve(({ url, headers }, response) => {
    const to = new URL(url ?? "", "http://a/").searchParams.get("to");
    if (to === null) response.end(headers.authorization ?? "none");
    else response.writeHead(307, { location: to }).end();
  });
}

describe("BasicAuth", () => {
  test("encodes, and decodes what it encoded", () => {
    for (const [login, password] of [
      ["ada", "secret"],
      ["ü", "中"],
      ["", ""],
      ["a", "b:c"],
    ] as const) {
      const auth = new BasicAuth(login, password);
      assert.equal(auth.encode(), authorization(`${login}:${password}`));
      assert.deepEqual(BasicAuth.decode(auth.encode()), auth);
    }
    assert.equal(new BasicAuth("ü", "", "latin1").encode(), authorization("ü:", "latin1"));
    assert.equal(BasicAuth.decode("basic  4jo=", "latin1").login, "â");
    assert.equal(inspect(new BasicAuth("ada", "secret")), "<BasicAuth ada>");
  });

  test("is taken out of a URL", () => {
    const of = (url: string) => BasicAuth.fromUrl(new URL(url));
    assert.equal(of("http://a/"), undefined);
    assert.deepEqual(of("http://ada@a/"), new BasicAuth("ada"));
    assert.deepEqual(of("http://:pw@a/"), new BasicAuth("", "pw"));
    assert.deepEqual(of("http://a%C3%BC:p%3Aw@a/"), new BasicAuth("aü", "p:w"));
    assert.deepEqual(of("http://100%:pw@a/"), new BasicAuth("100%", "pw"));
  });

  test("refuses what can't be said", () => {
    assert.throws(() => new BasicAuth("a:b", "c"), /login of BasicAuth to have no ":"/);
    assert.throws(() => new BasicAuth("中", "", "latin1"), /characters that Latin-1 lacks/);
    assert.throws(() => new BasicAuth(null as unknown as string), /strings, got object and string/);
    for (const header of ["", "Basic", "Basic ???", "Bearer YTpi", authorization("nocolon")]) {
      assert.throws(() => BasicAuth.decode(header), /Expected the header to be "Basic "/);
    }
  });
});

describe("a session's credentials", () => {
  test("come from the request, the URL, or the session", async () => {
    await using server = await serveAuthorization();
    await run(function* () {
      const auth = new BasicAuth("session", "1");
      using session = new ClientSession({ auth });
      const sent = function* (url: string, own?: BasicAuth): Coroutine<string> {
        return yield* (yield* session.get(url, own === undefined ? {} : { auth: own })).text();
      };
      const withUser = server.origin.replace("//", "//url:2@");
      assert.equal(yield* sent(server.origin), authorization("session:1"));
      assert.equal(yield* sent(withUser), authorization("url:2"));
      assert.equal(yield* sent(withUser, new BasicAuth("own", "3")), authorization("own:3"));
      assert.equal(session.auth, auth);
    });
  });

  test("go to the base's origin only, if there is one", async () => {
    await using server = await serveAuthorization();
    await using other = await serveAuthorization();
    await run(function* () {
      using session = new ClientSession({ baseUrl: `${server.origin}/`, auth: new BasicAuth("a", "b") });
      assert.equal(yield* (yield* session.get("")).text(), authorization("a:b"));
      assert.equal(yield* (yield* session.get(other.origin)).text(), "none");
      using other2 = new ClientSession({ baseUrl: `${server.origin.replace("//", "//c:d@")}/` });
      assert.equal(yield* (yield* other2.get("x")).text(), authorization("c:d"));
      assert.equal((yield* other2.get("x")).url, `${server.origin}/x`);
    });
  });

  test("are one thing or the other, as in aiohttp", async () => {
    await using server = await serveAuthorization();
    const auth = new BasicAuth("a", "b");
    const headers = { authorization: "Bearer x" };
    assert.throws(
      () => new ClientSession({ auth, headers }),
      /Expected the session to prove in one way who asks, got two/,
    );
    await run(function* () {
      using session = new ClientSession({ headers });
      const withUser = server.origin.replace("//", "//u:p@");
      for (const request of [session.get(server.origin, { auth }), session.get(withUser)]) {
        const error = yield* failureOf(request);
        assert.ok(error instanceof TypeError);
        assert.match(error.message, /Expected the request to prove in one way.*Authorization header and `auth`/);
      }
      const odd = "u:p" as unknown as BasicAuth;
      using plain = new ClientSession();
      assert.match(
        String(yield* failureOf(plain.get(server.origin, { auth: odd }))),
        /`auth` to be a BasicAuth, got string/,
      );
      assert.equal(yield* (yield* session.get(server.origin)).text(), "Bearer x");
    });
    assert.equal(server.requests.length, 1);
  });

  test("of a redirect's URL are its own; the caller's go to no other origin", async () => {
    await using server = await serveAuthorization();
    await using other = await serveAuthorization();
    await run(function* () {
      using session = new ClientSession();
      const auth = new BasicAuth("a", "b");
      const follow = function* (to: string) {
        const response = yield* session.get(server.origin, { auth, params: { to } });
        assert.equal(response.url.includes("@"), false);
        return yield* response.text();
      };
      assert.equal(yield* follow("/x"), authorization("a:b"));
      assert.equal(yield* follow(`${other.origin}/x`), "none");
      assert.equal(yield* follow(`${other.origin.replace("//", "//c:d@")}/x`), authorization("c:d"));
      assert.equal(yield* follow(`${server.origin.replace("//", "//c:d@")}/x`), authorization("a:b"));
    });
  });
});
