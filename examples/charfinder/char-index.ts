/** A character that was found. */
export interface Character {
  readonly codePoint: number;
  /** Its name in the Unicode standard, such as `LATIN SMALL LETTER A`. */
  readonly name: string;
}

/** What was found, or a part of it. */
export interface Findings {
  /** How many there are altogether. */
  readonly total: number;
  /** In the order of their code points. */
  readonly characters: readonly Character[];
}

/**
 * Characters by the words of their names (Fluent Python: `UnicodeNameIndex`). Making one from all names takes some
 * tenths of a second; a search, thousandths.
 */
export class CharIndex {
  private readonly _names: ReadonlyMap<number, string>;
  /** The characters that have the word in their names, in order. */
  private readonly _byWord = new Map<string, number[]>();

  /** @param names of all characters, in the order of their code points */
  constructor(names: ReadonlyMap<number, string>) {
    this._names = names;
    for (const [codePoint, name] of names) {
      for (const word of wordsOf(name)) {
        const found = this._byWord.get(word);
        if (found === undefined) this._byWord.set(word, [codePoint]);
        else found.push(codePoint);
      }
    }
  }

  /**
   * Finds the characters whose names have all words of the query, in upper or lower case. A query without a word finds
   * nothing.
   *
   * @param start how many of them to leave out, and `most` how many to give at most after that
   */
  find(query: string, start = 0, most = Number.POSITIVE_INFINITY): Findings {
    const lists = [...wordsOf(query)].map((word) => this._byWord.get(word) ?? []);
    const [shortest = [], ...others] = lists.sort((a, b) => a.length - b.length);
    const inOthers = others.map((list) => new Set(list));
    const found = shortest.filter((codePoint) => inOthers.every((list) => list.has(codePoint)));
    const characters = found
      .slice(start, start + most)
      .map((codePoint) => ({ codePoint, name: this._names.get(codePoint) ?? "" }));
    return { total: found.length, characters };
  }
}

/** The words of a name, each once: `HYPHEN-MINUS` has two. */
function wordsOf(text: string): Set<string> {
  return new Set(text.toUpperCase().match(/[\p{L}\p{N}]+/gu));
}
