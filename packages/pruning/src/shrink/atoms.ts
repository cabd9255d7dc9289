/**
 * Units of a graph, by number: those that only go together are joined, those that cannot go are pinned, each with the reason. What
 * flows through a layer that treats each unit by itself keeps its numbers.
 */
export class Atoms {
  readonly #parent: number[] = [];
  readonly #pins: [atom: number, reason: string][] = [];

  /** New atoms, joined to nothing. */
  fresh(count: number): Int32Array {
    const first = this.#parent.length;
    for (let i = 0; i < count; i++) this.#parent.push(first + i);
    return Int32Array.from({ length: count }, (_, i) => first + i);
  }

  /** The number that an atom's group goes by. */
  root(atom: number): number {
    let at = atom;
    while (this.#parent[at] !== at) {
      this.#parent[at] = this.#parent[this.#parent[at]!]!;
      at = this.#parent[at]!;
    }
    return at;
  }

  /** Joins two lists of atoms, one by one. */
  join(a: Int32Array, b: Int32Array): void {
    for (let i = 0; i < a.length; i++) this.#parent[this.root(b[i]!)] = this.root(a[i]!);
  }

  /** Says of atoms that they stay. */
  pin(atoms: Int32Array, reason: string): void {
    for (const atom of atoms) this.#pins.push([atom, reason]);
  }

  /** Why groups stay, by their numbers. */
  pinned(): Map<number, string> {
    const reasons = new Map<number, string>();
    for (const [atom, reason] of this.#pins) {
      const root = this.root(atom);
      if (!reasons.has(root)) reasons.set(root, reason);
    }
    return reasons;
  }

  /** How many there are. */
  get count(): number {
    return this.#parent.length;
  }
}
