import type { ProgressView } from "../progress-view.ts";

/** Until the screen is there: lines only. */
export class Screen {
  private readonly _stream: NodeJS.WriteStream;

  constructor({ stream }: { stream: NodeJS.WriteStream; env: NodeJS.ProcessEnv; mode: string }) {
    this._stream = stream;
  }

  show(_view: ProgressView): void {}

  line(text: string): void {
    this._stream.write(`${text}\n`);
  }

  close(): void {}
}
