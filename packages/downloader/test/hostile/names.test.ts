/** Names that servers and lists propose: whatever they are, the file is in the folder, and under a name that is safe. */
import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { withHeaders } from "../hostile-answers.ts";
import { assertFailed, assertWhole, leavesNothing, type OutcomeEvent, Stage } from "./stage.ts";

leavesNothing();

const PATH = "/file.bin";

/** Fails unless a name can do no harm: on this system, others, and the terminal. */
function assertSafe(name: string): void {
  for (const part of name.split("/")) {
    assert.ok(!/^\.|[. ]$|^$/.test(part), `dots or blanks at an end: ${JSON.stringify(name)}`);
    assert.ok(!/[\p{Cc}\\:*?"<>|]/u.test(part), `characters that are none of a name: ${JSON.stringify(name)}`);
    assert.ok(!/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(part), `bidi marks: ${JSON.stringify(name)}`);
    assert.ok(!/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(part), `a device: ${JSON.stringify(name)}`);
    assert.ok(Buffer.byteLength(part) <= 255, `${Buffer.byteLength(part)} bytes`);
    assert.equal(part, part.normalize("NFC"));
  }
}

function safe(stage: Stage, end: OutcomeEvent): void {
  if (end.type === "failed") {
    assert.deepEqual(stage.names, []);
    return;
  }
  assert.ok(end.name !== undefined);
  assertSafe(end.name);
  assert.deepEqual(stage.names, [end.name]);
}

/** As bytes on the wire: text is UTF-8 there. */
const wire = (text: string) => Buffer.from(text).toString("latin1");

const DISPOSITIONS: readonly (readonly [string, string])[] = [
  ["a path upwards", 'attachment; filename="../../evil"'],
  ["a path upwards, encoded", 'attachment; filename="..%2F..%2Fevil"'],
  ["a path upwards, encoded by RFC 8187", "attachment; filename*=UTF-8''..%2F..%2Fevil"],
  ["a path upwards, encoded twice", "attachment; filename*=UTF-8''..%252F..%252Fevil"],
  ["a path upwards of Windows", 'attachment; filename="..\\\\..\\\\evil"'],
  ["an absolute path", 'attachment; filename="/tmp/evil"'],
  ["a drive", 'attachment; filename="c:\\evil.txt"'],
  ["a drive without a path", 'attachment; filename="c:evil.txt"'],
  ["a share", 'attachment; filename="\\\\\\\\host\\\\share\\\\evil"'],
  ["a stream", 'attachment; filename="evil.txt:stream"'],
  ["a name that is hidden", 'attachment; filename=".bashrc"'],
  ["the folder itself", 'attachment; filename="."'],
  ["the folder above", 'attachment; filename=".."'],
  ["its own part file", 'attachment; filename=".file.bin.part"'],
  ["its own lock", 'attachment; filename=".download-many.lock"'],
  ["a NUL", "attachment; filename*=UTF-8''evil.txt%00.bin"],
  ["ends of lines", "attachment; filename*=UTF-8''evil%0d%0aSet-Cookie:%20x"],
  ["escapes of the terminal", "attachment; filename*=UTF-8''%1b%5b2J%1b%5d0;evil%07"],
  ["C1 controls", "attachment; filename*=UTF-8''evil%c2%9b31m"],
  ["writing from the right", "attachment; filename*=UTF-8''evil%e2%80%aefdp.exe"],
  ["isolates", "attachment; filename*=UTF-8''a%e2%81%a6b%e2%81%a9c"],
  ["raw UTF-8 from the right", wire('attachment; filename="evil\u202etxt.exe"')],
  ["10 kB", `attachment; filename="${"x".repeat(10_000)}.txt"`],
  ["10 kB of escaped four-byte characters", `attachment; filename*=UTF-8''${"%f0%9f%98%80".repeat(850)}.txt`],
  ["10 kB of dots", `attachment; filename="${".".repeat(10_000)}"`],
  ["a charset that is none", "attachment; filename*=KLINGON''evil.txt"],
  ["bytes that are no UTF-8", "attachment; filename*=UTF-8''evil%ff%fe.txt"],
  ["half a character", "attachment; filename*=UTF-8''evil%e2%82"],
  ["half an escape", "attachment; filename*=UTF-8''evil%2"],
  ["surrogates", "attachment; filename*=UTF-8''evil%ed%a0%80.txt"],
  ["overlong slashes", "attachment; filename*=UTF-8''..%c0%af..%c0%afevil"],
  ["a device", 'attachment; filename="NUL"'],
  ["a device with an extension", 'attachment; filename="con.txt"'],
  ["a device with blanks", 'attachment; filename="COM1 .txt"'],
  ["blanks and dots at the end", 'attachment; filename="evil.txt. . ."'],
  ["nothing", 'attachment; filename=""'],
  ["blanks only", 'attachment; filename="   "'],
  ["nothing but a quote", 'attachment; filename="'],
  ["quotes without an end", 'attachment; filename="evil'],
  ["two names", 'attachment; filename="a.txt"; filename="../evil"'],
  ["two of both", "attachment; filename=\"a.txt\"; filename*=UTF-8''..%2Fevil; filename*=UTF-8''b"],
  ["semicolons", `attachment${";".repeat(5000)}filename=x`],
  ["wild cards", 'attachment; filename="*?<>|"'],
  ["decomposed letters", "attachment; filename*=UTF-8''A%cc%8a.txt"],
  ["fullwidth slashes", "attachment; filename*=UTF-8''..%ef%bc%8f..%ef%bc%8fevil"],
  ["a name of the prototype", 'attachment; filename="__proto__"'],
  ["an option", 'attachment; filename="-rf"'],
];

describe("Content-Disposition says", () => {
  for (const [what, value] of DISPOSITIONS) {
    test(what, async () => {
      await using stage = await Stage.open();
      const file = stage.server.always(PATH, withHeaders({ "content-disposition": value }));
      const { first } = await stage.download([stage.server.url(PATH)], { contentDisposition: true });
      safe(stage, first);
      if (first.type === "done") assertWhole(stage, first, file.content);
      // Its proposal is one only if it was asked for.
      const again = await stage.download([{ url: stage.server.url(PATH), name: "mine.bin" }]);
      assertWhole(stage, again.first, file.content);
    });
  }

  test("the same for all: none is lost, and none overwritten", async () => {
    await using stage = await Stage.open();
    const paths = Array.from({ length: 10 }, (_, index) => `/${index}.bin`);
    for (const path of paths) {
      stage.server.always(path, withHeaders({ "content-disposition": 'attachment; filename="same.txt"' }));
    }
    const urls = paths.map((path) => stage.server.url(path));
    const { ends } = await stage.download(urls, { contentDisposition: true, clash: "number" });
    const names = new Set<string>();
    paths.forEach((path, index) => {
      const end = ends.get(index + 1)!;
      assertWhole(stage, end, stage.server.file(path).content);
      names.add(end.name ?? "");
    });
    assert.equal(names.size, 10);
  });
});

const ADDRESSES = [
  "/..%2f..%2fevil",
  "/%2e%2e%2fevil",
  "/a/%2e%2e",
  "/%2e",
  "/..%5c..%5cevil",
  "/%00",
  "/evil%00.txt",
  "/%1b%5b2J",
  "/%e2%80%aetxt.exe",
  "/.bashrc",
  "/.file.bin.part",
  "/NUL.txt",
  "/c:evil",
  "/%ff%fe",
  "/%",
  "/%zz",
  `/${"x".repeat(5000)}.txt`,
  `/${"%f0%9f%98%80".repeat(500)}.txt`,
  "/",
  "//",
  "/a/",
  "/?name=../../evil",
  "/x?../../evil",
  "/-rf",
];

describe("an address's own name", () => {
  for (const path of ADDRESSES) {
    test(path.slice(0, 60), async () => {
      await using stage = await Stage.open();
      const { first } = await stage.download([stage.server.url(path)]);
      safe(stage, first);
      if (first.type === "done")
        assertWhole(
          stage,
          first,
          stage.server.file(new URL(stage.server.url(path)).pathname + new URL(stage.server.url(path)).search).content,
        );
    });
  }
});

describe("a name that the list gives", () => {
  for (const name of [
    "../evil",
    "/etc/evil",
    "a/../../evil",
    "..",
    ".",
    "",
    "a\0b",
    "a//b",
    "./a",
    "a/./b",
    "c:\\x",
    "a/.b/c",
    "x".repeat(300),
    "new\nline",
  ]) {
    test(JSON.stringify(name.slice(0, 30)), async () => {
      await using stage = await Stage.open();
      const { first } = await stage.download([{ url: stage.server.url(PATH), name }]);
      safe(stage, first);
    });
  }
});

describe("a link in the output folder", () => {
  test("to a folder outside leads nobody out", async () => {
    await using stage = await Stage.open();
    stage.write("there.txt", "");
    symlinkSync(join(stage.parent, "beside"), join(stage.dir, "sub"));
    const { first } = await stage.download([{ url: stage.server.url(PATH), name: "sub/a.txt" }], {
      exists: "overwrite",
    });
    assertFailed(first, "ERR_LINK");
  });

  for (const exists of ["overwrite", "update", "skip", "number", "refuse"] as const) {
    test(`in the place of the file is not written through (${exists})`, async () => {
      await using stage = await Stage.open();
      stage.write("there.txt", "");
      symlinkSync(join(stage.parent, "evil"), join(stage.dir, "file.bin"));
      const { first } = await stage.download([stage.server.url(PATH)], { exists });
      if (first.type === "done") assertWhole(stage, first, stage.server.file(PATH).content);
    });
  }
});
