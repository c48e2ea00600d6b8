import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { peer } from "@yieldfrom/testing/peers";
import { run } from "yieldfrom";
import { readChecksums } from "../../src/input/checksum-list.ts";

const read = (text: string) => run(() => readChecksums(Readable.from([Buffer.from(text)], { objectMode: false }), "S"));

const digest = (length: number, digit = "a") => digit.repeat(length);

test("GNU's form, in all lengths", async () => {
  const text = [
    `${digest(64)}  a.iso`,
    `${digest(64).toUpperCase()} *./b b.iso`,
    `${digest(32)}  dir/c`,
    `${digest(40)} d`,
    `${digest(56)}  e`,
    `${digest(96)}  f`,
    `${digest(128)}  g\r`,
    "",
    "# comment",
    `\\${digest(64)}  line\\nend\\\\n\\r`,
  ].join("\n");
  assert.deepEqual(
    [...(await read(text))],
    [
      ["a.iso", `sha256=${digest(64)}`],
      ["b b.iso", `sha256=${digest(64)}`],
      ["dir/c", `md5=${digest(32)}`],
      ["d", `sha1=${digest(40)}`],
      ["e", `sha224=${digest(56)}`],
      ["f", `sha384=${digest(96)}`],
      ["g", `sha512=${digest(128)}`],
      ["line\nend\\n\r", `sha256=${digest(64)}`],
    ],
  );
});

test("BSD's form, and openssl's", async () => {
  const text = `SHA256 (a (1).iso) = ${digest(64)}\nMD5 (b) = ${digest(32)}\nSHA2-512(c)= ${digest(128)}\nSHA1(d)= ${digest(40)}\n`;
  assert.deepEqual(
    [...(await read(text))],
    [
      ["a (1).iso", `sha256=${digest(64)}`],
      ["b", `md5=${digest(32)}`],
      ["c", `sha512=${digest(128)}`],
      ["d", `sha1=${digest(40)}`],
    ],
  );
});

test("the signature of a signed file is passed over", async () => {
  const text = `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

# a.iso: 5 bytes
SHA256 (a.iso) = ${digest(64)}
-----BEGIN PGP SIGNATURE-----

iQIzBAEBCAAdFiEE
-----END PGP SIGNATURE-----
`;
  assert.deepEqual([...(await read(text))], [["a.iso", `sha256=${digest(64)}`]]);
});

test("the longest checksum of a name counts", async () => {
  for (const lines of [
    [`${digest(32)}  a`, `${digest(64)}  a`],
    [`${digest(64)}  a`, `${digest(32)}  a`, `${digest(64)}  a`],
  ]) {
    assert.deepEqual([...(await read(lines.join("\n")))], [["a", `sha256=${digest(64)}`]]);
  }
});

test("what is no checksum is an error that names its line", async () => {
  for (const line of ["hello world", `${digest(63)}  a`, digest(64), "<html>", `SHA256 (a) = ${digest(63)}`]) {
    await assert.rejects(read(`${digest(64)}  ok\n${line}\n`), {
      code: "ERR_CHECKSUM_LIST",
      message: "S:2 is no checksum of a file: expected hexadecimal digits and a name",
    });
  }
  await assert.rejects(read(`${digest(64, "a")}  a\n${digest(64, "b")}  a`), {
    message: "S:2 has another checksum for a name than a line before it",
  });
});

test("a file that can't be read", () =>
  assert.rejects(
    run(() => readChecksums(Readable.from(failing(), { objectMode: false }), "S")),
    { code: "ERR_LIST", message: "S can't be read: broken" },
  ));

function* failing(): Generator<Buffer> {
  yield Buffer.from("\n");
  throw new Error("broken");
}

test("what sha256sum and its kin write", peer("sha256sum"), async () => {
  const folder = mkdtempSync(join(tmpdir(), "sums-"));
  try {
    const names = ["plain", "with space", "back\\slash", "new\nline", "re\rturn", "ünï", "*star", "(x) = y"];
    for (const name of names) writeFileSync(join(folder, name), name);
    for (const [program, kind] of [
      ["md5sum", "md5"],
      ["sha1sum", "sha1"],
      ["sha256sum", "sha256"],
      ["sha512sum", "sha512"],
    ] as const) {
      for (const options of [[], ["--binary"], ["--tag"]]) {
        const { stdout } = spawnSync(program, [...options, "--", ...names], { cwd: folder, encoding: "utf8" });
        const expected = names.map((name) => [name, `${kind}=${createHash(kind).update(name).digest("hex")}`]);
        assert.deepEqual([...(await read(stdout))], expected, `${program} ${options}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
