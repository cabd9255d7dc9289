import { checkInteger, checkNumber, checkRange, checkType } from '@weightkit/numerics/check';
import { inputOf, type KernelUnits, outputOf } from './kernel-units.ts';

/** A kernel of {@link equalizingScales}. */
export interface ScaledKernel {
  values: Float32Array;
  units: KernelUnits;
}

/** Two kernels of which the second reads the units that the first makes. */
export interface KernelPair {
  /** Indices in the list of kernels. */
  from: number;
  to: number;
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
  /** Of each pair: by what each unit is divided where it is made, and multiplied where it is read. */
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
  { units, largest }: Magnitudes,
  side: 'input' | 'output',
  made: Float64Array,
  read: Float64Array,
): Float64Array {
  const { kind, inputs, outputs } = units;
  const result = new Float64Array(side === 'input' ? inputs : outputs);
  for (let at = 0; at < largest.length; at++) {
    const output = kind === 'depthwise' ? at : at % outputs;
    const input = kind === 'depthwise' ? Math.floor(at / (outputs / inputs)) : Math.floor(at / outputs);
    const unit = side === 'input' ? input : output;
    const magnitude = (largest[at]! * read[input]!) / made[output]!;
    if (magnitude > result[unit]!) result[unit] = magnitude;
  }
  return result;
}

/**
 * Cross-layer equalization: what to divide the units between kernels by, so that each unit's range is the same where it is made as
 * where it is read: s = √(r₁ / r₂), r the largest |w| of the unit, W₁' = W₁ / s, W₂' = s W₂. Pair after pair, until no factor moves
 * any more. A unit that is 0 on one side keeps its scale.
 *
 * Where the second kernel reads k numbers for each unit (a dense layer after flatten), these are k · i + unit.
 *
 * (Nagel et al. 2019, https://arxiv.org/abs/1906.04721, section 4.1.)
 *
 * @param kernels - in any order; not changed
 * @param pairs - in the order of the network
 */
export function equalizingScales(
  kernels: readonly ScaledKernel[],
  pairs: readonly KernelPair[],
  { tolerance, sweeps: most }: ConvergenceOptions,
): EqualizingScales {
  const magnitudes = kernels.map(magnitudesOf);
  const ones = (count: number) => new Float64Array(count).fill(1);
  const made = kernels.map(({ units }) => ones(units.outputs));
  const read = kernels.map(({ units }) => ones(units.inputs));
  const scales = pairs.map(({ from }) => ones(kernels[from]!.units.outputs));

  const stepOf = ({ from, to }: KernelPair): Float64Array => {
    const makes = ranges(magnitudes[from]!, 'output', made[from]!, read[from]!);
    const reads = ranges(magnitudes[to]!, 'input', made[to]!, read[to]!);
    const joined = new Float64Array(makes.length);
    for (const [i, range] of reads.entries()) joined[i % makes.length] = Math.max(joined[i % makes.length]!, range);
    return makes.map((range, i) => (range > 0 && joined[i]! > 0 ? Math.sqrt(range / joined[i]!) : 1));
  };
  const sizeOf = (step: Float64Array): number => step.reduce((worst, s) => Math.max(worst, Math.abs(Math.log(s))), 0);
  const residualNow = (): number => pairs.reduce((worst, pair) => Math.max(worst, sizeOf(stepOf(pair))), 0);

  let residual = residualNow();
  let sweeps = 0;
  // Half the tolerance: what was equalized and rounded is within the tolerance the next time.
  for (let goal = tolerance; residual > goal && sweeps < most; goal = tolerance / 2, sweeps++) {
    for (const [p, pair] of pairs.entries()) {
      const step = stepOf(pair);
      for (const [i, s] of step.entries()) {
        scales[p]![i]! *= s;
        made[pair.from]![i]! *= s;
      }
      for (let i = 0; i < read[pair.to]!.length; i++) read[pair.to]![i]! *= step[i % step.length]!;
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
