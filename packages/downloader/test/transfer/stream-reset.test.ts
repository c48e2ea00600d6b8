/** HTTP/2 streams that the server cancels on their way, as some CDNs do with long ones. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { certificate } from "../../../http/test/certificates.ts";
import { leavesNothing } from "../../../http/test/leaves-nothing.ts";
import { ERROR, serveRawH2 } from "../../../http/test/raw-h2-server.ts";
import { Site } from "../site.ts";

leavesNothing();

describe("a stream that is cancelled in the body", () => {
  for (const [name, code] of [
    ["CANCEL", ERROR.cancel],
    ["NO_ERROR", ERROR.none],
    ["INTERNAL_ERROR", ERROR.internal],
  ] as const) {
    for (const length of [undefined, 12]) {
      test(`by ${name}, ${length === undefined ? "without a length" : "with one"}: tried again, and whole`, async () => {
        const own = await certificate();
        let asked = 0;
        await using server = await serveRawH2(own, (stream) => {
          stream.respond(length).data("half ");
          if (++asked === 1) setTimeout(() => stream.reset(code), 5);
          else stream.data("and all", true);
        });
        using site = new Site();
        const session = { connector: { ssl: { ca: own.cert }, http2: true } };
        const { summary, events } = await site.download([`${server.secureOrigin}/file`], { session });
        assert.deepEqual([summary.done, asked, server.connections], [1, 2, 1]);
        const retry = events.find((event) => event.type === "retry");
        assert.equal(retry?.reason.code, "ERR_CLIENT_PAYLOAD");
        assert.deepEqual(site.saved(), new Map([["file", Buffer.from("half and all")]]));
      });
    }
  }
});
