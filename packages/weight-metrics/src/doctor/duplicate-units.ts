import { cutOff } from './cut-off.ts';
import type { Exam, WeightExam } from './exam.ts';
import type { Finding } from './finding.ts';
import { startCall } from './start-call.ts';

/** Units are the same when their incoming weights differ by less than this part of their length. */
const SAME = 1e-5;
/** With fewer incoming weights, that two units have the same is no wonder. */
const FEW = 2;

/** Numbers in ±1 that are the same in every run: the fractional parts of a golden-ratio sequence. */
const direction = (i: number): number => 2 * ((i * 0.6180339887498949) % 1) - 1;

/** The incoming weights of a unit, of all weights that have these units (kernel, recurrent kernel, bias), one after the other. */
interface Incoming {
  units: number;
  size: number;
  at(unit: number, i: number): number;
}

function incomingOf(kernels: readonly WeightExam[], bias: WeightExam | undefined): Incoming {
  const parts = [...kernels, ...(bias?.units ? [bias] : [])];
  const sizes = parts.map(({ units }) => units!.size);
  return {
    units: kernels[0]!.units!.units,
    size: sizes.reduce((a, b) => a + b, 0),
    at(unit, i) {
      let [part, rest] = [0, i];
      while (rest >= sizes[part]!) rest -= sizes[part++]!;
      return parts[part]!.values[parts[part]!.units!.entry(unit, rest)]!;
    },
  };
}

/** Groups of units with the same incoming weights, each of two or more; units without any are left out, and those of `without`. */
export function sameUnits({ units, size, at }: Incoming, without: ReadonlySet<number> = new Set()): number[][] {
  const marks = Array.from({ length: units }, (_, unit) => {
    let [along, square] = [0, 0];
    for (let i = 0; i < size; i++) {
      const value = at(unit, i);
      along += direction(i + 1) * value;
      square += value * value;
    }
    return { unit, along, length: Math.sqrt(square) };
  }).filter(({ unit, length }) => length > 0 && Number.isFinite(length) && !without.has(unit));
  marks.sort((a, b) => a.along - b.along);
  const isSame = (a: number, b: number, most: number): boolean => {
    let left = most * most;
    for (let i = 0; i < size && left >= 0; i++) left -= (at(a, i) - at(b, i)) ** 2;
    return left >= 0;
  };
  const groups: number[][] = [];
  const placed = new Set<number>();
  for (const [i, { unit, along, length }] of marks.entries()) {
    if (placed.has(unit)) continue;
    const group = [unit];
    // The direction is at most sqrt(size) long.
    for (let j = i + 1; j < marks.length && marks[j]!.along - along <= SAME * length * Math.sqrt(size); j++)
      if (!placed.has(marks[j]!.unit) && isSame(unit, marks[j]!.unit, SAME * length)) group.push(marks[j]!.unit);
    if (group.length < 2) continue;
    for (const one of group) placed.add(one);
    groups.push(group);
  }
  return groups;
}

/** Layers in which units have the same incoming weights: they compute the same, get the same gradient and stay the same. */
export function duplicateUnits(exam: Exam): Finding[] {
  const { layers, weights } = exam;
  return layers.flatMap((layer) => {
    const { path } = layer;
    const own = weights.filter((one) => one.layer === path && one.units);
    const kernels = own.filter(({ isKernel, values }) => isKernel && values.length > 0);
    if (kernels.length === 0) return [];
    const { units } = kernels[0]!.units!;
    // Both directions of a Bidirectional, or cells of a stack: each by itself.
    const sets = new Map<string, WeightExam[]>();
    for (const one of kernels) {
      const place = one.path.slice(0, one.path.lastIndexOf('/'));
      sets.set(place, [...(sets.get(place) ?? []), one]);
    }
    const groups = [...sets].flatMap(([place, set]) => {
      const bias = own.find((one) => !one.isKernel && one.path.startsWith(`${place}/`) && one.property === 'bias');
      const same = set.filter((one) => one.units!.units === set[0]!.units!.units);
      const incoming = incomingOf(same, bias);
      if (incoming.size - (bias ? 1 : 0) < FEW) return [];
      // Units that nothing comes into are dead, and no copies.
      const cut = same.map(cutOff);
      const dead = new Set([...cut[0]!].filter((unit) => cut.every((one) => one.has(unit))));
      return sameUnits(incoming, dead);
    });
    const extra = groups.reduce((sum, group) => sum + group.length - 1, 0);
    if (extra === 0) return [];
    const [first, second] = groups[0] as [number, number];
    return [
      {
        code: 'duplicate-units' as const,
        layer: path,
        weight: kernels[0]!.path,
        steps: null,
        message: `${extra} of the ${units} units of ${path} ${extra === 1 ? 'is a copy' : 'are copies'} of others, as ${second} is of ${first}`,
        evidence: [
          { measure: 'units that are copies', value: extra, limit: 0 },
          { measure: 'relative difference at which units count as copies', value: SAME, limit: null },
        ],
        cause:
          'Units with the same incoming weights compute the same. They started with the same values, by a constant, or were copied, and as long as what follows them is the same too, no gradient tells them apart.',
        remedy: 'Start the kernel from random numbers, which breaks the symmetry.',
        call: startCall(exam, layer, { biases: true }),
      },
    ];
  });
}
