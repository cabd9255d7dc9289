import type { SkippedWeight } from '@weightkit/core';
import type { Flow, Site } from './flow.ts';

/** Which units of a group something has: all of them, but where branches are concatenated. */
export interface Part {
  /** The first. */
  from: number;
  /** How many. */
  width: number;
}

/** A site, and which units of the group it makes, reads or cuts. */
export type Member = Site & Part;

/** Units that meet: all that makes them and all that reads them has the same factor for each. */
export interface UnitGroup {
  /** Linear maps that make the units; several where what they make is added or concatenated. */
  makers: Member[];
  /** Linear maps that read them. */
  readers: Member[];
  /** What cuts them at 6, the makers' own activations among it. */
  cuts: Member[];
  /** Weights that scale as the units do. */
  vectors: (Part & { path: string })[];
  /** How many there are. */
  units: number;
  /** Those that keep their scale, which come beside others from where no factor passes. */
  blocked: ReadonlySet<number>;
  /** Whether the units come once in each last axis. */
  isPlain: boolean;
}

/** A part of a group's factors. */
export const partOf = (scale: Float64Array, { from, width }: Part): Float64Array => scale.subarray(from, from + width);

/** Where a tensor's units are among those of its group. */
interface Place {
  root: number;
  from: number;
}

/** Tensors whose units meet, each with the place of its first unit among those of the first of them. */
class Joined {
  readonly #places: Place[];
  /** Why the units of a root do not fit. */
  readonly odd = new Map<number, string>();

  constructor(tensors: number) {
    this.#places = Array.from({ length: tensors }, (_, root) => ({ root, from: 0 }));
  }

  of(tensor: number): Place {
    let [root, from] = [tensor, 0];
    for (let place = this.#places[root]!; place.root !== root; place = this.#places[root]!) {
      from += place.from;
      root = place.root;
    }
    this.#places[tensor] = { root, from };
    return { root, from };
  }

  /** Unit `at` of the second tensor is the first of the first. */
  join(tensor: number, other: number, at: number, reason: string): void {
    const [a, b] = [this.of(tensor), this.of(other)];
    const shift = b.from + at - a.from;
    if (a.root === b.root) {
      if (shift !== 0) this.odd.set(a.root, reason);
      return;
    }
    const [into, gone, from] = a.root < b.root ? [a.root, b.root, -shift] : [b.root, a.root, shift];
    this.#places[gone] = { root: into, from };
    const known = this.odd.get(gone);
    if (known !== undefined) this.odd.set(into, known);
  }
}

interface Block extends Part {
  reason: string;
}

interface Draft extends Pick<UnitGroup, 'makers' | 'readers' | 'cuts' | 'vectors'> {
  blocks: Block[];
  lengths: (Part & { length: number })[];
}

const PASSING = new Set(['pass', 'cut', 'join', 'concat']);
const passes = ({ linear, does }: Site): boolean => !linear && PASSING.has(does);

/** How many units each tensor has, where it is known; those that were flattened have none of their own any more. */
function widthsOf({ sites, widths: given }: Flow): { widths: Map<number, number>; flat: Set<number> } {
  const widths = new Map(given);
  const flat = new Set<number>();
  for (const site of sites) {
    const { linear, does, inputs, outputs, length } = site;
    const [first] = inputs;
    const known = inputs.map((input) => widths.get(input));
    let width = linear ? linear.stages.at(-1)!.units.outputs : known[0];
    if (does === 'concat' && !linear)
      width = known.includes(undefined) ? undefined : known.reduce<number>((sum, own) => sum + own!, 0);
    if (width === undefined) continue;
    for (const output of outputs) {
      widths.set(output, width);
      const isFlat = !linear && ((length !== undefined && length !== width) || flat.has(first!));
      if (isFlat) flat.add(output);
    }
  }
  return { widths, flat };
}

