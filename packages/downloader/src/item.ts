/** What is to be downloaded, as callers give it. */
export interface DownloadItem {
  /** Its address, http or https. */
  readonly url: string | URL;
  /** Further addresses of the same file, which are tried in turn, and used together for a file that is split. */
  readonly mirrors?: readonly (string | URL)[];
  /** Where it is saved, a path inside the output folder. Default: made by the option `name`. */
  readonly name?: string;
  /** The folder inside the output folder where `name`, given or made, is put; `/` between its parts. Default: none. */
  readonly dir?: string;
  /** Sent to the origins of `url` and `mirrors`, and to no other one. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What its bytes must come to: `sha256=` and hexadecimal digits (also `sha1 sha512 md5`, or in base64). */
  readonly checksum?: string;
  /** Where it was read, `urls.txt:12` for instance; shown with errors. */
  readonly at?: string;
}
