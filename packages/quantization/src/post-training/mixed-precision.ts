import * as tf from '@tensorflow/tfjs-core';
import { checkListening } from '@weightkit/checkpoint';
import {
  type CalibrationData,
  checkCalibration,
  exclusively,
  inCallOrder,
  inputGrams,
  type KernelProduct,
  kernelProducts,
  type ModelLike,
  type SkippedWeight,
  type Weight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import {
  checkFinite,
  checkFunction,
  checkNumber,
  checkOptions,
  checkRange,
  checkType,
  isPlainObject,
} from '@weightkit/numerics/check';
import {
  type Candidate,
  changeOf,
  checkGoal,
  chosenByEffect,
  type Priced,
  type Trials,
  trialsOf,
} from '../effect/bits-by-effect.ts';
import { type Effect, effectBetween, observe } from '../effect/effect.ts';
import { type Probes, probeSet } from '../effect/probes.ts';
import { dequantizeValuesAs } from '../grids/dequantize-values.ts';
import type { QuantizedValues } from '../grids/quantized-values.ts';
import { adaRoundKernel } from './ada-round.ts';
import { ADA_ROUND, type AdaRoundValuesOptions, checkAdaRound } from './ada-round-values.ts';
import { awqKernel, awqKernelValues } from './awq.ts';
import { AWQ, type AwqValuesOptions, checkAwq } from './awq-values.ts';
import { assign, type KernelProgress, keptValues, kernelsOf, packedSize } from './calibrated-kernels.ts';
import { gptqKernel } from './gptq.ts';
import { checkGptq, GPTQ, type GptqValuesOptions } from './gptq-values.ts';
import { type CheckedHqq, checkHqq, HQQ, type HqqValuesOptions, hqqDecoded, hqqValuesOf } from './hqq-values.ts';
import {
  bitsOf,
  type CheckedGrid,
  checkKernelGrid,
  KERNEL_GRID,
  type KernelGrid,
  quantizeKernel,
} from './kernel-grid.ts';
import { kernelOfMatrix, liesOtherwise, matrixOfKernel } from './kernel-matrix.ts';
import { errorsOf, roundMatrices, type SeenKernel } from './layer-by-layer.ts';

/** A kernel on one grid, and what it does to the outputs when it alone is rounded. */
export interface TriedGrid {
  /** The grid, as it was given. */
  grid: KernelGrid;
  /** Codes and scales as plain data, as {@link gptq} and {@link awq} have them. */
  quantized: QuantizedValues;
  /** With `method: 'awq'` the factors of inputs, as {@link awq} has them; null without. */
  factors: Float32Array | null;
  /** How many outputs in a row share a factor, as {@link awq} has it; null without factors. */
  factorColumns: number | null;
  /**
   * With `method: 'hqq'` the places of 0 between codes, one for each scale, as {@link hqq} has them, and a value is (code − zero) · scale;
   * null without.
   */
  zeros: Float32Array | null;
  /** Bytes of packed codes, scales, zero points and factors. */
  bytes: number;
  /** ‖X W − X Ŵ‖ / ‖X W‖: by how much the sums of the layer change; 0 where both are 0. */
  error: number;
  /** The same of the nearest codes. */
  nearest: number;
  /** The least share of equal top classes among the outputs that are classes; null without one. */
  agree: number | null;
  /** The largest relative change among the outputs. */
  relative: number;
  /** The relative changes of all outputs, squared and added: what is made least. */
  change: number;
}

/** What was tried with a kernel. */
export interface TriedKernel {
  /** The kernel's path. */
  path: string;
  /** Bytes of its float32 values. */
  bytes: number;
  /** The rows of inputs that it was rounded by: examples, times the places of a window or the time steps. */
  rows: number;
  /** How many probes the effect is of. */
  probes: number;
  /** The grids in their order. */
  tried: TriedGrid[];
}

/** A kernel on the grid that was chosen for it. */
export interface MixedLayer extends TriedGrid {
  /** The kernel's path. */
  path: string;
  /** Whether its codes lie in another order than the kernel, as those of a transposed convolution do; left out where they do not. */
  transposed?: true | undefined;
  /** The rows of inputs that it was rounded by. */
  rows: number;
}

/** The numbers of a method, by the names that it has for them itself; those of its grids stand in the grids. */
export type MethodSettings = Partial<
  Omit<GptqValuesOptions & AwqValuesOptions & AdaRoundValuesOptions, keyof KernelGrid> &
    Omit<HqqValuesOptions, 'bits' | 'group'>
>;

/** Options of {@link mixedPrecision}. */
export interface MixedPrecisionOptions {
  /**
   * How kernels are rounded: `'gptq'` as {@link gptq}, `'awq'` as {@link awq}, `'adaRound'` as {@link adaRound}, whose grids are those of
   * integers, `'hqq'` as {@link hqq}, whose grids are uint2 to uint8 with groups, or `'nearest'`.
   *
   * @defaultValue `'gptq'`
   */
  method?: 'gptq' | 'awq' | 'adaRound' | 'hqq' | 'nearest' | undefined;
  /**
   * The numbers of the method: `actOrder`, `blockSize` and `dampening` of {@link gptq}; `clip` and `steps` of {@link awq}; `iterations`,
   * `learningRate` and `regularization` of {@link adaRound}; `p`, `beta`, `kappa` and `iterations` of {@link hqq}.
   *
   * @defaultValue those of the method
   */
  settings?: MethodSettings | undefined;
  /**
   * The grids among which each kernel gets one, or stays float32.
   *
   * @defaultValue int2, int3, int4, int6 and int8, of `'hqq'` uint2 to uint8, each with a scale for 64 inputs in a row
   */
  grids?: readonly KernelGrid[] | undefined;
  /**
   * The share of top classes that must stay, in 0..1; outputs that are no classes may change by the rest of it, in relative L2. Kernels
   * get the fewest bytes that this allows.
   *
   * @defaultValue `0.99` without `bytes`
   */
  agree?: number | undefined;
  /** How many bytes all weights of the model may take at most, those that stay float32 among them, at the least change of outputs. */
  bytes?: number | undefined;
  /**
   * What outputs are compared on, as of {@link compareOutputs}: better other examples than those that kernels are rounded by.
   *
   * @defaultValue the examples themselves
   */
  probes?: Probes | undefined;
  /**
   * Which kernels: a path, glob, RegExp, predicate or a list of these.
   *
   * @defaultValue the kernels of dense layers, of convolutions of every kind, and of recurrent layers
   */
  filter?: WeightFilter | undefined;
  /**
   * What an earlier run tried with the same grids, in the order in which it came: `tried` of its report, or what `onLayer` was given
   * before it ended. It is taken as it is, so that another size or share costs no more trials.
   */
  resume?: readonly TriedKernel[] | undefined;
  /** Called, and awaited, after each kernel that was tried; what it throws ends the run and leaves the model as it was. */
  onLayer?: ((kernel: TriedKernel, progress: KernelProgress) => void | Promise<void>) | undefined;
  /** Stops between kernels that are tried; the model is then as it was. */
  signal?: AbortSignal | undefined;
}

/** What {@link mixedPrecision} did. */
export interface MixedPrecisionReport {
  /** The kernels that have codes now, in the order of their calls. */
  layers: MixedLayer[];
  /** Weights that stay as they are, with the reason. */
  skipped: SkippedWeight[];
  /** All that was tried. */
  tried: TriedKernel[];
  /** Bytes of all weights of the model as they are in the model. */
  bytesBefore: number;
  /** Bytes of all weights with the packed codes, scales and factors of the layers. */
  bytesAfter: number;
  /** What all of it does to the outputs. */
  effect: Effect;
  /** Puts back the kernels as they were before, whatever was done to them since. */
  restore(): void;
}

const fn = 'mixedPrecision';
const NAMES = ['method', 'settings', 'grids', 'agree', 'bytes', 'probes', 'filter', 'resume', 'onLayer', 'signal'];
const BITS = [2, 3, 4, 6, 8] as const;
const GRIDS: readonly KernelGrid[] = BITS.map((bits) => ({ dtype: `int${bits}`, group: 64 }));
const HQQ_GRIDS: readonly KernelGrid[] = BITS.map((bits) => ({ dtype: `uint${bits}`, group: 64 }));

/** What codes stand for. */
type Codes = Pick<TriedGrid, 'quantized' | 'factors' | 'factorColumns' | 'zeros'>;

/** A kernel on a grid, before it is tried. */
type Rounded = Codes & Pick<TriedGrid, 'bytes' | 'error' | 'nearest'>;

/** Rounds a kernel, as a matrix. */
type Round = (path: string, values: Float32Array, seen: SeenKernel) => Rounded;

/** What a method made, without what is told of it elsewhere. */
const rounded = (
  { quantized, bytes, error, nearest }: Pick<Rounded, 'quantized' | 'bytes' | 'error' | 'nearest'>,
  beside: Partial<Codes> = {},
): Rounded => ({ quantized, factors: null, factorColumns: null, zeros: null, ...beside, bytes, error, nearest });

function nearestKernel(values: Float32Array, seen: SeenKernel, grid: CheckedGrid): Rounded {
  const made = roundMatrices(fn, values, seen, grid, (own, [inputs, outputs]) => {
    const quantized = quantizeKernel(fn, own, inputs, outputs, grid);
    return { quantized, values: dequantizeValuesAs(fn, quantized) };
  });
  return rounded({ ...made, bytes: packedSize(made.quantized) });
}

/** Codes of HQQ, which sees weights alone. */
function hqqKernel(values: Float32Array, seen: SeenKernel, grid: CheckedGrid, settings: CheckedHqq): Rounded {
  const group = Math.min(grid.group, Math.max(1, seen.inputs));
  const shape = [seen.inputs, seen.inputs === 0 ? 0 : values.length / seen.inputs] as const;
  const { codes, scales, zeros, values: decoded } = hqqValuesOf(values, shape, { ...settings, group });
  const quantized = { dtype: grid.dtype, shape: [...shape], block: [group, 1], codes, scales, zeroPoints: null };
  const plain = dequantizeValuesAs(fn, quantizeKernel(fn, values, ...shape, grid));
  const bytes = packedSize(quantized) + zeros.byteLength;
  return rounded({ quantized, bytes, ...errorsOf(values, decoded, plain, seen) }, { zeros });
}

/** How a method rounds to a grid, all of it checked. */
type Rounding = (grid: KernelGrid, settings: MethodSettings) => Round;

const ROUNDINGS: Record<NonNullable<MixedPrecisionOptions['method']>, { names: string[]; rounding: Rounding }> = {
  gptq: {
    names: GPTQ,
    rounding: (grid, settings) => {
      const checked = checkGptq(fn, { ...settings, ...grid });
      return (path, values, seen) => rounded(gptqKernel(fn, path, values, seen, checked).layer);
    },
  },
  awq: {
    names: AWQ,
    rounding: (grid, settings) => {
      const checked = checkAwq(fn, { ...settings, ...grid });
      return (path, values, seen) => {
        const { layer } = awqKernel(fn, path, values, seen, checked);
        const { factors, factorColumns } = layer;
        return rounded(layer, { factors, factorColumns });
      };
    },
  },
  adaRound: {
    names: ADA_ROUND,
    rounding: (grid, settings) => {
      const checked = checkAdaRound(fn, { ...settings, ...grid } as AdaRoundValuesOptions);
      return (path, values, seen) => rounded(adaRoundKernel(fn, path, values, seen, checked).layer);
    },
  },
  hqq: {
    names: HQQ.filter((name) => name !== 'bits' && name !== 'group'),
    rounding: (grid, settings) => {
      const checked = checkKernelGrid(fn, grid);
      const { dtype, scheme, narrow } = checked;
      checkRange(/^uint[2-8]$/.test(dtype), `${fn}: dtype with hqq must be uint2 to uint8`, dtype);
      checkRange(scheme === undefined || scheme === 'affine', `${fn}: scheme with hqq must be affine`, scheme);
      checkRange(!narrow, `${fn}: narrow must be left out with hqq`, narrow);
      const numbers = checkHqq(fn, { ...settings, bits: bitsOf(dtype) });
      return (_, values, seen) => hqqKernel(values, seen, checked, numbers);
    },
  },
  nearest: {
    names: [],
    rounding: (grid) => {
      const checked = checkKernelGrid(fn, grid);
      return (_, values, seen) => nearestKernel(values, seen, checked);
    },
  },
};
const METHODS = Object.keys(ROUNDINGS);

/** The grids, checked, each with what rounds to it. */
function roundings(options: MixedPrecisionOptions): { grid: KernelGrid; round: Round }[] {
  const { method = 'gptq', settings = {}, grids = method === 'hqq' ? HQQ_GRIDS : GRIDS } = options;
  checkType(METHODS.includes(method), `${fn}: method must be among ${METHODS}`, method);
  const { names, rounding } = ROUNDINGS[method];
  checkType(isPlainObject(settings), `${fn}: settings must be a plain object`, settings);
  checkOptions(fn, settings, names, `settings of ${method}`);
  checkType(Array.isArray(grids), `${fn}: grids must be a list of grids`, grids);
  checkRange(grids.length > 0, `${fn}: grids must have one or more`, grids);
  return Array.from(grids, (grid, i) => {
    checkType(isPlainObject(grid), `${fn}: grids[${i}] must be a plain object`, grid);
    checkOptions(fn, grid, KERNEL_GRID, `grids[${i}]`);
    return { grid: { ...grid }, round: rounding(grid, settings) };
  });
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Codes with zero points between them, as HQQ has them, of an earlier run too. */
function hqqMatrix({ quantized, zeros }: Codes): Float32Array {
  const { block, shape, scales } = quantized;
  dequantizeValuesAs(fn, quantized);
  const finite = zeros instanceof Float32Array && zeros.every(Number.isFinite);
  checkRange(finite, `${fn}: zeros must be a Float32Array of finite numbers`, zeros);
  checkRange(zeros!.length === scales?.length, `${fn}: zeros must be one for each scale`, zeros!.length);
  const codes = quantized.codes as Uint8Array;
  return hqqDecoded({ shape: shape as [number, number], group: block![0]!, codes, scales: scales!, zeros: zeros! });
}

/** What the codes of a kernel stand for, in its own order. */
function decodedKernel(path: string, made: Codes, products: readonly KernelProduct[]): Float32Array {
  const { quantized, factors, zeros } = made;
  const matrixOf = () => {
    if (zeros) return hqqMatrix(made);
    return factors ? awqKernelValues(fn, { path, quantized, factors }, products) : dequantizeValuesAs(fn, quantized);
  };
  return kernelOfMatrix(matrixOf(), products);
}

/** Throws unless an earlier run has tried these kernels, from the first on, with these grids. */
function checkTried(resume: unknown, kernels: readonly Weight[], grids: readonly KernelGrid[]): readonly TriedKernel[] {
  checkType(Array.isArray(resume), `${fn}: resume must be a list of what was tried`, resume);
  for (const [i, one] of (resume as TriedKernel[]).entries()) {
    const at = `resume[${i}]`;
    checkType(isPlainObject(one), `${fn}: ${at} must be what was tried with a kernel`, one);
    const weight = kernels[i];
    const fits = weight !== undefined && one.path === weight.path;
    checkRange(fits, `${fn}: ${at} must be of ${weight?.path ?? 'no kernel more'}`, one.path);
    const { path, tried, rows } = one;
    const listed = Array.isArray(tried) && tried.length === grids.length && tried.every(isPlainObject);
    checkType(listed, `${fn}: ${at}.tried must have each of the grids`, tried);
    checkNumber(`${fn}: ${at}.rows must be 1 or more`, rows, (n) => Number.isInteger(n) && n >= 1);
    const size = product(weight!.shape);
    for (const [g, choice] of tried.entries()) {
      const wanted = grids[g]! as Record<string, unknown>;
      const own = (choice.grid ?? {}) as Record<string, unknown>;
      const same = KERNEL_GRID.every((name) => own[name] === wanted[name]);
      checkRange(same, `${fn}: ${at}.tried[${g}] must be of the same grid`, choice.grid);
      for (const name of ['bytes', 'change'] as const)
        checkNumber(`${fn}: ${at}.tried[${g}].${name} must be 0 or more`, choice[name], (n) => n >= 0);
      const values = decodedKernel(path, choice, kernelProducts(weight!));
      checkRange(values.length === size, `${fn}: ${at}.tried[${g}] must have ${size} codes`, values.length);
    }
  }
  return resume as readonly TriedKernel[];
}

/** Rounds a kernel to each of the grids, and tries what it does to the outputs. */
async function tryKernel(
  model: ModelLike,
  weight: Weight,
  values: Float32Array,
  data: CalibrationData,
  grids: readonly { grid: KernelGrid; round: Round }[],
  trials: Trials,
): Promise<TriedKernel | null> {
  const { path } = weight;
  const grams = await inputGrams(fn, model, weight, data.x);
  if (grams.rows === 0) return null;
  const products = kernelProducts(weight);
  const matrix = matrixOfKernel(values, products);
  const tried: TriedGrid[] = [];
  for (const { grid, round } of grids) {
    const made = round(path, matrix, { ...grams, products });
    const decoded = decodedKernel(path, made, products);
    checkFinite(fn, 'rounded weights', path, decoded);
    const effect = await trials.effectOf(path, decoded);
    const { agree, relative } = effect;
    tried.push({ grid: { ...grid }, ...made, agree, relative, change: changeOf(effect) });
  }
  return { path, bytes: values.byteLength, rows: grams.rows, probes: trials.count, tried };
}

/** What was tried with a kernel, for the solver; codes are expanded when they are asked for. */
function pricesOf({ path, bytes, tried }: TriedKernel, products: readonly KernelProduct[]): Priced<TriedGrid>[] {
  const options = tried.map(
    (choice): Candidate<TriedGrid> => ({
      choice,
      bytes: choice.bytes,
      get decoded() {
        return decodedKernel(path, choice, products);
      },
    }),
  );
  return [
    { option: null, bytes, change: 0 },
    ...options.map((option) => ({ option, bytes: option.bytes, change: option.choice.change })),
  ];
}

/**
 * Gives each kernel of a trained model as many bits as its outputs need: mixed precision by sensitivity. Each kernel is rounded alone to
 * each of the grids by unlabelled examples, and it is measured what that does to the outputs on up to 32 probes: the relative change of
 * each output, squared, as of errors that do not know of each other. Of all ways to choose one grid for each kernel, or float32, that with
 * the least sum of these is taken that fits `bytes`, or that with the fewest bytes that keeps `agree` on all probes, found by bisection
 * (the multiple-choice knapsack by a dynamic program over undominated sums, Nemhauser and Ullmann 1969,
 * https://doi.org/10.1287/mnsc.15.9.494; sensitivities for mixed precision: Dong et al. 2019, https://arxiv.org/abs/1905.03696, which
 * takes the Hessian for them).
 *
 * A kernel is rounded by what the model gives as it was before, so that what is taken at last has the very codes that were tried. The model
 * computes with the rounded values in float32: memory and speed do not change. Codes, scales and factors are in the report, as plain data.
 *
 * @example
 * const grids = ['int2', 'int4', 'int8'].map((dtype) => ({ dtype, group: 4 }));
 * const report = await mixedPrecision(model, { x }, { grids, bytes: 400 });
 * console.log(report.bytesBefore, report.bytesAfter <= 400); // -> 580 true
 * const again = await mixedPrecision(model, { x }, { grids, agree: 0.95, resume: report.tried }); // without trials
 *
 * @param model - a built LayersModel
 * @param data - inputs: a few hundred examples of what the model will see
 * @param options - the method, the grids, and what must hold
 * @returns the kernels with their grids, what was tried, what it does to the outputs, and the way back
 * @throws RangeError for NaN or infinity in weights or activations, by path, for options out of range, a filter that matches other
 * weights than these kernels and fewer bytes than the coarsest grids take; TypeError for an unknown option; Error when the model is not
 * built, or when a weight is parametrized. Nothing has changed then
 */
export async function mixedPrecision(
  model: ModelLike,
  data: CalibrationData,
  options: MixedPrecisionOptions = {},
): Promise<MixedPrecisionReport> {
  checkCalibration(fn, model, data);
  checkOptions(fn, options, NAMES);
  const { filter, resume = [], onLayer, signal, probes = data.x } = options;
  const grids = roundings(options);
  const goal = checkGoal(fn, options);
  if (onLayer !== undefined) checkFunction(fn, 'onLayer', onLayer);
  checkListening(fn, { signal });
  const set = await probeSet(fn, model, probes, options.probes === undefined ? 'data.x' : 'probes');
  const all = weightsOf(model, undefined, fn);
  return exclusively(fn, all, async () => {
    const { kernels, skipped } = kernelsOf(fn, model, filter);
    const ordered = inCallOrder(fn, model, kernels, data.x);
    const earlier = checkTried(
      resume,
      ordered,
      grids.map(({ grid }) => grid),
    );
    const { values, restore } = await keptValues(fn, ordered);
    try {
      const before = await observe(model, set, { layers: true });
      const trials = await trialsOf(model, all, set);
      const tried: TriedKernel[] = [...earlier];
      const called = new Map(earlier.map(({ path }, i) => [path, ordered[i]!]));
      try {
        for (const weight of ordered.slice(earlier.length)) {
          signal?.throwIfAborted();
          const found = await tryKernel(model, weight, values.get(weight.path)!, data, grids, trials);
          if (found === null) {
            skipped.push({ path: weight.path, reason: 'the model does not call its layer' });
            continue;
          }
          tried.push(found);
          called.set(found.path, weight);
          await onLayer?.(found, { done: tried.length, total: ordered.length });
        }
      } finally {
        trials.dispose();
      }
      signal?.throwIfAborted();
      const bytesOf = ({ shape, dtype }: Weight): number => product(shape) * tf.util.bytesPerElement(dtype);
      const bytesBefore = all.reduce((sum, weight) => sum + bytesOf(weight), 0);
      const fixedBytes = bytesBefore - tried.reduce((sum, { path }) => sum + bytesOf(called.get(path)!), 0);
      const priced = tried.map((one) => ({
        path: one.path,
        tried: pricesOf(one, kernelProducts(called.get(one.path)!)),
      }));
      const chosen = await chosenByEffect(fn, model, all, priced, { ...goal, fixedBytes }, set, before);
      const layers: MixedLayer[] = [];
      for (const { path, rows } of tried) {
        const candidate = chosen.get(path);
        if (!candidate) {
          skipped.push({ path, reason: 'float32 is what the outputs need' });
          continue;
        }
        const weight = called.get(path)!;
        assign(weight.variable!, candidate.decoded, weight.shape);
        const turned = liesOtherwise(kernelProducts(weight));
        layers.push({ path, rows, ...candidate.choice, ...(turned && { transposed: true }) });
      }
      const saved = layers.reduce((sum, { path, bytes }) => sum + bytesOf(called.get(path)!) - bytes, 0);
      const effect = effectBetween(before, await observe(model, set, { layers: true }), set);
      return { layers, skipped, tried, bytesBefore, bytesAfter: bytesBefore - saved, effect, restore };
    } catch (error) {
      restore();
      throw error;
    }
  });
}
