/** Tables that the names are spread over. Each grows by itself, so that never all of it is there twice. */
const TABLES = 64;
/** Words of 32 bits for a name: 64 bits of its hash, 32 of its address's. */
const WORDS = 3;
const FIRST_SLOTS = 8;
const FULL = 0.8;
const GROWTH = 1.4;

/** How a claim ends: the name was free; it was claimed for this address before; it was for another one. */
export type Claimed = "new" | "same" | "taken";

/**
 * Which names have been claimed in this run, and for which addresses: in 15 to 22 bytes each, whatever their length.
 * Names that a file system might take for one are one: case and the form of accents make no difference.
 *
 * Of each name a hash is kept, seeded anew in each run. Among a million names, the chance that a free one is said
 * to be taken is less than one in ten million.
 */
export class Claims {
  private readonly _seed: Int32Array;
  private readonly _hash = new Int32Array(2);
  private readonly _tables: (Table | undefined)[] = new Array(TABLES).fill(undefined);
  private _size = 0;

  constructor(seed: Int32Array = Int32Array.from({ length: 3 }, anyWord)) {
    this._seed = seed;
  }

  /** How many names are claimed. */
  get size(): number {
    return this._size;
  }

  /** Bytes of the tables. */
  get bytes(): number {
    return this._tables.reduce((sum, table) => sum + (table?.words.byteLength ?? 0), 0);
  }

  /** Claims `name` for `url`, unless it is claimed already: whoever comes first has it. */
  claim(name: string, url: string): Claimed {
    const address = hashOf(url, this._seed[0]!);
    const hash = this._hash;
    if (!this._hashName(name, false)) this._hashName(folded(name), true);
    const low = hash[0]!;
    // 0 is an empty slot.
    const high = hash[1]! || 1;
    const index = low & (TABLES - 1);
    this._tables[index] ??= new Table(FIRST_SLOTS);
    const claimed = this._tables[index].claim(low, high, address);
    if (claimed === "new") this._size++;
    return claimed;
  }

  /**
   * Into `_hash`: two hashes of the name in small letters, with other multipliers and seeds.
   * @returns false if it is neither ASCII nor folded
   */
  private _hashName(name: string, isFolded: boolean): boolean {
    let one = this._seed[1]!;
    let two = this._seed[2]!;
    for (let at = 0; at < name.length; at++) {
      let unit = name.charCodeAt(at);
      if (unit >= 65 && unit <= 90) unit += 32;
      else if (unit >= 128 && !isFolded) return false;
      one = Math.imul(one ^ unit, 0x9e3779b1);
      one ^= one >>> 15;
      two = Math.imul(two ^ unit, 0x85ebca77);
      two ^= two >>> 13;
    }
    this._hash[0] = mixed(one ^ name.length);
    this._hash[1] = mixed(two ^ one);
    return true;
  }
}

/** FNV-1a of 16-bit units, seeded. */
function hashOf(text: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mixed(hash ^ text.length);
}

/** As murmur3 ends its 32 bits. */
function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Open addressing with linear probing. */
class Table {
  words: Int32Array;
  private _slots: number;
  private _used = 0;

  constructor(slots: number) {
    this._slots = slots;
    this.words = new Int32Array(slots * WORDS);
  }

  claim(low: number, high: number, address: number): Claimed {
    const { words } = this;
    for (let slot = this._first(high); ; slot = slot + 1 === this._slots ? 0 : slot + 1) {
      const at = slot * WORDS;
      if (words[at + 1] === 0) {
        words[at] = low;
        words[at + 1] = high;
        words[at + 2] = address;
        if (++this._used > this._slots * FULL) this._grow();
        return "new";
      }
      if (words[at] === low && words[at + 1] === high) return words[at + 2] === address ? "same" : "taken";
    }
  }

  private _grow(): void {
    const before = this.words;
    this._slots = Math.ceil(this._slots * GROWTH);
    const words = new Int32Array(this._slots * WORDS);
    for (let from = 0; from < before.length; from += WORDS) {
      if (before[from + 1] === 0) continue;
      let slot = this._first(before[from + 1]!);
      while (words[slot * WORDS + 1] !== 0) slot = slot + 1 === this._slots ? 0 : slot + 1;
      const at = slot * WORDS;
      words[at] = before[from]!;
      words[at + 1] = before[from + 1]!;
      words[at + 2] = before[from + 2]!;
    }
    this.words = words;
  }

  /** The part of the table that `high` is of all its values: any number of slots will do. */
  private _first(high: number): number {
    return Math.floor(((high >>> 0) / 0x1_0000_0000) * this._slots);
  }
}

/** By way of capitals, since several letters may have one (`ſ`, `ς`). */
function folded(name: string): string {
  return name.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}

/** Not by crypto, which takes some milliseconds to load: nobody sees these numbers, nor others of the same generator. */
function anyWord(): number {
  return Math.random() * 2 ** 32;
}
