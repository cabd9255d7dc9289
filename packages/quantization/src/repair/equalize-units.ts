import {
  type ConvergenceOptions,
  equalizingScales,
  type KernelGroup,
  type KernelPlace,
  type ScaledKernel,
} from './equalizing-scales.ts';
import { inputOf, outputOf, type Stage } from './kernel-units.ts';
import { type Member, type Part, partOf, type UnitGroup } from './unit-groups.ts';

/** What {@link equalizeUnits} found. */
export interface EqualizedUnits {
  /** Of each group: by what its units are divided. */
  scales: Float64Array[];
  /** The weights that changed, by path. */
  changed: Map<string, Float32Array>;
  /** How many sweeps it took; 0 where all was equal already. */
  sweeps: number;
  /** The largest |log s| that one more sweep would bring. */
  residual: number;
}

const kernelAt = (kernel: number, { from, width }: Part): KernelPlace => ({ kernel, from, width });

/** The factor of each entry, by the groups that a kernel makes units of and reads units of; in float64, rounded once. */
function scaled(
  { units }: Stage,
  values: Float32Array,
  made: Float64Array | undefined,
  read: Float64Array | undefined,
): Float32Array {
  const factorOf = (entry: number): number =>
    (read ? read[inputOf(units, entry) % read.length]! : 1) / (made ? made[outputOf(units, entry)]! : 1);
  return values.map((value, entry) => value * factorOf(entry));
}

/** Weights smaller than this part of the bias make no more than a constant of a unit. */
const CONSTANT = 1e-4;

/**
 * Units that are constant, as training leaves them where a batch normalization has switched them off: next to nothing is made of
 * inputs, and a bias. A factor that fits their weights would take the bias out of all bounds, and what reads it to nothing.
 */
function constantUnits(
  { makers, units, blocked }: UnitGroup,
  values: ReadonlyMap<string, Float32Array>,
): ReadonlySet<number> {
  const varying = new Set<number>();
  for (const { linear, from } of makers) {
    const { path, units: of } = linear!.stages.at(-1)!;
    const bias = linear!.hasBias ? values.get(linear!.bias)! : undefined;
    for (const [entry, value] of values.get(path)!.entries()) {
      const unit = outputOf(of, entry);
      if (Math.abs(value) > CONSTANT * Math.abs(bias?.[unit] ?? 0)) varying.add(from + unit);
    }
  }
  return new Set([...Array(units).keys()].filter((unit) => !varying.has(unit) || blocked.has(unit)));
}

/**
 * Gives the units of each group one range, and those between the two kernels of a separable convolution.
 *
 * @param groups - in the order of the network
 * @param values - of the weights by path; not changed
 */
export function equalizeUnits(
  groups: readonly UnitGroup[],
  values: ReadonlyMap<string, Float32Array>,
  options: ConvergenceOptions,
): EqualizedUnits {
  const sites = new Map<string, Member>();
  for (const { makers, readers } of groups) for (const site of [...makers, ...readers]) sites.set(site.path, site);
  const layers = [...sites.values()].map(({ linear }) => linear!);
  const stages = layers.flatMap((layer) => layer.stages);
  const places = new Map(stages.map(({ path }, i) => [path, i]));
  const placeOf = ({ path }: Stage): number => places.get(path)!;
  const kernels = stages.map(({ path, units }): ScaledKernel => ({ values: values.get(path)!, units }));
  const all: KernelGroup[] = [
    ...groups.map((group) => ({
      makers: group.makers.map(({ linear, ...part }) => kernelAt(placeOf(linear!.stages.at(-1)!), part)),
      readers: group.readers.map(({ linear, ...part }) => kernelAt(placeOf(linear!.stages[0]!), part)),
      units: group.units,
      kept: constantUnits(group, values),
    })),
    ...layers.flatMap(({ stages: [first, second] }) =>
      second ? [{ makers: [{ kernel: placeOf(first!) }], readers: [{ kernel: placeOf(second) }] }] : [],
    ),
  ];
  const { scales: found, ...ended } = equalizingScales(kernels, all, options);
  const scales = ended.sweeps === 0 ? found.map((scale) => scale.fill(1)) : found;
  const factorsOf = (k: number, side: 'makers' | 'readers'): Float64Array | undefined => {
    for (const [g, group] of all.entries()) {
      const place = group[side].find(({ kernel }) => kernel === k);
      if (place) return partOf(scales[g]!, { from: 0, width: scales[g]!.length, ...place });
    }
    return undefined;
  };
  const changed = new Map<string, Float32Array>();
  for (const [k, stage] of stages.entries()) {
    const made = factorsOf(k, 'makers');
    const read = factorsOf(k, 'readers');
    changed.set(stage.path, scaled(stage, kernels[k]!.values, made, read));
  }
  for (const [g, { makers, vectors }] of groups.entries()) {
    const biases = makers.flatMap(({ linear, from, width }) =>
      linear!.hasBias ? [{ path: linear!.bias, from, width }] : [],
    );
    for (const { path, ...part } of [...biases, ...vectors]) {
      const scale = partOf(scales[g]!, part);
      changed.set(
        path,
        values.get(path)!.map((value, i) => value / scale[i % scale.length]!),
      );
    }
  }
  return { scales: scales.slice(0, groups.length), changed, ...ended };
}
