/** Random lists of files and random faults for them, the same ones for the same seed. */
import type { DownloadItem } from "../src/index.ts";
import { CHUNK_PLACES, cut, honest, onRange, onReuse, PLACES, raw, status, withHeaders } from "./hostile-answers.ts";
import type { Content } from "./hostile-content.ts";
import type { Answer, Exchange, HostileFile, HostileServer } from "./hostile-server.ts";

export type Random = (below: number) => number;

export interface ScheduleOptions {
  readonly random: Random;
  readonly server: HostileServer;
  /** Whether files change, and ranges are lied about. Else servers are clumsy, but honest. Default: false. */
  readonly lies?: boolean;
  /** One of so many answers is wrong. Default: 3. */
  readonly oneOf?: number;
  /** Default: 25. */
  readonly small?: number;
  /** Default: 4. */
  readonly large?: number;
  /** Bytes of the largest one. Default: 4 MB. */
  readonly largest?: number;
}

/** What is to be downloaded from a server that answers some requests wrongly, until it is told to stop. */
export class Schedule {
  readonly files: readonly HostileFile[];
  readonly items: readonly DownloadItem[];
  /** Answers that were wrong. */
  faults = 0;
  /** Set when the server is to be good from now on. */
  isOver = false;
  /** All that a file was, by its name. */
  private readonly _contents = new Map<string, Content[]>();
  private readonly _random: Random;
  private readonly _lies: boolean;
  private readonly _oneOf: number;

  constructor(options: ScheduleOptions) {
    const { random, server, lies = false, oneOf = 3, small = 25, large = 4, largest = 4_000_000 } = options;
    this._random = random;
    this._lies = lies;
    this._oneOf = oneOf;
    this.files = Array.from({ length: small + large }, (_, index) => {
      const file = server.file(`/files/${index}.bin`);
      file.size = index < large ? Math.floor(largest / (1 + 3 * index)) : random(30_000);
      this._contents.set(`${index}.bin`, [file.content]);
      return file;
    });
    this.items = this.files.map((file, index) => ({
      url: server.url(file.path),
      name: `${index}.bin`,
      // A file that changes has no checksum.
      ...(lies || index % 2 === 0 ? {} : { checksum: `sha256=${file.content.sha256()}` }),
    }));
    server.answer = (exchange) => this._answer(exchange);
  }

  /** Fails unless bytes are one version of the file of that name, whole. */
  check(name: string, bytes: Uint8Array): void {
    const contents = this._contents.get(name);
    if (contents === undefined) throw new Error(`${name} is no file of the list`);
    const differences = contents.map((content) => content.firstDifference(bytes));
    if (!differences.includes(-1)) {
      throw new Error(`${name} is wrong from byte ${Math.max(...differences)} on, of ${bytes.length}`);
    }
  }

  private _answer(exchange: Exchange): Promise<void> | void {
    const random = this._random;
    if (this.isOver) return paced(exchange);
    if (random(this._oneOf) > 0) return paced(exchange);
    this.faults++;
    if (!this._lies || random(2) > 0) return this._clumsy(exchange)(exchange);
    return this._lie(exchange)(exchange);
  }

  private _clumsy({ file }: Exchange): Answer {
    const random = this._random;
    const how = random(3) > 0 ? "fin" : "reset";
    switch (random(10)) {
      case 0:
        return cut(PLACES[random(PLACES.length)]!, how);
      case 1: {
        const places = [...PLACES, ...CHUNK_PLACES];
        return cut(places[random(places.length)]!, how, { chunked: true });
      }
      case 2:
      case 3:
      case 4:
        return cut(random(file.size + 1), how, PACE);
      case 5:
        return cut(random(file.size + 1), "stall", PACE);
      case 6:
        return status([500, 502, 503, 504][random(4)]!);
      case 7:
        return status(429, { "retry-after": "0" });
      case 8:
        return onReuse(raw("", how), paced);
      default:
        return raw(`HTTP/1.1 ${"x".repeat(random(100))}`, how);
    }
  }

  private _lie({ file }: Exchange): Answer {
    const random = this._random;
    const wrong = random(file.size + 1);
    switch (random(9)) {
      case 0:
      case 1:
      case 2:
        file.change(random(2) > 0 ? file.size : random(2 * file.size + 1));
        this._contents.get(file.path.slice("/files/".length))!.push(file.content);
        return paced;
      case 3:
        return onRange(withHeaders({ "content-range": null }));
      case 4:
        return onRange(honest(PACE, (reply) => ({ ...reply, from: wrong, to: file.size })));
      case 5:
        return onRange(withHeaders({ "content-range": `bytes ${wrong}-${file.size}/${file.size + 1}` }));
      case 6:
        return onRange(status(416, { "content-range": `bytes */${wrong}` }));
      case 7:
        // The file has another size: what came of it is of no use after that.
        return withHeaders(
          { "content-length": String(file.size + 1 + random(5000)) },
          { stop: { at: "after the body", how: random(2) > 0 ? "fin" : "reset" } },
        );
      default:
        return onRange(honest(PACE, (reply) => ({ ...reply, status: 200, from: 0, to: file.size, headers: {} })));
    }
  }
}

/** So slow that little is on the way, and that a kill finds something begun. */
const PACE = { pace: { bytes: 16_384, ms: 1 } };

const paced = honest(PACE);
