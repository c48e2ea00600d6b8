/** Answers to a request for a part of a file, none of which may be taken for that part. */
import { type Headers, honest, type Reply, raw, status, withHeaders } from "../hostile-answers.ts";
import type { Answer, HostileFile } from "../hostile-server.ts";

export const SIZE = 1_000_000;
/** Where the part begins. */
export const CUT = 600_000;

export const part = (change: (reply: Reply) => Reply): Answer => honest({}, (reply) => change(reply));
export const rangeOf = (from: number, to: number, total: number | "*" = SIZE) => ({
  "content-range": `bytes ${from}-${to - 1}/${total}`,
});

/** The right answer in all but this: other bytes of the file, as many, which the headers may tell. */
function otherBytes(headers: (reply: Reply) => Headers): Answer {
  return part((reply) => ({
    ...reply,
    from: 0,
    to: reply.to - reply.from,
    headers: { ...reply.headers, ...headers(reply) },
  }));
}

export function rangeFrom(from: number): Pick<Reply, "from" | "to" | "headers"> {
  return { from, to: SIZE, headers: rangeOf(from, SIZE) };
}

/** Statuses that no further attempt changes. */
export const FINAL = new Set(["204", "412"]);

export const LIES: readonly (readonly [string, (file: HostileFile) => Answer])[] = [
  ["the whole file instead", () => part((reply) => ({ ...reply, status: 200, from: 0, to: SIZE, headers: {} }))],
  ["another start", () => otherBytes(({ from, to }) => rangeOf(0, to - from))],
  ["another start, to the same end", () => otherBytes(({ to }) => rangeOf(0, to))],
  ["a start one byte on", () => part((reply) => ({ ...reply, ...rangeFrom(CUT + 1) }))],
  ["a start one byte before", () => part((reply) => ({ ...reply, ...rangeFrom(CUT - 1) }))],
  ["another total", () => otherBytes(({ from, to }) => rangeOf(from, to, SIZE + 7))],
  ["a range of which it sends less", () => part((reply) => ({ ...reply, from: 0, to: reply.to - reply.from - 9 }))],
  ["no range", () => otherBytes(() => ({ "content-range": null }))],
  ["a range that is none", () => otherBytes(() => ({ "content-range": "bytes all/of it" }))],
  [
    "a range of other units",
    () => otherBytes(({ from, to }) => ({ "content-range": `pages ${from}-${to - 1}/${SIZE}` })),
  ],
  [
    "two ranges",
    () => otherBytes(({ from, to }) => ({ "content-range": [`bytes 0-9/${SIZE}`, `bytes ${from}-${to - 1}/${SIZE}`] })),
  ],
  [
    "parts of a multipart",
    () => otherBytes(() => ({ "content-range": null, "content-type": "multipart/byteranges; boundary=x" })),
  ],
  ["it compressed, as it says", () => otherBytes(() => ({ "content-encoding": "gzip" }))],
  ["another ETag", () => otherBytes(() => ({ etag: '"other"' }))],
  ["no ETag", () => otherBytes(() => ({ etag: null }))],
  ["416", () => status(416, { "content-range": `bytes */${SIZE}` })],
  ["416 of another length", () => status(416, { "content-range": "bytes */5" })],
  ["416 of no length", () => status(416)],
  ["412", () => status(412)],
  [
    "the rest of another version, with its ETag",
    (file) => {
      file.change();
      return part((reply) => ({
        ...reply,
        status: 206,
        ...rangeFrom(CUT),
        headers: { ...reply.headers, ...rangeFrom(CUT).headers },
      }));
    },
  ],
  [
    "the rest of another version, whose total tells it",
    (file) => {
      file.version++;
      file.size += 100;
      return withHeaders(rangeOf(CUT, SIZE + 100, SIZE + 100));
    },
  ],
  ["nothing", () => raw("", "fin")],
  [
    "a part that is empty",
    () => raw(`HTTP/1.1 206 X\r\ncontent-range: bytes ${CUT}-${CUT - 1}/${SIZE}\r\ncontent-length: 0\r\n\r\n`),
  ],
  ["500", () => status(500)],
  ["204", () => status(204)],
];