/** Why the units of what a site puts side by side cannot be told apart, if they cannot. */
function oddConcat(site: Site, widths: ReadonlyMap<number, number>, flat: ReadonlySet<number>): string | undefined {
  const { path, inputs } = site;
  if (inputs.some((input) => !widths.has(input)))
    return `${path} joins units of which it is not known how many there are`;
  return inputs.some((input) => flat.has(input)) ? `${path} joins flattened units` : undefined;
}

/** The tensors that have factors in common. Sites that turn out to let none pass get the reason. */
function joinedTensors(flow: Flow, widths: ReadonlyMap<number, number>, flat: ReadonlySet<number>) {
  const joined = new Joined(flow.tensors);
  const sites = flow.sites.map((site): Site => {
    if (!passes(site)) return site;
    const { path, does, inputs, outputs } = site;
    if (does === 'concat') {
      const reason = oddConcat(site, widths, flat);
      if (reason !== undefined) return { ...site, does: reason };
      let at = 0;
      for (const input of inputs) {
        joined.join(input, outputs[0]!, at, `${path} joins the same units in two places`);
        at += widths.get(input)!;
      }
      return site;
    }
    const known = inputs.flatMap((input) => widths.get(input) ?? []);
    if (known.some((width) => width !== known[0])) return { ...site, does: `${path} joins units of other shapes` };
    const [first, ...others] = [...inputs, ...outputs];
    for (const other of others) joined.join(other, first!, 0, `${path} adds units in other places`);
    return site;
  });
  return { joined, sites };
}

type PlaceOf = (tensor: number) => Part & { root: number };

function draftsOf(flow: Flow, sites: readonly Site[], placeOf: PlaceOf): Map<number, Draft> {
  const drafts = new Map<number, Draft>();
  const draftOf = (root: number): Draft => {
    const known = drafts.get(root) ?? { makers: [], readers: [], cuts: [], vectors: [], blocks: [], lengths: [] };
    drafts.set(root, known);
    return known;
  };
  const made = new Set(sites.flatMap(({ outputs }) => outputs));
  for (const site of sites) {
    const { path, linear, does, fixed, inputs, outputs, vectors, length } = site;
    for (const input of inputs) {
      const { root, ...part } = placeOf(input);
      const draft = draftOf(root);
      const block = (reason: string) => draft.blocks.push({ ...part, reason });
      if (linear && fixed) block(`${path} ${fixed}`);
      else if (linear) draft.readers.push({ ...site, ...part });
      else if (!passes(site)) block(does);
      if (!made.has(input)) block('it meets an input of the model');
    }
    for (const output of outputs) {
      const { root, ...part } = placeOf(output);
      const draft = draftOf(root);
      const block = (reason: string) => draft.blocks.push({ ...part, reason });
      if (linear && fixed) block(`${path} ${fixed}`);
      if (linear) draft.makers.push({ ...site, ...part });
      else if (!passes(site)) block(does);
      draft.vectors.push(...vectors.map((vector) => ({ path: vector, ...part })));
      if (length !== undefined) draft.lengths.push({ ...part, length });
      if (does === 'cut') draft.cuts.push({ ...site, ...part });
      else if (linear && does !== 'pass') block(`${path} applies an activation that no factor passes`);
      if (flow.given.has(output)) block('the model gives it out');
    }
  }
  return drafts;
}

/** Why the units of a group stay as they are, all of them or a part. */
function blocksOf({ makers, readers, cuts, blocks, lengths }: Draft, units: number, cutting: string | null): Block[] {
  const all = { from: 0, width: units };
  const [reader] = readers;
  if (!reader) return [...blocks, { ...all, reason: 'nothing reads it' }];
  const found = [...blocks];
  const other = makers.find(({ linear, width }) => linear!.stages.at(-1)!.units.outputs !== width);
  if (other) found.push({ ...all, reason: `${other.path} makes other units` });
  const odd = readers.find(({ linear, width }) => linear!.stages[0]!.units.inputs % width !== 0);
  if (odd) found.push({ ...all, reason: `${odd.path} reads other units` });
  if (lengths.some(({ length, width }) => length % width !== 0))
    found.push({ ...all, reason: 'its units are apart where it is read' });
  if (cutting !== null)
    for (const { from, width } of cuts)
      found.push({
        from,
        width,
        reason: `ReLU6 between it and ${reader.path} cuts at 6, which no factor passes; ${cutting}`,
      });
  return found;
}

