import type { Links, Loaded } from './links.ts';
import type { Removal, ShrinkMode } from './removal.ts';

/** What a model is made of. */
export interface ShrinkCounts {
  /** Units, filters and columns of embeddings, of all layers that make them. */
  units: number;
  /** Numbers in all weights. */
  parameters: number;
  /** Bytes of all weights, as they are saved. */
  bytes: number;
}

/** A layer that makes units. */
export interface ShrunkLayer {
  /** Where it stands; a direction of a Bidirectional by itself. */
  path: string;
  /** Its class. */
  className: string;
  /** How many units it has. */
  units: number;
  /** Those that go, in order. */
  removed: number[];
}

/** Units that are constant and stay all the same. */
export interface ShrinkBarrier {
  /** The layer that makes them. */
  path: string;
  /** Which they are. */
  units: number[];
  /** What keeps them, with the path of the layer. */
  reason: string;
}

/** A weight that gets smaller. */
export interface ShrunkWeight {
  /** Its path. */
  path: string;
  /** Its shape now. */
  from: number[];
  /** Its shape in the smaller model. */
  to: number[];
}

/** What shrinking a model takes out, as plain data that prints itself: `console.log(String(plan))`. */
export interface ShrinkPlan {
  /** Which units may go. */
  mode: ShrinkMode;
  /** The layers that make units, in the order of their calls. */
  layers: ShrunkLayer[];
  /** Layers whose units go together, such as those that an Add joins: each list of two or more paths. */
  groups: string[][];
  /** Units that are constant and stay, and why. */
  barriers: ShrinkBarrier[];
  /** The weights that get smaller. */
  weights: ShrunkWeight[];
  /** The model now. */
  before: ShrinkCounts;
  /** The smaller model. */
  after: ShrinkCounts;
  /** The plan as a table. */
  toString(): string;
}

const WIDTHS: Readonly<Record<string, number>> = { bool: 1, complex64: 8 };

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

const countsOf = (
  units: number,
  shapes: readonly (readonly [shape: readonly number[], dtype: string])[],
): ShrinkCounts => ({
  units,
  parameters: shapes.reduce((sum, [shape]) => sum + sizeOf(shape), 0),
  bytes: shapes.reduce((sum, [shape, dtype]) => sum + sizeOf(shape) * (WIDTHS[dtype] ?? 4), 0),
});

/** The indices of each axis of a weight that stay; null for an axis that stays whole. */
export function keptOf(links: Links, { isGone }: Removal, { weight }: Loaded): (Int32Array | null)[] {
  return weight.shape.map((_, axis) => {
    const atoms = links.slots.get(`${weight.path}\n${axis}`)?.atoms;
    if (!atoms?.some(isGone)) return null;
    return Int32Array.from(atoms.keys()).filter((i) => !isGone(atoms[i]!));
  });
}

function groupsOf(links: Links): string[][] {
  const byRoot = new Map<number, Set<string>>();
  for (const { path, atoms } of links.units.values())
    for (const atom of atoms) {
      const root = links.atoms.root(atom);
      byRoot.set(root, (byRoot.get(root) ?? new Set()).add(path));
    }
  const lists = [...byRoot.values()].filter(({ size }) => size > 1).map((paths) => [...paths]);
  return [...new Map(lists.map((paths) => [paths.join('\n'), paths])).values()];
}

function barriersOf(links: Links, removal: Removal): ShrinkBarrier[] {
  return [...links.units.values()].flatMap(({ path, atoms }) => {
    const byReason = new Map<string, number[]>();
    for (const [unit, atom] of atoms.entries()) {
      if (removal.isGone(atom) || !links.constant.has(atom)) continue;
      const reason = removal.reasonOf(atom);
      byReason.set(reason, [...(byReason.get(reason) ?? []), unit]);
    }
    return [...byReason].map(([reason, units]) => ({ path, units, reason }));
  });
}

/** Numbers as text, runs of them as first-last. */
function runs(numbers: readonly number[]): string {
  const parts: [first: number, last: number][] = [];
  for (const n of numbers) {
    const run = parts.at(-1);
    if (run && run[1] === n - 1) run[1] = n;
    else parts.push([n, n]);
  }
  return parts.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
}

function tableOf({ mode, layers, groups, barriers, before, after }: ShrinkPlan): string {
  const width = Math.max(...layers.map(({ path }) => path.length), 5);
  const lines = layers.map(({ path, units, removed }) => {
    const kept = units - removed.length;
    return `${path.padEnd(width)}  ${units} -> ${kept}${removed.length > 0 ? `  without ${runs(removed)}` : ''}`;
  });
  return [
    `mode ${mode}: ${before.units} -> ${after.units} units, ${before.parameters} -> ${after.parameters} parameters, ${before.bytes} -> ${after.bytes} bytes`,
    ...lines,
    ...groups.map((paths) => `together: ${paths.join(' + ')}`),
    ...barriers.map(({ path, units, reason }) => `stays: ${path} ${runs(units)}: ${reason}`),
  ].join('\n');
}

/** What a removal means for a model, as plain data. */
export function planOf(links: Links, removal: Removal, mode: ShrinkMode, weights: readonly Loaded[]): ShrinkPlan {
  const layers = [...links.units.values()].map(({ path, className, atoms }) => ({
    path,
    className,
    units: atoms.length,
    removed: [...atoms.keys()].filter((i) => removal.isGone(atoms[i]!)),
  }));
  const shapes = weights.map((loaded) => {
    const from = [...loaded.weight.shape];
    const kept = keptOf(links, removal, loaded);
    return {
      path: loaded.weight.path,
      from,
      to: from.map((size, i) => kept[i]?.length ?? size),
      dtype: loaded.weight.dtype,
    };
  });
  const units = layers.reduce((sum, layer) => sum + layer.units, 0);
  const removed = layers.reduce((sum, layer) => sum + layer.removed.length, 0);
  const plan: ShrinkPlan = {
    mode,
    layers,
    groups: groupsOf(links),
    barriers: barriersOf(links, removal),
    weights: shapes
      .filter(({ from, to }) => from.some((size, i) => size !== to[i]))
      .map(({ path, from, to }) => ({ path, from, to })),
    before: countsOf(
      units,
      shapes.map(({ from, dtype }) => [from, dtype]),
    ),
    after: countsOf(
      units - removed,
      shapes.map(({ to, dtype }) => [to, dtype]),
    ),
    toString: () => tableOf(plan),
  };
  return plan;
}
