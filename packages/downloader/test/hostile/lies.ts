/** Answers to a request for a part of a file, none of which may be taken for that part. */
import { honest, type Reply, raw, status, withHeaders } from "../hostile-answers.ts";
import type { Answer, HostileFile } from "../hostile-server.ts";

export const SIZE = 1_000_000;
/** Where the part begins. */
export const CUT = 600_000;

export const part = (change: (reply: Reply) => Reply): Answer => honest({}, (reply) => change(reply));
export const rangeOf = (from: number, to: number, total: number | "*" = SIZE) => ({
  "content-range": `bytes ${from}-${to - 1}/${total}`,
});

export function rangeFrom(from: number): Pick<Reply, "from" | "to" | "headers"> {
  return { from, to: SIZE, headers: rangeOf(from, SIZE) };
}

/** Statuses that no further attempt changes. */
export const FINAL = new Set(["204", "412"]);

export const LIES: readonly (readonly [string, (file: HostileFile) => Answer])[] = [
  ["the whole file instead", () => part((reply) => ({ ...reply, status: 200, from: 0, to: SIZE, headers: {} }))],
  ["another start", () => part((reply) => ({ ...reply, from: 0, to: SIZE - CUT, headers: rangeOf(0, SIZE - CUT) }))],
  ["a start one byte on", () => part((reply) => ({ ...reply, ...rangeFrom(CUT + 1) }))],
  ["a start one byte before", () => part((reply) => ({ ...reply, ...rangeFrom(CUT - 1) }))],
  [
    "another total",
    () => part((reply) => ({ ...reply, headers: { ...reply.headers, ...rangeOf(CUT, SIZE, SIZE + 7) } })),
  ],
  ["a range of which it sends less", () => withHeaders({ "content-length": String(SIZE - CUT - 9) })],
  ["no range", () => withHeaders({ "content-range": null })],
  ["a range that is none", () => withHeaders({ "content-range": "bytes all/of it" })],
  ["a range of other units", () => withHeaders({ "content-range": `pages ${CUT}-${SIZE - 1}/${SIZE}` })],
  ["two ranges", () => withHeaders({ "content-range": [`bytes 0-9/${SIZE}`, `bytes ${CUT}-${SIZE - 1}/${SIZE}`] })],
  [
    "parts of a multipart",
    () => withHeaders({ "content-range": null, "content-type": "multipart/byteranges; boundary=x" }),
  ],
  ["it compressed, as it says", () => withHeaders({ "content-encoding": "gzip" })],
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
