import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { run } from "yieldfrom";
import { type KnownFile, KnownFiles } from "../../src/files/known-files.ts";
import { openFolder } from "../../src/files/output-folder.ts";
import { filesIn, temporaryFolder } from "./temporary.ts";

const STORE = ".download-many.db";
const URL_ = "https://h/a";
const FACTS: KnownFile = { url: URL_, etag: '"1"', lastModified: null, size: 5, mtimeMs: 1_234_567_890_123.75 };

describe("KnownFiles", () => {
  it("knows what it was told, also later", (t) => {
    const dir = temporaryFolder(t);
    const first = new KnownFiles(dir);
    assert.equal(first.get("a", URL_, FACTS), null);
    first.set("a", { ...FACTS, etag: '"0"' });
    first.set("a", FACTS);
    first.close();
    assert.deepEqual(filesIn(dir), [STORE]);
    const second = new KnownFiles(dir);
    assert.deepEqual({ ...second.get("a", URL_, FACTS) }, { ...FACTS, mtimeMs: 1_234_567_890_123 });
    second.close();
  });

  it("forgets a file that is not as it was saved, or of another address", (t) => {
    const store = new KnownFiles(temporaryFolder(t));
    t.after(() => store.close());
    store.set("a", FACTS);
    assert.equal(store.get("a", "https://h/b", FACTS), null);
    assert.equal(store.get("a", URL_, { ...FACTS, size: 6 }), null);
    assert.equal(store.get("a", URL_, { ...FACTS, mtimeMs: FACTS.mtimeMs + 1 }), null);
    assert.notEqual(store.get("a", URL_, FACTS), null);
  });

  it("begins anew where the store is broken, or of another version", (t) => {
    const dir = temporaryFolder(t);
    const broken = [
      (path: string) => writeFileSync(path, "no database".repeat(1000)),
      (path: string) => setVersion(path, 77),
    ];
    for (const breakIt of broken) {
      const before = new KnownFiles(dir);
      before.set("a", FACTS);
      before.close();
      breakIt(`${dir}/${STORE}`);
      const after = new KnownFiles(dir);
      assert.equal(after.get("a", URL_, FACTS), null);
      after.set("a", FACTS);
      assert.notEqual(after.get("a", URL_, FACTS), null);
      after.close();
    }
  });

  it("says that it can't be made", () => {
    assert.throws(() => new KnownFiles("/nowhere"), {
      code: "ERR_STORE",
      message: /^Can't open "\/nowhere\/\.download-many\.db": unable to open database file/,
    });
  });

  it("knows nothing, and hinders nobody, when the disk fails it", (t) => {
    const store = new KnownFiles(temporaryFolder(t));
    store.set("a", FACTS);
    store.close();
    store.set("b", FACTS);
    assert.equal(store.get("a", URL_, FACTS), null);
  });

  it("is opened through no link", (t) => {
    const root = temporaryFolder(t);
    writeFileSync(`${root}/victim`, "");
    symlinkSync(`${root}/victim`, `${root}/${STORE}`);
    assert.throws(() => new KnownFiles(root), { code: "ERR_LINK" });
    assert.equal(readFileSync(`${root}/victim`, "utf8"), "");
  });

  it("is whole after its process was killed", async (t) => {
    const dir = temporaryFolder(t);
    const source = `
      import { KnownFiles } from ${JSON.stringify(new URL("../../src/files/known-files.ts", import.meta.url).href)};
      const store = new KnownFiles(${JSON.stringify(dir)});
      store.set("a", ${JSON.stringify(FACTS)});
      process.stdout.write("set");
      for (let n = 0; ; n++) store.set(String(n), ${JSON.stringify(FACTS)});`;
    const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", source], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    t.after(() => child.kill("SIGKILL"));
    let warnings = "";
    child.stderr.on("data", (text) => {
      warnings += text;
    });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "close");
    // Node's own, that its SQLite may change, helps nobody.
    assert.equal(warnings, "");
    const store = new KnownFiles(dir);
    t.after(() => store.close());
    assert.notEqual(store.get("a", URL_, FACTS), null);
  });
});

it("OutputFolder.known: one store for all runs of the process, closed with the last; none where nobody asks", async (t) => {
  const dir = temporaryFolder(t);
  await run(function* () {
    const first = yield* openFolder(dir);
    const second = yield* openFolder(dir);
    assert.ok(!filesIn(dir).includes(STORE));
    first.known.set("a", FACTS);
    assert.equal(second.known, first.known);
    first.close();
    assert.notEqual(second.known.get("a", URL_, FACTS), null);
    second.close();
  });
  assert.deepEqual(filesIn(dir), [STORE]);
});

function setVersion(path: string, version: number): void {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA user_version = ${version}`);
  database.close();
}
