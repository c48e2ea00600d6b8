import assert from "node:assert/strict";
import { basename, dirname } from "node:path";
import { test } from "node:test";
import { ALL_CODES, countryName } from "./countries.ts";
import { codeOfFile, flagPath } from "./file-name.ts";

const nameOf = (country: string | undefined) => basename(flagPath("flags", { cc: "FR", country }));

test("by the code, or by the country's name and the code", () => {
  assert.equal(flagPath("a/b", { cc: "FR" }), "a/b/FR.svg");
  assert.equal(nameOf("France"), "France-FR.svg");
  assert.equal(nameOf("Congo, Democratic Republic of the"), "Congo_Democratic_Republic_of_the-FR.svg");
  assert.equal(nameOf("Cote d'Ivoire".replace("o", "o\u0302")), "Côte_d'Ivoire-FR.svg");
});

test("a name leads to no other folder, hides no file and fits, whatever the server says", () => {
  for (const country of ["../../etc/passwd", "/", "..", ".hidden", "a\\b", "nul\0", "\x1b[2J", "C:", "𝒜".repeat(300)]) {
    const path = flagPath("flags", { cc: "FR", country });
    assert.equal(dirname(path), "flags", country);
    assert.match(basename(path), /^[\p{L}\p{M}\p{N}'_]+-FR\.svg$/u);
    // Beside the name there must be room for what a file is called before it is whole.
    assert.ok(Buffer.byteLength(path) < 200, path);
  }
});

test("the code can be read from the name again", () => {
  for (const cc of ALL_CODES) {
    assert.equal(codeOfFile(basename(flagPath("flags", { cc }))), cc);
    assert.equal(codeOfFile(basename(flagPath("flags", { cc, country: countryName(cc) }))), cc);
  }
  for (const name of ["FR.svg.0c2a.part", "France.svg", "fr.svg", "XFR.svg", ""]) {
    assert.equal(codeOfFile(name), undefined, name);
  }
});
