import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seeded } from "../../../core/test/seeded.ts";
import { nameProblem } from "../../src/names/given-name.ts";
import { compileTemplate, type NameSource } from "../../src/names/template.ts";
import { randomText } from "./random-text.ts";

const source: NameSource = { n: 7, url: new URL("https://user:pw@host.example:8080/a/b%20c/photo.tar.gz?x=1&y=a/b") };

function made(template: string, more: Partial<NameSource> = {}): string {
  return compileTemplate(template)({ ...source, ...more });
}

describe("compileTemplate", () => {
  it("has these fields", () => {
    assert.equal(made("{base}"), "photo.tar.gz");
    assert.equal(made("{stem}-{n}{ext}"), "photo-7.tar.gz");
    assert.equal(made("{n:05}-{base}"), "00007-photo.tar.gz");
    assert.equal(made("{n:2}"), "07");
    assert.equal(made("{n:2}", { n: 12_345 }), "12345");
    assert.equal(made("{host}/{path}/{base}"), "host.example_8080/a/b c/photo.tar.gz");
    assert.equal(made("{base}-{query}"), "photo.tar.gz-x=1&y=a_b");
    assert.equal(made("{{{n}}}"), "{7}");
    assert.equal(made("{base}{ext}", { url: new URL("https://h/a") }), "a");
  });

  it("takes what the server suggests for the address's last part", () => {
    assert.equal(made("{base}", { suggested: "x.pdf" }), "x.pdf");
    assert.equal(made("{n}-{stem}", { suggested: "x.pdf" }), "7-x");
    assert.equal(made("{base}", { suggested: null }), "photo.tar.gz");
  });

  it("leaves out folders that are empty, and has always a name", () => {
    const url = new URL("https://h/a");
    assert.equal(made("{path}/{base}", { url }), "a");
    assert.equal(made("x/{path}y", { url }), "x/y");
    assert.equal(made("{host}/{query}", { url }), "h/index.html");
  });

  it("makes each part safe as a whole", () => {
    assert.equal(made("con{ext}", { url: new URL("https://h/a.txt") }), "_con.txt");
    assert.equal(made("{ext}", { url: new URL("https://h/a.txt") }), "_txt");
    assert.equal(made(`${"x".repeat(200)}{base}`, { url: new URL(`https://h/${"y".repeat(100)}.txt`) }).length, 240);
  });

  const wrong: readonly (readonly [template: string, message: RegExp])[] = [
    [
      "{name}",
      /field \{name\}, which there is not: there are \{n\} \{base\} .*\{host\} \{path\} \{query\} and \{n:05\}/,
    ],
    ["{toString}", /which there is not/],
    ["{}", /which there is not/],
    ["a{", /a "\{" without its other half/],
    ["{n}}", /a "\}" without its other half/],
    ["{n:x}", /only \{n\} takes a width/],
    ["{n:0}", /only \{n\} takes a width/],
    ["{base:05}", /only \{n\} takes a width/],
    ["same.txt", /has nothing that differs/],
    ["{host}", /has nothing that differs/],
    ["/{base}", /is absolute/],
    ["../{base}", /has a part "\.\."/],
    [".{base}", /begins with a dot/],
    ["a\\{base}", /backslash/],
    ["{base}/", /empty part/],
    ["", /is empty/],
  ];
  for (const [template, message] of wrong) {
    it(`refuses ${JSON.stringify(template)}`, () => {
      assert.throws(() => compileTemplate(template), { name: "DownloadError", code: "ERR_TEMPLATE", message });
    });
  }

  it("makes a name that may be used of any address", () => {
    const random = seeded(3);
    const templates = ["{base}", "{host}/{path}/{query}", "{path}{ext}", "{ext}{query}", "x{path}/{stem}"].map(
      compileTemplate,
    );
    for (let round = 0; round < 3000; round++) {
      const url = new URL("https://h/");
      url.pathname = random(2) === 0 ? randomText(random) : encodeURIComponent(randomText(random).toWellFormed());
      url.search = randomText(random);
      for (const template of templates) assert.equal(nameProblem(template({ n: 1, url }), "win32"), null, url.href);
    }
  });
});
