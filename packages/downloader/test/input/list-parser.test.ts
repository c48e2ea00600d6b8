import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ListEntry } from "../../src/input/list-entry.ts";
import { type ListFormat, ListParser } from "../../src/input/list-parser.ts";

function parse(text: string, format: ListFormat = "auto"): ListEntry[] {
  const parser = new ListParser("L", format);
  const entries: ListEntry[] = [];
  for (const [index, line] of text.split("\n").entries()) parser.line(line, index + 1, entries);
  parser.end(entries);
  return entries;
}

const [TAB, A, B, C] = ["\t", "https://a.example/1", "https://b.example/2", "http://c.example/3"];

describe("plain lines", () => {
  test("an address a line; blank lines and comments are passed over", () => {
    assert.deepEqual(parse(`\n${A}\n# no\n  \n \t\n   # no\n${B}\n`), [
      { url: A, at: "L:2" },
      { url: B, at: "L:7" },
    ]);
  });

  test("blanks around are dropped, those within are not", () => {
    assert.deepEqual(parse(`  ${A} \n\t${B}\t\nhttp://c/a b`), [
      { url: A, at: "L:1" },
      { url: B, at: "L:2" },
      { url: "http://c/a b", at: "L:3" },
    ]);
  });

  test("a name after a TAB, and mirrors, which are known by their ://", () => {
    assert.deepEqual(
      parse(`${A}${TAB}my name.jpg\n${A}${TAB}${B}${TAB} ${C}\n${A}${TAB}${B}${TAB}name\n${A}${TAB}${TAB}`),
      [
        { url: A, name: "my name.jpg", at: "L:1" },
        { url: A, mirrors: [B, C], at: "L:2" },
        { url: A, mirrors: [B], name: "name", at: "L:3" },
        { url: A, at: "L:4" },
      ],
    );
  });

  test("two names are one too many", () => {
    assert.deepEqual(parse(`${A}${TAB}x${TAB}y\n${B}`), [
      {
        reason: "after the TAB there may be one name and addresses of mirrors, and there are more names",
        at: "L:1",
        text: `${A}${TAB}x${TAB}y`,
      },
      { url: B, at: "L:2" },
    ]);
  });

  test("what is not UTF-8 is a bad line", () => {
    assert.deepEqual(parse(`http://a/\ufffd\n${B}`), [
      { reason: "it is not valid UTF-8", at: "L:1", text: "http://a/\ufffd" },
      { url: B, at: "L:2" },
    ]);
  });

  test("braces are part of the address", () => {
    assert.deepEqual(parse("http://a/{1..3}"), [{ url: "http://a/{1..3}", at: "L:1" }]);
  });
});

describe("aria2's options", () => {
  test("out, dir, checksum, header", () => {
    const text = `${A}${TAB}${B}
  out=x.iso
  dir=./iso/old/
  checksum=sha-256=ABCDEF
# a comment
\theader=X-Token: a:b
  header=x-token:c
  header=Cookie: a=1
  header=Cookie: b=2
  referer=http://r/
  user-agent=me
${C}
  dir=.
  checksum=md5=00ff
  checksum=sha-1=00
${C}
  dir=sub
`;
    assert.deepEqual(parse(text), [
      {
        url: A,
        mirrors: [B],
        at: "L:1",
        name: "x.iso",
        dir: "./iso/old/",
        checksum: "sha256=abcdef",
        headers: { "X-Token": "a:b, c", Cookie: "a=1; b=2", Referer: "http://r/", "User-Agent": "me" },
      },
      { url: C, at: "L:12", dir: ".", checksum: "sha1=00" },
      { url: C, at: "L:16", dir: "sub" },
    ]);
  });

  test("options that only tell aria2 how to work are passed over", () => {
    assert.deepEqual(parse(`${A}\n split=5\n gid=0123456789abcdef\n pause=true\n max-connection-per-server=4`), [
      { url: A, at: "L:1" },
    ]);
  });

  test("others make the address a bad line, which names the first", () => {
    assert.deepEqual(parse(`${A}\n  out=x\n  http-user=me\n  ftp-user=me\n${B}`), [
      {
        reason: "L:3: aria2's option http-user= is none that can be done here",
        at: "L:1",
        text: `${A}\n  out=x\n  http-user=me\n  ftp-user=me`,
      },
      { url: B, at: "L:5" },
    ]);
  });

  test("values that are none", () => {
    const reasonOf = (option: string) => {
      const [entry] = parse(`${A}\n ${option}`);
      assert.ok(entry && "reason" in entry, option);
      return entry.reason;
    };
    assert.equal(reasonOf("out="), "L:2: out= is empty");
    for (const dir of ["/etc", "..", "a/../..", "a\\..\\b", "C:\\x", "~/x", "\\\\server"]) {
      assert.match(reasonOf(`dir=${dir}`), /^L:2: dir= leads out of the output folder/);
    }
    for (const checksum of ["abc", "sha-256=xyz", "crc32=00", "sha-256="]) {
      assert.match(reasonOf(`checksum=${checksum}`), /^L:2: checksum= must be as sha-256=/);
    }
    assert.match(reasonOf("header=X-Token"), /^L:2: header= must be as Name: value/);
    assert.match(reasonOf("out=\ufffd"), /^L:2: it is not valid UTF-8/);
  });

  test("a folder of many slashes takes no time", () => {
    const dir = `a${"/".repeat(60_000)}b`;
    const begin = performance.now();
    assert.deepEqual(parse(`${A}\n  dir=${dir}`), [{ url: A, at: "L:1", dir }]);
    assert.ok(performance.now() - begin < 1000);
  });

  test("options without an address", () => {
    const reason = (option: string) =>
      `the option ${option}= belongs to no address: it must stand under a line that has no name`;
    assert.deepEqual(parse(`  out=x\n${A}${TAB}name\n  out=y\n{"url":"${A}"}\n  dir=z`), [
      { reason: reason("out"), at: "L:1", text: "  out=x" },
      { url: A, name: "name", at: "L:2" },
      { reason: reason("out"), at: "L:3", text: "  out=y" },
      { url: A, at: "L:4" },
      { reason: reason("dir"), at: "L:5", text: "  dir=z" },
    ]);
  });

  test("more options than any address has take no memory", () => {
    const [entry] = parse(`${A}\n${"  header=X: y\n".repeat(20_000)}`);
    assert.ok(entry && "reason" in entry);
    assert.match(entry.reason, /^L:\d+: too many options$/);
    assert.ok(entry.text.length <= 65_536);
  });

  test("an address with an = is none, though it is indented", () => {
    assert.deepEqual(parse("  http://a/?x=1"), [{ url: "http://a/?x=1", at: "L:1" }]);
  });

  test("with the format lines there are no options, and nothing is held back", () => {
    const parser = new ListParser("L", "lines");
    const entries: ListEntry[] = [];
    parser.line(A, 1, entries);
    assert.deepEqual(entries, [{ url: A, at: "L:1" }]);
    parser.line("  out=x", 2, entries);
    assert.deepEqual(entries[1], { url: "out=x", at: "L:2" });
  });

  test("only a lone address is held back, until it is known whether it has options", () => {
    const parser = new ListParser("L", "auto");
    const entries: ListEntry[] = [];
    parser.line(`${A}${TAB}name`, 1, entries);
    parser.line(`{"url":"${B}"}`, 2, entries);
    assert.equal(entries.length, 2);
    parser.line(C, 3, entries);
    assert.equal(entries.length, 2);
    parser.line(A, 4, entries);
    assert.equal(entries.length, 3);
  });
});

