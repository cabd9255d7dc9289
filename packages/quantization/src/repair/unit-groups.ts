import type { SkippedWeight } from '@weightkit/core';
import type { Flow, Site } from './flow.ts';

/** Units that meet: all that makes them and all that reads them has the same factor for each. */
export interface UnitGroup {
  /** Linear maps that make the units; several where what they make is added. */
  makers: Site[];
  /** Linear maps that read them. */
  readers: Site[];
  /** What cuts them at 6, the makers' own activations among it. */
  cuts: Site[];
  /** Weights that scale as the units do. */
  vectors: string[];
  /** How many there are. */
  units: number;
  /** Whether the units come once in each last axis. */
  isPlain: boolean;
}

interface Draft extends Omit<UnitGroup, 'units' | 'isPlain'> {
  blocks: string[];
  lengths: number[];
}

const passes = ({ linear, does }: Site): boolean => !linear && (does === 'pass' || does === 'cut' || does === 'join');

/** For each tensor, the first of those that have the same factors. */
function joinedTensors({ sites, tensors }: Flow): (tensor: number) => number {
  const parents = Array.from({ length: tensors }, (_, i) => i);
  const rootOf = (tensor: number): number => {
    let root = tensor;
    while (parents[root] !== root) root = parents[root]!;
    parents[tensor] = root;
    return root;
  };
  for (const site of sites.filter(passes)) {
    const all = [...site.inputs, ...site.outputs].map(rootOf);
    const first = Math.min(...all);
    for (const root of all) parents[root] = first;
  }
  return rootOf;
}

function draftsOf(flow: Flow, rootOf: (tensor: number) => number): Map<number, Draft> {
  const drafts = new Map<number, Draft>();
  const draftOf = (tensor: number): Draft => {
    const root = rootOf(tensor);
    const known = drafts.get(root) ?? { makers: [], readers: [], cuts: [], vectors: [], blocks: [], lengths: [] };
    drafts.set(root, known);
    return known;
  };
  const made = new Set(flow.sites.flatMap(({ outputs }) => outputs));
  for (const site of flow.sites) {
    const { path, linear, does, fixed, inputs, outputs, vectors, length } = site;
    for (const input of inputs) {
      const draft = draftOf(input);
      if (linear && fixed) draft.blocks.push(`${path} ${fixed}`);
      else if (linear) draft.readers.push(site);
      else if (!passes(site)) draft.blocks.push(does);
      if (!made.has(input)) draft.blocks.push('it meets an input of the model');
    }
    for (const output of outputs) {
      const draft = draftOf(output);
      if (linear && fixed) draft.blocks.push(`${path} ${fixed}`);
      if (linear) draft.makers.push(site);
      else if (!passes(site)) draft.blocks.push(does);
      draft.vectors.push(...vectors);
      if (length !== undefined) draft.lengths.push(length);
      if (does === 'cut') draft.cuts.push(site);
      else if (linear && does !== 'pass') draft.blocks.push(`${path} applies an activation that no factor passes`);
      if (flow.given.has(output)) draft.blocks.push('the model gives it out');
    }
  }
  return drafts;
}

/** Why the units of a group stay as they are, if they do. */
function blockedBy({ makers, readers, cuts, blocks, lengths }: Draft, cutting: string | null): string | undefined {
  if (blocks.length > 0) return blocks[0];
  const [reader] = readers;
  if (!reader) return 'nothing reads it';
  const units = makers[0]!.linear!.stages.at(-1)!.units.outputs;
  const other = makers.find(({ linear }) => linear!.stages.at(-1)!.units.outputs !== units);
  if (other) return `${other.path} makes other units`;
  const odd = readers.find(({ linear }) => linear!.stages[0]!.units.inputs % units !== 0);
  if (odd) return `${odd.path} reads other units`;
  if (lengths.some((length) => length % units !== 0)) return 'its units are apart where it is read';
  if (cuts.length > 0 && cutting !== null)
    return `ReLU6 between it and ${reader.path} cuts at 6, which no factor passes; ${cutting}`;
  return undefined;
}

/**
 * All units of a model that can be scaled without a change of what it gives, in the order in which they are first made. Tensors that
 * meet in a sum have the same factors, and so have all that read one tensor.
 *
 * @param flow - what the model computes
 * @param cutting - what can be done about ReLU6, in words; null where factors pass it
 */
export function unitGroups(flow: Flow, cutting: string | null): { groups: UnitGroup[]; skipped: SkippedWeight[] } {
  const rootOf = joinedTensors(flow);
  const drafts = draftsOf(flow, rootOf);
  const groups = new Map<Draft, UnitGroup>();
  const skipped: SkippedWeight[] = [];
  const seen = new Set<string>();
  for (const { path, linear, does, fixed, outputs } of flow.sites) {
    if (!linear || seen.has(path)) continue;
    seen.add(path);
    const draft = drafts.get(rootOf(outputs[0]!))!;
    const own = fixed ? `it ${fixed}` : does === 'pass' || does === 'cut' ? undefined : does;
    const reason = own ?? blockedBy(draft, cutting);
    if (reason !== undefined) skipped.push({ path, reason });
    else if (!groups.has(draft)) {
      const { makers, readers, cuts, vectors, lengths } = draft;
      const units = linear.stages.at(-1)!.units.outputs;
      const sizes = [...lengths, ...readers.map((reader) => reader.linear!.stages[0]!.units.inputs)];
      const isPlain = sizes.every((size) => size === units);
      groups.set(draft, { makers, readers, cuts, vectors, units, isPlain });
    }
  }
  return { groups: [...groups.values()], skipped };
}