const unitsIn = ({ from, width }: Part): number[] => Array.from({ length: width }, (_, i) => from + i);

/**
 * All units of a model that can be scaled without a change of what it gives, in the order in which they are first made. Tensors that
 * meet in a sum have the same factors, and so have all that read one tensor. Of what is concatenated each has its part of the factors.
 *
 * @param flow - what the model computes
 * @param cutting - what can be done about ReLU6, in words; null where factors pass it
 */
export function unitGroups(flow: Flow, cutting: string | null): { groups: UnitGroup[]; skipped: SkippedWeight[] } {
  const { widths, flat } = widthsOf(flow);
  const { joined, sites } = joinedTensors(flow, widths, flat);
  // Of each root the first unit of all, and how many there are.
  const extents = new Map<number, { first: number; end: number }>();
  for (let tensor = 0; tensor < flow.tensors; tensor++) {
    const { root, from } = joined.of(tensor);
    const known = extents.get(root) ?? { first: 0, end: 0 };
    const end = from + (widths.get(tensor) ?? 0);
    extents.set(root, { first: Math.min(known.first, from), end: Math.max(known.end, end) });
  }
  const placeOf: PlaceOf = (tensor) => {
    const { root, from } = joined.of(tensor);
    const { first, end } = extents.get(root)!;
    return { root, from: from - first, width: widths.get(tensor) ?? end - from };
  };
  const drafts = draftsOf(flow, sites, placeOf);
  const groups = new Map<Draft, UnitGroup>();
  const blocked = new Map<Draft, Block[]>();
  const skipped: SkippedWeight[] = [];
  const seen = new Set<string>();
  for (const { path, linear, does, fixed, outputs } of sites) {
    if (!linear || seen.has(path)) continue;
    seen.add(path);
    const { root, ...part } = placeOf(outputs[0]!);
    const draft = drafts.get(root)!;
    const { first, end } = extents.get(root)!;
    const units = end - first;
    const found = blocked.get(draft) ?? blocksOf(draft, units, cutting);
    blocked.set(draft, found);
    const stays = new Set(found.flatMap(unitsIn));
    const isOwn = unitsIn(part).every((unit) => stays.has(unit));
    const own = fixed ? `it ${fixed}` : does === 'pass' || does === 'cut' ? undefined : does;
    const over = found.find(({ from, width }) => from < part.from + part.width && part.from < from + width);
    const reason = joined.odd.get(root) ?? own ?? (isOwn ? over?.reason : undefined);
    if (reason !== undefined) skipped.push({ path, reason });
    else if (!groups.has(draft)) {
      const { lengths } = draft;
      const moves = (own: Part): boolean => unitsIn(own).some((unit) => !stays.has(unit));
      const [makers, readers, cuts] = [draft.makers, draft.readers, draft.cuts].map((own) => own.filter(moves)) as [
        Member[],
        Member[],
        Member[],
      ];
      const vectors = draft.vectors.filter(moves);
      const sizes = [
        ...lengths.map(({ length, width }) => length === width),
        ...readers.map((reader) => reader.linear!.stages[0]!.units.inputs === reader.width),
      ];
      groups.set(draft, {
        makers,
        readers,
        cuts,
        vectors,
        units,
        blocked: stays,
        isPlain: sizes.every(Boolean),
      });
    }
  }
  return { groups: [...groups.values()], skipped };
}