describe("JSON lines", () => {
  test("all fields", () => {
    const item = {
      url: A,
      mirrors: [B],
      name: "n",
      dir: "d",
      headers: { "X-A": "1" },
      checksum: "sha256=00",
    };
    assert.deepEqual(parse(`  ${JSON.stringify(item)}  \n${JSON.stringify({ ...item, name: null, dir: null })}`), [
      { ...item, at: "L:1" },
      { url: A, mirrors: [B], headers: { "X-A": "1" }, checksum: "sha256=00", at: "L:2" },
    ]);
  });

  test("fields of other programs are passed over, those that are nearly ours are errors", () => {
    assert.deepEqual(parse(`{"url":"${A}","size":5,"at":"x","type":"done","constructor":1}`), [{ url: A, at: "L:1" }]);
    for (const [field, meant] of [
      ["header", "headers"],
      ["Mirrors", "mirrors"],
      ["checksums", "checksum"],
      ["sha256", "checksum"],
      ["URI", "url"],
      ["urls", "url"],
      ["filename", "name"],
      ["out", "name"],
    ]) {
      const text = `{"url":"${A}","${field}":"x"}`;
      assert.deepEqual(parse(text), [
        { reason: `unknown field ${JSON.stringify(field)}: did you mean "${meant}"?`, at: "L:1", text },
      ]);
    }
  });

  test("what is no item is a bad line, and its reason quotes nothing of it", () => {
    for (const [text, reason] of [
      ['{"url": "http://u:secret@a/" x}', 'it begins with "{" and is not valid JSON (column 30)'],
      ['{"url": secret}', 'it begins with "{" and is not valid JSON'],
      ['{"url"', 'it begins with "{" and is not valid JSON (column 7)'],
      ["{}", '"url" is missing'],
      ['{"url":""}', '"url" must be a string'],
      ['{"url":7}', '"url" must be a string'],
      ['{"url":"u","mirrors":"m"}', '"mirrors" must be an array of strings'],
      ['{"url":"u","mirrors":[1]}', '"mirrors" must be an array of strings'],
      ['{"url":"u","headers":["a"]}', '"headers" must be an object of strings'],
      ['{"url":"u","headers":{"a":1}}', '"headers" must be an object of strings'],
      ['{"url":"u","checksum":{}}', '"checksum" must be a string'],
    ] as const) {
      const [entry] = parse(text);
      assert.ok(entry && "reason" in entry, text);
      assert.equal(entry.reason.replace(/(?<=JSON) \(column \d+\)/, reason.includes("column") ? "$&" : ""), reason);
      assert.equal(entry.text, text);
    }
  });

  test("a header named __proto__ is a header", () => {
    const [item] = parse('{"url":"u","headers":{"__proto__":"x"}}');
    assert.ok(item && "headers" in item);
    assert.deepEqual(Object.keys(item.headers ?? {}), ["__proto__"]);
  });
});
