import { checkNumbers, checkRange } from '@weightkit/numerics/check';
import type { Links, Read, Units } from './links.ts';

/**
 * Which units may go: those of which nobody sees anything, those of which nobody sees anything but a constant that a bias can take, or
 * those that are chosen.
 */
export type ShrinkMode = 'exact' | 'absorb' | 'approximate';

/** The units of layers that stay, by the layers' paths. */
export type Keep = Readonly<Record<string, readonly number[]>>;

/** What goes, and why the rest stays. */
export interface Removal {
  /** Whether a unit goes. */
  isGone(atom: number): boolean;
  /** Why a unit stays. */
  reasonOf(atom: number): string;
  /** What is added to biases for the constants that go, by path. */
  shifts: Map<string, Float64Array>;
}

/** The first output that goes on and is made of an input; -1 where none is. */
function readerOf({ mix, outputs }: Read, input: number, stays: (output: number) => boolean): number {
  for (let output = 0; output < mix.outputs; output++)
    if (stays(outputs[output]!) && mix.touches(input, output)) return output;
  return -1;
}

function reasonFor({ path, bias }: Read, value: number, mode: ShrinkMode): string {
  if (Number.isNaN(value)) return `${path} reads what is not constant there`;
  return `${path} reads a constant that is not 0${mode === 'exact' ? '' : `: ${bias as string}`}`;
}

/** What the layers read of constants that go, as sums for their biases. */
function shiftsOf(links: Links, isGone: (atom: number) => boolean): Map<string, Float64Array> {
  const shifts = new Map<string, Float64Array>();
  for (const { atoms, values, mix, bias } of links.reads.values()) {
    if (typeof bias === 'string') continue;
    for (const [input, atom] of atoms.entries()) {
      const value = values[input]!;
      if (value === 0 || Number.isNaN(value) || !isGone(atom)) continue;
      const { path } = bias.weight;
      const sums = shifts.get(path) ?? new Float64Array(mix.outputs);
      shifts.set(path, sums);
      for (let output = 0; output < mix.outputs; output++) sums[output]! += value * mix.total(input, output);
    }
  }
  return shifts;
}

/** A layer would have no unit left. */
export class EmptiedError extends RangeError {}

/** Throws where a layer would have no unit left. */
function checkNotEmpty(fn: string, units: Iterable<Units>, isGone: (atom: number) => boolean): void {
  for (const { path, atoms } of units)
    if (atoms.length > 0 && atoms.every(isGone))
      throw new EmptiedError(`${fn}: a layer must keep a unit, got ${path}, whose ${atoms.length} would all go`);
}

/** The units that lists leave out, and what goes with them. */
function leftOut(fn: string, { atoms, units }: Links, pinned: ReadonlyMap<number, string>, keep: Keep): Set<number> {
  const gone = new Set<number>();
  for (const [path, kept] of Object.entries(keep)) {
    const made = units.get(path)?.atoms;
    checkRange(
      made !== undefined,
      `${fn}: keep must name layers that make units (${[...units.keys()].join(', ')})`,
      path,
    );
    const count = made.length;
    const rule = `${fn}: keep of ${path} must list one or more of its units, 0 to ${count - 1}`;
    checkNumbers(rule, kept, (unit) => Number.isInteger(unit) && unit >= 0 && unit < count);
    checkRange(kept.length > 0, rule, kept);
    for (const [unit, atom] of made.entries()) {
      if (kept.includes(unit)) continue;
      const root = atoms.root(atom);
      const reason = pinned.get(root);
      if (reason !== undefined)
        throw new RangeError(`${fn}: keep must list what has to stay, got ${path} without ${unit}: ${reason}`);
      gone.add(root);
    }
  }
  for (const [path, kept] of Object.entries(keep))
    for (const unit of kept)
      if (gone.has(atoms.root(units.get(path)!.atoms[unit]!)))
        throw new RangeError(
          `${fn}: keep must list all or none of the units that go together, got ${path} with ${unit}`,
        );
  return gone;
}

/** The units that are constant once they are made, with all that go with them. */
function constantUnits({ atoms, units, constant }: Links, pinned: ReadonlyMap<number, string>): Set<number> {
  const roots = new Set<number>();
  const varying = new Set<number>(pinned.keys());
  for (const { atoms: made } of units.values())
    for (const atom of made) (constant.has(atom) ? roots : varying).add(atoms.root(atom));
  return new Set([...roots].filter((root) => !varying.has(root)));
}

/**
 * The units that are chosen, whatever reads them: those that lists leave out, or without lists those that are constant.
 *
 * @param fn - the function that asks, for messages
 * @throws RangeError for lists of what there is not, of what has to stay, and where a layer would have no unit left
 */
function chosenRemoval(fn: string, links: Links, keep: Keep | undefined): Removal {
  const { atoms } = links;
  const pinned = atoms.pinned();
  const gone = keep ? leftOut(fn, links, pinned, keep) : constantUnits(links, pinned);
  const isGone = (atom: number): boolean => gone.has(atoms.root(atom));
  checkNotEmpty(fn, links.units.values(), isGone);
  const reasonOf = (atom: number): string =>
    pinned.get(atoms.root(atom)) ?? (keep ? 'no list leaves it out' : 'what goes with it is not constant');
  return { isGone, reasonOf, shifts: shiftsOf(links, isGone) };
}

/**
 * The units that can go without a change of the model's outputs: those that no layer reads, or reads as 0 alone, or as a constant
 * that its bias can take. What a unit that goes has read is then read by one less, until nothing more goes.
 *
 * @param fn - the function that asks, for messages
 * @throws RangeError where a layer would have no unit left
 */
function removalOf(fn: string, links: Links, mode: 'exact' | 'absorb'): Removal {
  const { atoms } = links;
  const pinned = atoms.pinned();
  const all = new Set<number>();
  for (const { atoms: made } of links.units.values()) for (const atom of made) all.add(atoms.root(atom));
  const gone = new Set<number>();
  let reasons = pinned;
  for (let before = -1; before < gone.size; ) {
    before = gone.size;
    reasons = new Map(pinned);
    for (const read of links.reads.values())
      for (const [input, atom] of read.atoms.entries()) {
        const root = atoms.root(atom);
        const value = read.values[input]!;
        if (value === 0 || reasons.has(root) || gone.has(root)) continue;
        if (mode === 'absorb' && !Number.isNaN(value) && typeof read.bias !== 'string') continue;
        // What goes together does not hold each other.
        const stays = (output: number): boolean => atoms.root(output) !== root && !gone.has(atoms.root(output));
        if (readerOf(read, input, stays) >= 0) reasons.set(root, reasonFor(read, value, mode));
      }
    for (const root of all) if (!reasons.has(root)) gone.add(root);
  }
  const isGone = (atom: number): boolean => gone.has(atoms.root(atom));
  checkNotEmpty(fn, links.units.values(), isGone);
  return {
    isGone,
    reasonOf: (atom) => reasons.get(atoms.root(atom))!,
    shifts: mode === 'exact' ? new Map() : shiftsOf(links, isGone),
  };
}

/** What goes in a mode. */
export const removalFor = (fn: string, links: Links, mode: ShrinkMode, keep: Keep | undefined): Removal =>
  mode === 'approximate' ? chosenRemoval(fn, links, keep) : removalOf(fn, links, mode);
