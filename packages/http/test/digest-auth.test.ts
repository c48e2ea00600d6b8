import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { run } from "yieldfrom";
import { answerChallenge, parseChallenge } from "../src/digest-auth.ts";
import { ClientSession, digestAuth } from "../src/index.ts";
import { serve } from "./server.ts";

/** RFC 7616 section 3.9.1. */
const NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
const PROOF = {
  login: "Mufasa",
  password: "Circle of Life",
  method: "GET",
  uri: "/dir/index.html",
  body: "",
  count: 1,
  cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
};

function header(algorithm: string, more = ""): string {
  const opaque = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS";
  return `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="${NONCE}", opaque="${opaque}"${more}`;
}

describe("a challenge", () => {
  test("is answered as the RFC's example", () => {
    for (const [algorithm, response] of [
      ["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
      ["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
    ] as const) {
      const answer = answerChallenge(parseChallenge(header(algorithm))!, PROOF);
      assert.ok(answer.includes(`response="${response}"`), answer);
      assert.match(
        answer,
        /^Digest username="Mufasa", realm="http-auth@example.org", .*qop=auth, nc=00000001, cnonce="f2/,
      );
    }
  });

  test("is the first one that is understood", () => {
    const both = `Basic realm="x", ${header("KLINGON")}, ${header("SHA-256-sess", ", userhash=true")}, Bearer`;
    assert.deepEqual(parseChallenge(both), {
      realm: "http-auth@example.org",
      nonce: NONCE,
      opaque: "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
      algorithm: "SHA-256-sess",
      qop: "auth",
      userhash: true,
    });
    for (const none of ["", "Basic realm=x", "Digest", 'Digest realm="x"', 'Digest nonce="x", qop="other"']) {
      assert.equal(parseChallenge(none), undefined);
    }
    assert.deepEqual(parseChallenge('digest nonce=abc,realm="a \\"b\\""'), {
      realm: 'a "b"',
      nonce: "abc",
      opaque: undefined,
      algorithm: "",
      qop: undefined,
      userhash: false,
    });
  });

  test("hides or encodes names that don't fit", () => {
    const hidden = answerChallenge(parseChallenge(header("MD5", ", userhash=true"))!, PROOF);
    assert.ok(!hidden.includes("Mufasa") && hidden.endsWith("userhash=true"));
    const wide = answerChallenge(parseChallenge(header("MD5"))!, { ...PROOF, login: "中" });
    assert.ok(wide.startsWith("Digest username*=UTF-8''%E4%B8%AD, "));
    const quoted = answerChallenge(parseChallenge(header("MD5"))!, { ...PROOF, login: 'a"b\\' });
    assert.ok(quoted.startsWith('Digest username="a\\"b\\\\", '));
  });
});

/** Wants ada's password by Digest; nonces are good for three requests. Answers with method, path and body. */
function serveDigest({ qop = "auth", algorithm = "MD5" } = {}) {
  const hash = (text: string) =>
    createHash(algorithm.startsWith("MD5") ? "md5" : "sha256")
      .update(text)
      .digest("hex");
  let nonce = 0;
  let used = 0;
  return serve(async (request, response) => {
    const { method = "", url = "", headers } = request;
    const body = (await request.toArray()).join("");
    const field = (name: string) => new RegExp(`\\b${name}="?([^",]*)`).exec(headers.authorization ?? "")?.[1] ?? "";
    let secret = hash("ada:flags:secret");
    if (algorithm.endsWith("-sess")) secret = hash(`${secret}:${field("nonce")}:${field("cnonce")}`);
    const asked = hash(`${method}:${url}${qop === "auth-int" ? `:${hash(body)}` : ""}`);
    const parts = [secret, field("nonce"), field("nc"), field("cnonce"), field("qop"), asked];
    const isRight = field("response") === hash((qop === "" ? [secret, field("nonce"), asked] : parts).join(":"));
    if (isRight && field("nonce") === `n${nonce}` && used < 3) {
      used++;
      return void response.end(`${method} ${url} ${body} nc=${field("nc")}`);
    }
    if (used === 3) used = 0;
    nonce++;
    const offered = qop === "" ? "" : `, qop="${qop}"`;
    response.setHeader("www-authenticate", `Digest realm="flags", nonce="n${nonce}", algorithm=${algorithm}${offered}`);
    response.writeHead(401).end();
  });
}

describe("digestAuth", () => {
  for (const options of [{}, { qop: "" }, { qop: "auth-int", algorithm: "SHA-256" }, { algorithm: "MD5-sess" }]) {
    test(`proves who asks: ${JSON.stringify(options)}`, async () => {
      await using server = await serveDigest(options);
      await run(function* () {
        using session = new ClientSession({
          baseUrl: `${server.origin}/`,
          middlewares: [digestAuth("ada", "secret")],
          raiseForStatus: true,
        });
        const nc = (count: number) => (options.qop === "" ? "nc=" : `nc=0000000${count}`);
        assert.equal(yield* (yield* session.get("a?b=1")).text(), `GET /a?b=1  ${nc(1)}`);
        assert.equal(yield* (yield* session.post("c", { data: "body" })).text(), `POST /c body ${nc(2)}`);
        assert.equal(server.requests.length, 3);
        yield* (yield* session.get("d")).read();
        // The nonce is used up, and a new one is taken.
        assert.equal(yield* (yield* session.get("e")).text(), `GET /e  ${nc(1)}`);
        assert.equal(server.requests.length, 6);
      });
    });
  }

  test("asks once with a wrong password, and not at all with a body that can be sent once", async () => {
    await using server = await serveDigest();
    await run(function* () {
      using session = new ClientSession({ baseUrl: `${server.origin}/`, middlewares: [digestAuth("ada", "wrong")] });
      assert.equal((yield* session.get("")).status, 401);
      assert.equal(server.requests.length, 2);
      const middlewares = [digestAuth("ada", "secret", { preemptive: false })];
      assert.equal((yield* session.post("", { data: Readable.from(["x"]), middlewares })).status, 401);
      assert.equal(server.requests.length, 3);
      for (let i = 0; i < 2; i++) assert.equal((yield* session.get("", { middlewares })).status, 200);
      assert.equal(server.requests.length, 7);
    });
  });

  test("answers nobody but its origin", async () => {
    await using evil = await serveDigest();
    await using server = await serve((_, response) => void response.writeHead(302, { location: evil.origin }).end());
    await run(function* () {
      using session = new ClientSession({ middlewares: [digestAuth("ada", "secret")] });
      assert.equal((yield* session.get(server.origin)).status, 401);
      assert.equal(evil.requests.length, 1);
      using own = new ClientSession({ middlewares: [digestAuth("ada", "secret", { origin: evil.origin })] });
      assert.equal((yield* own.get(server.origin)).status, 200);
    });
    assert.throws(() => digestAuth("a:b", "c"), /login without ":"/);
  });
});
