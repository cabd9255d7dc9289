import { checkInteger, checkNumber, checkRange, checkType } from '@weightkit/numerics/check';
import { inputOf, type KernelUnits, outputOf } from './kernel-units.ts';

/** A kernel of {@link equalizingScales}. */
export interface ScaledKernel {
  values: Float32Array;
  units: KernelUnits;
}

/** A kernel that makes or reads units of a group. */
export interface KernelPlace {
  /** Its index. */
  kernel: number;
  /** The first unit of the group that is its own. @defaultValue `0` */
  from?: number;
  /** How many are; what reads k numbers for each has them as k · i + unit. @defaultValue all of the group */
  width?: number;
}

/** Units between kernels. */
export interface KernelGroup {
  /** The kernels that make them. */
  makers: readonly KernelPlace[];
  /** Those that read them. */
  readers: readonly KernelPlace[];
  /** How many there are. @defaultValue as many as the first maker makes */
  units?: number;
  /** Units that keep their scale. */
  kept?: ReadonlySet<number> | undefined;
}

/** When {@link equalizingScales} ends. */
export interface ConvergenceOptions {
  /** The largest |log s| of a sweep that counts as none. */
  tolerance: number;
  /** How many sweeps there are at most. */
  sweeps: number;
}

/** What {@link equalizingScales} found. */
export interface EqualizingScales {
  /** Of each group: by what each unit is divided where it is made, and multiplied where it is read. */
  scales: Float64Array[];
  /** How many sweeps it took; 0 where all was equal already. */
  sweeps: number;
  /** The largest |log s| that one more sweep would bring. */
  residual: number;
}

/** The largest magnitude of a kernel's entries for each input and output that it joins. */
interface Magnitudes {
  units: KernelUnits;
  /** By input, then output; of a depthwise kernel by output. */
  largest: Float64Array;
}

function magnitudesOf({ values, units }: ScaledKernel): Magnitudes {
  const { kind, inputs, outputs } = units;
  const largest = new Float64Array(kind === 'depthwise' ? outputs : inputs * outputs);
  for (let entry = 0; entry < values.length; entry++) {
    const output = outputOf(units, entry);
    const at = kind === 'depthwise' ? output : inputOf(units, entry) * outputs + output;
    largest[at] = Math.max(largest[at]!, Math.abs(values[entry]!));
  }
  return { units, largest };
}

/** The largest magnitude for each unit of one side, with the other side's units scaled. */
function ranges(
  { units: { kind, inputs, outputs }, largest }: Magnitudes,
  side: 'input' | 'output',
  made: Float64Array,
  read: Float64Array,
): Float64Array {
  const result = new Float64Array(side === 'input' ? inputs : outputs);
  const width = kind === 'depthwise' ? outputs / inputs : outputs;
  const bySide = side === 'input';
  for (let input = 0, at = 0; input < inputs; input++) {
    const factor = read[input]!;
    const from = kind === 'depthwise' ? at : 0;
    let most = 0;
    for (let output = from; output < from + width; output++, at++) {
      const scaled = largest[at]! * factor;
      // What all of a unit are divided by does not change which is the largest.
      if (!bySide) result[output] = Math.max(result[output]!, scaled);
      else if (scaled > most * made[output]!) most = scaled / made[output]!;
    }
    if (bySide) result[input] = most;
  }
  if (!bySide) for (let output = 0; output < outputs; output++) result[output]! /= made[output]!;
  return result;
}

/**
 * Cross-layer equalization: what to divide the units between kernels by, so that each unit's range is the same where it is made as
 * where it is read: s = √(r₁ / r₂), r the largest |w| of the unit, W₁' = W₁ / s, W₂' = s W₂. Group after group, until no factor moves
 * any more. A unit that is 0 on one side keeps its scale.
 *
 * Where several kernels make units (what they make is added) or read them, all of these have one s, and r₁ and r₂ are the largest of
 * the unit in any of them: the same fixed point, r₁ = r₂, of the group taken as two kernels side by side.
 *
 * Where a kernel reads k numbers for each unit (a dense layer after flatten), these are k · i + unit. Where branches are concatenated, what
 * reads them has all of their units, and each of them a part.
 *
 * (Nagel et al. 2019, https://arxiv.org/abs/1906.04721, section 4.1.)
 *
 * @param kernels - in any order; not changed
 * @param groups - in the order of the network; a kernel is among the makers of one at most, and among the readers of one
 */
export function equalizingScales(
  kernels: readonly ScaledKernel[],
  groups: readonly KernelGroup[],
  { tolerance, sweeps: most }: ConvergenceOptions,
): EqualizingScales {
  const magnitudes = kernels.map(magnitudesOf);
  const ones = (count: number) => new Float64Array(count).fill(1);
  const made = kernels.map(({ units }) => ones(units.outputs));
  const read = kernels.map(({ units }) => ones(units.inputs));
  const scales = groups.map(({ makers, units = kernels[makers[0]!.kernel]!.units.outputs }) => ones(units));

  const largest = (members: readonly KernelPlace[], side: 'input' | 'output', units: number): Float64Array => {
    const result = new Float64Array(units);
    for (const { kernel, from = 0, width = units } of members)
      for (const [i, range] of ranges(magnitudes[kernel]!, side, made[kernel]!, read[kernel]!).entries()) {
        const unit = from + (i % width);
        result[unit] = Math.max(result[unit]!, range);
      }
    return result;
  };
  const stepOf = ({ makers, readers, kept }: KernelGroup, { length }: Float64Array): Float64Array => {
    const makes = largest(makers, 'output', length);
    const reads = largest(readers, 'input', length);
    return makes.map((range, i) => (range > 0 && reads[i]! > 0 && !kept?.has(i) ? Math.sqrt(range / reads[i]!) : 1));
  };
  const sizeOf = (step: Float64Array): number => step.reduce((worst, s) => Math.max(worst, Math.abs(Math.log(s))), 0);
  const residualNow = (): number =>
    groups.reduce((worst, group, g) => Math.max(worst, sizeOf(stepOf(group, scales[g]!))), 0);
  const scale = (factors: Float64Array, step: Float64Array, from = 0, width = step.length): void => {
    for (let i = 0; i < factors.length; i++) factors[i]! *= step[from + (i % width)]!;
  };

  let residual = residualNow();
  let sweeps = 0;
  // Half the tolerance: what was equalized and rounded is within the tolerance the next time.
  for (let goal = tolerance; residual > goal && sweeps < most; goal = tolerance / 2, sweeps++) {
    for (const [g, group] of groups.entries()) {
      const step = stepOf(group, scales[g]!);
      scale(scales[g]!, step);
      for (const { kernel, from, width } of group.makers) scale(made[kernel]!, step, from, width);
      for (const { kernel, from, width } of group.readers) scale(read[kernel]!, step, from, width);
    }
    residual = residualNow();
  }
  return { scales, sweeps, residual };
}

/** Throws for options that say no end. */
export function checkConvergence(fn: string, tolerance: number, sweeps: number): void {
  checkType(typeof tolerance === 'number', `${fn}: tolerance must be a number`, tolerance);
  checkNumber(`${fn}: tolerance must be a number above 0 and below 1`, tolerance, (x) => x > 0 && x < 1);
  checkInteger(fn, 'sweeps', sweeps, 1);
  checkRange(sweeps <= 1e6, `${fn}: sweeps must be at most 1e6`, sweeps);
}
