import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checksumsOf } from "../../src/files/checksums.ts";
import { type DigestFacts, promisedChecksum } from "../../src/files/digest-fields.ts";

const [sha256, sha512] = checksumsOf([Buffer.from("abc")], ["sha256", "sha512"]);
const S256 = `sha-256=:${Buffer.from(sha256?.value ?? "", "hex").toString("base64")}:`;
const S512 = `sha-512=:${Buffer.from(sha512?.value ?? "", "hex").toString("base64")}:`;

describe("promisedChecksum", () => {
  const cases: readonly (readonly [what: string, facts: DigestFacts, expected: unknown])[] = [
    ["none", { status: 200 }, null],
    ["of a Repr-Digest", { status: 200, reprDigest: S256 }, sha256],
    ["of a Content-Digest", { status: 200, contentDigest: S256 }, sha256],
    ["the strongest", { status: 200, reprDigest: `${S256}, ${S512}` }, sha512],
    ["of a 206 the Repr-Digest", { status: 206, reprDigest: S256, contentDigest: S512 }, sha256],
    ["of a 206 not the Content-Digest, which is of the range", { status: 206, contentDigest: S256 }, null],
    ["none of other answers", { status: 404, reprDigest: S256 }, null],
    ["none where the body is coded", { status: 200, reprDigest: S256, contentEncoding: "gzip" }, null],
    ["where the coding is none", { status: 200, reprDigest: S256, contentEncoding: "identity" }, sha256],
    ["none of what is no protection", { status: 200, reprDigest: "md5=:kAFQmDzST7DWlj99KOF/cg==:" }, null],
    ["beside an unknown one", { status: 200, reprDigest: `x-new=:AAAA:,\t${S256};p=1` }, sha256],
    ["the last of a key", { status: 200, reprDigest: `sha-256=:AAAA:, ${S256}` }, sha256],
    ["none of a wrong length", { status: 200, reprDigest: "sha-256=:AAAA:" }, null],
    [
      "the weaker where the stronger has a wrong length",
      { status: 200, reprDigest: `sha-512=:AAAA:, ${S256}` },
      sha256,
    ],
    ["none where the field is broken", { status: 200, reprDigest: `${S256}, sha-512="x"` }, null],
    ["none of no dictionary", { status: 200, reprDigest: "sha-256=abc" }, null],
    ["of the Content-Digest where the other is broken", { status: 200, reprDigest: "?", contentDigest: S256 }, sha256],
  ];
  for (const [what, facts, expected] of cases) {
    it(what, () => assert.deepEqual(promisedChecksum(facts), expected));
  }
});
