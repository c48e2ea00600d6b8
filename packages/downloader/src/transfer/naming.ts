import { DownloadError } from "../errors.ts";
import { Claims } from "../names/claims.ts";
import { givenName, nameInFolder } from "../names/given-name.ts";
import { quoted } from "../names/printable.ts";
import { numberedName } from "../names/safe-name.ts";
import { compileTemplate, type NameTemplate } from "../names/template.ts";
import type { Job } from "./job.ts";
import type { Settings } from "./settings.ts";

/** Numbers that one name may get, where names get numbers. */
const MOST_NUMBERS = 1_000_000;
/** From this number on it is remembered which one is next, of so many names. */
const MANY_NUMBERS = 20;
const MOST_REMEMBERED = 1000;

/** Gives items their names, each name to one item only. */
export class Naming {
  private readonly _settings: Settings;
  private readonly _template: NameTemplate;
  private readonly _claims = new Claims();
  /** The number after the last one that was given, of names with many of them. */
  private readonly _nextNumbers = new Map<string, number>();

  /** @throws DownloadError for a template that is none */
  constructor(settings: Settings) {
    this._settings = settings;
    this._template = compileTemplate(settings.name);
  }

  /** Whether the item's name is to be asked of the server. */
  asksServer({ item }: Job): boolean {
    return this._settings.contentDisposition && item.name === undefined;
  }

  /**
   * Gives the item its name, if it may have it.
   * @param suggested by the server, made safe
   * @returns "clash": another item has the name, and this one is to be skipped; "duplicate": it is in the list already
   * @throws DownloadError if the list gives it a name that can't be, or another item has it
   */
  give(job: Job, suggested: string | null): "given" | "clash" | "duplicate" {
    const name = this._nameOf(job, suggested);
    const claimed = this._claims.claim(name, job.url);
    if (claimed === "same") {
      job.name = name;
      return "duplicate";
    }
    job.name = name;
    const { clash, save } = this._settings;
    if (claimed === "new" || save !== undefined) return "given";
    switch (clash) {
      case "overwrite":
        job.replace = true;
        job.replacesItem = true;
        return "given";
      case "number":
        job.name = this._numbered(job, name, undefined);
        return "given";
      case "skip":
        return "clash";
      default: {
        const advice = "give one of them a name of its own, or set clash to number, skip or overwrite";
        throw new DownloadError(
          "ERR_CLASH",
          `another item of the list has the name ${quoted(name)}, perhaps in other case; ${advice}`,
        );
      }
    }
  }

  /** Gives the item the first name with a number that is free in the list and, as `isThere` says, in the folder. */
  number(job: Job, isThere: (name: string) => boolean): void {
    job.name = this._numbered(job, job.name, isThere);
  }

  private _numbered(job: Job, name: string, isThere: ((name: string) => boolean) | undefined): string {
    for (let number = this._nextNumbers.get(name) ?? 2; number <= MOST_NUMBERS; number++) {
      const next = numberedName(name, number);
      if (isThere?.(next) === true || this._claims.claim(next, job.url) !== "new") continue;
      if (number >= MANY_NUMBERS) this._rememberNext(name, number + 1);
      return next;
    }
    throw new DownloadError("ERR_CLASH", `${quoted(name)} and ${MOST_NUMBERS} names with numbers are taken`);
  }

  private _rememberNext(name: string, number: number): void {
    const numbers = this._nextNumbers;
    numbers.delete(name);
    numbers.set(name, number);
    if (numbers.size > MOST_REMEMBERED) numbers.delete(numbers.keys().next().value as string);
  }

  private _nameOf({ n, item, addresses }: Job, suggested: string | null): string {
    const name = item.name === undefined ? this._template({ n, url: addresses[0]!, suggested }) : givenName(item.name);
    return item.dir === undefined ? name : nameInFolder(item.dir, name);
  }
}
