import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import {
  type Algorithm,
  ChecksumError,
  checksumsOf,
  checksumText,
  compareChecksums,
  Hashing,
  parseChecksum,
} from "../../src/files/checksums.ts";

const BYTES = Buffer.from("abc");
const SHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

describe("parseChecksum", () => {
  const same: readonly string[] = [
    `sha256=${SHA256}`,
    `sha-256=${SHA256}`,
    `SHA-256=${SHA256.toUpperCase()}`,
    ` sha256=${SHA256}\n`,
    `sha256=${Buffer.from(SHA256, "hex").toString("base64")}`,
    `sha256=${Buffer.from(SHA256, "hex").toString("base64").replace("=", "")}`,
  ];
  for (const text of same) {
    it(`takes ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parseChecksum(text), { algorithm: "sha256", value: SHA256 });
    });
  }

  it("knows six algorithms", () => {
    for (const algorithm of ["sha256", "sha512", "sha384", "sha224", "sha1", "md5"] as const) {
      const digest = createHash(algorithm).update(BYTES).digest();
      for (const written of [digest.toString("hex"), digest.toString("base64")]) {
        assert.deepEqual(parseChecksum(`${algorithm}=${written}`), { algorithm, value: digest.toString("hex") });
      }
    }
  });

  const wrong: readonly (readonly [text: string, message: RegExp])[] = [
    ["", /has not the form sha256=DIGITS/],
    [SHA256, /has not the form/],
    ["sha256", /has not the form/],
    [`crc32=${SHA256}`, /of an unknown kind: there are sha256 sha512 sha384 sha224 sha1 md5/],
    [`toString=${SHA256}`, /of an unknown kind/],
    [`sha256=${SHA256.slice(1)}`, /has not the 64 hexadecimal digits of sha256/],
    [`sha256=${SHA256.slice(1)}g`, /has not the 64 hexadecimal digits/],
    ["md5=AAAA", /has not the 32 hexadecimal digits of md5/],
    // Not canonical: bits beyond the end are set.
    ["md5=AAAAAAAAAAAAAAAAAAAAAB==", /has not the 32 hexadecimal digits of md5/],
  ];
  for (const [text, message] of wrong) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseChecksum(text), { name: "DownloadError", code: "ERR_CHECKSUM_FORM", message });
    });
  }

  it("is undone by checksumText", () => {
    assert.equal(checksumText(parseChecksum(`sha-256=${SHA256}`)), `sha256=${SHA256}`);
  });
});

describe("checksumsOf and Hashing", () => {
  const algorithms: readonly Algorithm[] = ["sha256", "md5"];
  const expected = [
    { algorithm: "sha256", value: SHA256 },
    { algorithm: "md5", value: "900150983cd24fb0d6963f7d28e17f72" },
  ];

  it("give the same for a body whole and in pieces", () => {
    assert.deepEqual(checksumsOf([BYTES], algorithms), expected);
    assert.deepEqual(checksumsOf([BYTES.subarray(0, 1), new Uint8Array(), BYTES.subarray(1)], algorithms), expected);
    const hashing = new Hashing(algorithms);
    for (const byte of BYTES) hashing.update(Uint8Array.of(byte));
    assert.deepEqual(hashing.end(), expected);
  });

  it("work for no bytes", () => {
    assert.deepEqual(checksumsOf([], ["md5"]), [{ algorithm: "md5", value: "d41d8cd98f00b204e9800998ecf8427e" }]);
  });
});

describe("compareChecksums", () => {
  it("passes what is equal", () => {
    compareChecksums("a", [parseChecksum(`sha256=${SHA256}`)], checksumsOf([BYTES], ["md5", "sha256"]));
  });

  it("tells what was expected and what came", () => {
    const expected = parseChecksum("md5=00000000000000000000000000000000");
    const [got] = checksumsOf([BYTES], ["md5"]);
    assert.throws(
      () => compareChecksums("a\x1b", [expected], got === undefined ? [] : [got]),
      (error) => {
        assert.ok(error instanceof ChecksumError);
        assert.equal(error.code, "ERR_CHECKSUM");
        assert.deepEqual([error.expected, error.got], [expected, got]);
        assert.equal(
          error.message,
          '"a\\u{1b}" has md5=900150983cd24fb0d6963f7d28e17f72, and should have md5=00000000000000000000000000000000',
        );
        return true;
      },
    );
  });

  it("does not pass what was not computed", () => {
    assert.throws(() => compareChecksums("a", [parseChecksum(`sha256=${SHA256}`)], []), TypeError);
  });
});
