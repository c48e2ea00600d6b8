/** What can go wrong with a download, besides what the client session throws. `code` is stable. */

/** Something about one item that no further attempt changes. */
export class DownloadError extends Error {
  override readonly name: string = "DownloadError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
