import {
  type CalibrationData,
  capture,
  checkCalibration,
  exclusively,
  type ModelLike,
  type SkippedWeight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkFinite, checkNumber, checkOptions, checkRange } from '@weightkit/numerics/check';
import { eachBatch } from '../calibration/each-batch.ts';
import { observe } from '../effect/effect.ts';
import { probeSet } from '../effect/probes.ts';
import { largestDifference } from '../repair/difference.ts';
import { inputOf, outputOf, type Stage } from '../repair/kernel-units.ts';
import { assign, checkPlainWeights, keptValues } from './calibrated-kernels.ts';
import { largestRead, smoothingFactors } from './smoothing-factors.ts';
import { type SmoothingSite, smoothingSites } from './smoothing-sites.ts';

/** Options of {@link smoothQuant}. */
export interface SmoothQuantOptions {
  /**
   * How much of the difficulty goes from activations into weights, in 0..1: 0 evens out the weights alone, 1 the activations alone.
   *
   * @defaultValue 0.5
   */
  alpha?: number | undefined;
  /**
   * Whose inputs are smoothed, by their kernels: a path, glob, RegExp, predicate or a list of these. Layers that read the same units
   * are smoothed together or not at all.
   *
   * @defaultValue the kernels of all dense layers and convolutions
   */
  filter?: WeightFilter | undefined;
}

/** How far the largest activations stand out. */
export interface ActivationSpread {
  /** The largest max|x| of a unit over the mean of all units' max|x|, before; 1 where all are equal, 0 where all are 0. */
  before: number;
  /** The same after. */
  after: number;
}

/** Units that were smoothed. */
export interface SmoothedUnits {
  /** The path of the norm, dense layer or convolution that makes them: its weights were divided by the factors. */
  from: string;
  /** The paths of the layers that read them: their kernels were multiplied by the factors. */
  to: string[];
  /** The factor s of each unit. */
  factors: Float64Array;
  /** How far the largest units stand out among them, on the data. */
  spread: ActivationSpread;
}

/** What {@link smoothQuant} did. */
export interface SmoothQuantReport {
  /** The units that were smoothed, in the order of the graph. */
  smoothed: SmoothedUnits[];
  /** Dense layers and convolutions whose inputs stay as they are, with the reason. */
  skipped: SkippedWeight[];
  /** The largest difference of the model's outputs on the data, by the largest output: rounding of float32 alone. */
  difference: number;
  /** Puts back all weights as they were before, to the bit, whatever was done to them since. */
  restore(): void;
}

const fn = 'smoothQuant';

/** The sites that a filter lets through whole, and why the others stay. */
function chosenSites(
  model: ModelLike,
  filter: WeightFilter | undefined,
): { sites: SmoothingSite[]; skipped: SkippedWeight[] } {
  const { sites, skipped } = smoothingSites(fn, model);
  if (filter === undefined) return { sites, skipped };
  const chosen = weightsOf(model, filter, fn);
  const layers = new Set([...skipped.map(({ path }) => path), ...sites.flatMap(readersOf)]);
  const known = new Set(sites.flatMap(({ readers }) => readers.map(({ stage }) => stage.path)));
  const isKernel = ({ path }: { path: string }): boolean =>
    known.has(path) || (/\/(kernel|depthwiseKernel)$/.test(path) && layers.has(path.slice(0, path.lastIndexOf('/'))));
  const strange = chosen.find((weight) => !isKernel(weight));
  checkRange(
    strange === undefined,
    `${fn}: filter must match kernels of dense layers and convolutions alone`,
    strange?.path,
  );
  const paths = new Set(chosen.map(({ path }) => path));
  const kept: SmoothingSite[] = [];
  for (const site of sites) {
    const out = site.readers.find(({ stage }) => !paths.has(stage.path));
    if (!out) kept.push(site);
    for (const { call, stage } of out ? site.readers : [])
      skipped.push({
        path: call.path,
        reason: paths.has(stage.path)
          ? `the filter leaves out ${out!.call.path}, which reads the same`
          : 'the filter leaves it out',
      });
  }
  return { sites: kept, skipped };
}

const readersOf = ({ readers }: SmoothingSite): string[] => readers.map(({ call }) => call.path);

/** max|x| of each unit of each site on the data. */
async function activationsOf(
  model: ModelLike,
  sites: readonly SmoothingSite[],
  data: CalibrationData,
): Promise<Float64Array[]> {
  const largest = sites.map(({ count }) => new Float64Array(count));
  const places = new Map(sites.flatMap(({ readers }, s) => readers.map(({ call }) => [call.layer as unknown, s])));
  await eachBatch(fn, model, data, Number.POSITIVE_INFINITY, async (batch) => {
    // ReLU of wasm makes 0 of NaN: it may not arrive where units are read.
    for (const tensor of batch) checkFinite(fn, 'activations', 'x', Float32Array.from(await tensor.data()));
    const layers = sites.flatMap(({ readers }) => readers.map(({ call }) => call.layer));
    const captured = capture(model, layers, batch);
    try {
      for (const { layer, path, inputs } of captured.calls) {
        const own = largest[places.get(layer)!]!;
        const values = (await inputs[0]!.data()) as Float32Array;
        checkFinite(fn, 'activations', `the input of ${path}`, values);
        for (let i = 0; i < values.length; i++) {
          const unit = i % own.length;
          const size = Math.abs(values[i]!);
          if (size > own[unit]!) own[unit] = size;
        }
      }
    } finally {
      captured.dispose();
    }
  });
  return largest;
}

