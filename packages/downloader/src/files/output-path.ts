/** Where a file of an output folder is, and the files beside it that are ours. */

/** The paths that belong to one name. */
export interface OutputPath {
  /** Path inside the output folder, with "/". */
  readonly name: string;
  readonly folder: string;
  readonly target: string;
  /** What is not whole yet. */
  readonly part: string;
  /** What the part is of. */
  readonly record: string;
  /** The record while it is written. */
  readonly newRecord: string;
}

/** @param folder the path of the folder in which the file itself is */
export function outputPath(folder: string, name: string): OutputPath {
  const base = name.slice(name.lastIndexOf("/") + 1);
  const target = `${folder}/${base}`;
  const part = partPath(folder, base);
  return { name, folder, target, part, record: `${part}.json`, newRecord: `${part}.new` };
}

/** Of the part file of `base`. No output begins with a dot, so none can meet it. */
export function partPath(folder: string, base: string): string {
  return `${folder}/.${base}.part`;
}
