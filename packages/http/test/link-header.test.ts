import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLinks } from "../src/link-header.ts";

const parse = (header: string) => Object.fromEntries(parseLinks(header, "http://a/b/c"));

test("links are found by their relation, resolved, with their parameters", () => {
  assert.deepEqual(parse('<?page=2>; rel="next"; title="a, \\"b\\"; c", </x>;rel=last ,<http://e/>; REL="alternate"'), {
    next: { url: "http://a/b/c?page=2", rel: "next", title: 'a, "b"; c' },
    last: { url: "http://a/x", rel: "last" },
    alternate: { url: "http://e/", rel: "alternate" },
  });
  assert.deepEqual(parse("<d>; async; title=x"), { d: { url: "http://a/b/d", rel: "", async: "", title: "x" } });
});

test("what is no link is left out", () => {
  for (const header of ["", "<", "x", "rel=next", "<http://[bad>; rel=next"]) assert.deepEqual(parse(header), {});
  assert.deepEqual(parse('<x>; rel="next; <y>; rel=last'), {
    x: { url: "http://a/b/x", rel: "" },
    last: { url: "http://a/b/y", rel: "last" },
  });
  assert.equal(parseLinks("<x>; __proto__=y; rel=n", "http://a/").get("n")?.url, "http://a/x");
});

test("a header as long as a head may be takes no time to speak of", () => {
  for (const piece of ["<", "<x>; ", '<x>; a="', " ", ";", "<x> ; a = "]) parse(piece.repeat(16_384 / piece.length));
});
