/** `dispatcher.ts LIST FOLDER`: the least that undici can do for it: its dispatcher; part file, one write, rename. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { type Dispatcher, Pool } from "undici";

const WIDTH = 20;
const [list = "", folder = ""] = process.argv.slice(2);
const urls = readFileSync(list, "utf8").trim().split("\n");
const { origin } = new URL(urls[0]!);
const pool = new Pool(origin, { connections: WIDTH });
let next = 0;

class Save implements Dispatcher.DispatchHandler {
  private readonly _path: string;
  private readonly _chunks: Uint8Array[] = [];

  constructor(path: string) {
    this._path = path;
  }

  onRequestStart(): void {}

  onResponseStart(_: unknown, status: number): void {
    if (status !== 200) throw new Error(`${this._path}: ${status}`);
  }

  onResponseData(_: unknown, chunk: Uint8Array): void {
    this._chunks.push(chunk);
  }

  onResponseEnd(): void {
    const body = this._chunks.length === 1 ? this._chunks[0]! : Buffer.concat(this._chunks);
    writeFileSync(`${this._path}.part`, body);
    renameSync(`${this._path}.part`, this._path);
    begin();
  }

  onResponseError(_: unknown, error: Error): void {
    throw error;
  }
}

function begin(): void {
  const url = urls[next++];
  if (url === undefined) return;
  const path = url.slice(origin.length);
  pool.dispatch({ method: "GET", path }, new Save(`${folder}/${path.slice(path.lastIndexOf("/") + 1)}`));
}

for (let i = 0; i < WIDTH; i++) begin();
