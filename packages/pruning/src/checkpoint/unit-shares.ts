import { globToRegExp } from '@weightkit/checkpoint';
import { roundHalfEven } from '@weightkit/numerics';
import { checkPlainObject, checkRange } from '@weightkit/numerics/check';
import type { Links, Loaded } from '../shrink/links.ts';
import type { Keep } from '../shrink/removal.ts';

/** The share of its units that a layer loses: one for all layers, or by patterns of their paths, of which the first that fits counts. */
export type UnitShares = number | Readonly<Record<string, number>>;

/** The share of a layer by its path; undefined where no pattern fits. */
function shareReader(fn: string, shares: UnitShares, paths: readonly string[]): (path: string) => number | undefined {
  const rule = `${fn}: sparsity must be 0 or more and below 1`;
  const isShare = (share: unknown): boolean => typeof share === 'number' && share >= 0 && share < 1;
  if (typeof shares === 'number') {
    checkRange(isShare(shares), rule, shares);
    return () => shares;
  }
  checkPlainObject(`${fn}: sparsity must be a share, or shares by patterns of layers`, shares);
  const patterns = Object.entries(shares).map(([pattern, share]) => {
    checkRange(isShare(share), `${rule} (${pattern})`, share);
    const fits = globToRegExp(pattern);
    checkRange(
      paths.some((path) => fits.test(path)),
      `${fn}: a pattern must fit a layer that makes units (${paths.join(', ')})`,
      pattern,
    );
    return [fits, share] as const;
  });
  return (path) => patterns.find(([fits]) => fits.test(path))?.[1];
}

/** The mean magnitude of each unit over all that is made with it: its filter, column or gates, and its bias. */
function scoresOf(links: Links, weights: readonly Loaded[]): (root: number) => number {
  const sums = new Map<number, [sum: number, count: number]>();
  for (const { weight, values } of weights) {
    // What makes units has them on its last axis.
    const slot = links.slots.get(`${weight.path}\n${weight.shape.length - 1}`);
    if (!slot || values.length === 0) continue;
    const columns = Array.from(slot.atoms, (atom) => {
      const root = links.atoms.root(atom);
      if (!sums.has(root)) sums.set(root, [0, 0]);
      return sums.get(root)!;
    });
    for (let i = 0, unit = 0; i < values.length; i++) {
      const column = columns[unit]!;
      column[0] += Math.abs(values[i]!);
      column[1]++;
      unit = unit + 1 === columns.length ? 0 : unit + 1;
    }
  }
  return (root) => {
    const [sum, count] = sums.get(root) ?? [0, 1];
    return sum / count;
  };
}

/**
 * The units that stay when each layer loses a share of its own: those of the smallest mean magnitude go, the first of equal ones
 * last. Units that go together count in each of their layers; layers are gone through in the order of their calls, and one of which
 * enough has gone already loses no more. What has to stay stays, and one unit of each layer.
 */
export function keepByShares(fn: string, links: Links, weights: readonly Loaded[], shares: UnitShares): Keep {
  const { atoms } = links;
  const pinned = atoms.pinned();
  const layers = [...links.units.values()];
  const shareOf = shareReader(
    fn,
    shares,
    layers.map(({ path }) => path),
  );
  const scoreOf = scoresOf(links, weights);
  const gone = new Set<number>();
  const left = new Map(layers.map(({ path, atoms: made }) => [path, made.length]));
  const inLayers = new Map<number, Map<string, number>>();
  for (const { path, atoms: made } of layers)
    for (const atom of made) {
      const root = atoms.root(atom);
      const counts = inLayers.get(root) ?? new Map<string, number>();
      inLayers.set(root, counts.set(path, (counts.get(path) ?? 0) + 1));
    }
  for (const { path, atoms: made } of layers) {
    const wanted = made.length - roundHalfEven((shareOf(path) ?? 0) * made.length);
    const own = new Set(Array.from(made, (atom) => atoms.root(atom)));
    const roots = [...own].filter((root) => !pinned.has(root) && !gone.has(root));
    const place = new Map(roots.map((root, i) => [root, i]));
    roots.sort((a, b) => scoreOf(a) - scoreOf(b) || place.get(b)! - place.get(a)!);
    for (const root of roots) {
      const counts = [...inLayers.get(root)!];
      const here = inLayers.get(root)!.get(path)!;
      if (left.get(path)! - here < wanted) continue;
      if (counts.some(([other, count]) => left.get(other)! - count < 1)) continue;
      for (const [other, count] of counts) left.set(other, left.get(other)! - count);
      gone.add(root);
    }
  }
  return Object.fromEntries(
    layers.map(({ path, atoms: made }) => [
      path,
      [...made.keys()].filter((unit) => !gone.has(atoms.root(made[unit]!))),
    ]),
  );
}