function spreadOf(largest: Float64Array): number {
  const mean = largest.reduce((sum, x) => sum + x, 0) / largest.length;
  return mean === 0 ? 0 : largest.reduce((a, b) => Math.max(a, b), 0) / mean;
}

/** The weights with the factors of all sites, in float64 and rounded once. */
function smoothedValues(
  sites: readonly SmoothingSite[],
  factors: readonly Float64Array[],
  values: ReadonlyMap<string, Float32Array>,
): Map<string, Float32Array> {
  const result = new Map<string, Float32Array>();
  const stages = new Map<string, Stage>();
  const made = new Map<string, Float64Array>();
  const read = new Map<string, Float64Array>();
  for (const [s, { kernel, vectors, readers }] of sites.entries()) {
    for (const path of vectors)
      result.set(
        path,
        values.get(path)!.map((value, i) => value / factors[s]![i]!),
      );
    if (kernel) made.set(kernel.path, factors[s]!);
    for (const { stage } of readers) read.set(stage.path, factors[s]!);
    for (const stage of [...(kernel ? [kernel] : []), ...readers.map((reader) => reader.stage)])
      stages.set(stage.path, stage);
  }
  for (const [path, { units }] of stages) {
    const [by, of] = [made.get(path), read.get(path)];
    result.set(
      path,
      values
        .get(path)!
        .map(
          (value, entry) =>
            (value * (of ? of[inputOf(units, entry) % of.length]! : 1)) / (by ? by[outputOf(units, entry)]! : 1),
        ),
    );
  }
  return result;
}

/** The paths of all weights that sites change. */
const weightsAt = (sites: readonly SmoothingSite[]): Set<string> =>
  new Set(
    sites.flatMap(({ kernel, vectors, readers }) => [
      ...(kernel ? [kernel.path] : []),
      ...vectors,
      ...readers.map(({ stage }) => stage.path),
    ]),
  );

/**
 * Makes activations easier to round: where a few units are much larger than the others, one scale for all leaves these others almost no
 * codes. Each unit is divided by a factor s where it is made, and the weights that read it are multiplied by s, so that the model computes
 * what it did; s = max|x|^α / max|w|^(1 − α), by unlabelled examples. Do it before {@link calibrate}, {@link convert} or a method that
 * rounds.
 *
 * Units are found on the graph: made by a BatchNormalization or LayerNormalization with a gamma on the last axis, or by a dense layer or
 * convolution (depthwise, separable and transposed too), and read by dense layers and convolutions alone, through ReLU, leaky and
 * parametric ReLU, pooling, padding, dropout and flatten, in nested models too. All factors come from weights and activations as they
 * were, in float64 on the host. What is trained on has other gradients. The model stays a stock one.
 *
 * (Xiao et al. 2022, https://arxiv.org/abs/2211.10438.)
 *
 * @example
 * const { smoothed, skipped, difference, restore } = await smoothQuant(model, { x });
 * console.log(smoothed[0].from, smoothed[0].to.length, difference < 1e-4); // -> dense1 1 true
 * console.log(skipped[0].path, skipped[0].reason); // -> dense1 the model is given what it reads
 * restore();
 *
 * @param model - a built LayersModel, whose weights are changed
 * @param data - inputs: a few hundred examples of what the model will see
 * @param options - see {@link SmoothQuantOptions}
 * @returns what was smoothed, and the way back
 * @throws RangeError for NaN or infinity in weights or activations, by path, for weights that would overflow, for an alpha out of range and
 * a filter that matches other weights; TypeError for an unknown option; Error when the model is not built, or when a weight is parametrized.
 * Nothing has changed then
 */
export async function smoothQuant(
  model: ModelLike,
  data: CalibrationData,
  options: SmoothQuantOptions = {},
): Promise<SmoothQuantReport> {
  checkCalibration(fn, model, data);
  checkOptions(fn, options, ['alpha', 'filter']);
  const { alpha = 0.5, filter } = options;
  checkNumber(`${fn}: alpha must be a number in 0..1`, alpha, (x) => x >= 0 && x <= 1);
  const all = weightsOf(model, undefined, fn);
  return exclusively(fn, all, async () => {
    const { sites, skipped } = chosenSites(model, filter);
    const paths = weightsAt(sites);
    const weights = all.filter(({ path }) => paths.has(path));
    checkPlainWeights(fn, model, weights);
    const { values, restore } = await keptValues(fn, weights);
    const activations = await activationsOf(model, sites, data);
    const factors = sites.map(({ readers, count }, s) => {
      const kernels = readers.map(({ stage: { path, units } }) => ({ values: values.get(path)!, units }));
      return smoothingFactors(activations[s]!, largestRead(kernels, count), alpha);
    });
    const changed = smoothedValues(sites, factors, values);
    for (const [path, own] of changed) checkFinite(fn, 'smoothed weights', path, own);
    const probes = await probeSet(fn, model, data.x, 'data.x');
    const before = await observe(model, probes);
    try {
      for (const { path, shape, variable } of weights) assign(variable!, changed.get(path)!, shape);
      const after = await observe(model, probes);
      const [a, b] = [before, after].map(({ outputs }) => outputs.map((output) => output.values));
      return {
        smoothed: sites.map((site, s) => ({
          from: site.from.path,
          to: readersOf(site),
          factors: factors[s]!,
          spread: {
            before: spreadOf(activations[s]!),
            after: spreadOf(activations[s]!.map((x, i) => x / factors[s]![i]!)),
          },
        })),
        skipped,
        difference: largestDifference(a!, b!),
        restore,
      };
    } catch (error) {
      restore();
      throw error;
    }
  });
}
