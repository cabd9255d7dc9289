import type * as tf from '@tensorflow/tfjs-core';
import { type CheckpointTensor, toArtifacts } from '@weightkit/checkpoint';
import {
  allDone,
  checkIdle,
  checkModel,
  exclusively,
  finiteValues,
  foldAll,
  foldModel,
  isKernel,
  type ModelLike,
  type Parametrization,
  parametrizationsOf,
  parametrize,
  type SkippedWeight,
  type Weight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkBoolean, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import type { IntegerDtype } from '../grids/integers.ts';
import { isIntegerDtype } from '../grids/integers.ts';
import type { QuantizedValues } from '../grids/quantized-values.ts';
import { codedTensor, measured } from '../model/coded-tensor.ts';
import type { QuantizedModel } from '../model/quantized-model.ts';
import { firstSteps, type Steps, stepsOf, withSteps } from './learned-step.ts';
import { checkTrainingGrid, roundStraightThrough, type TrainingGrid } from './on-grid.ts';
import { allCodes, stockCodes, type Trained } from './trained-codes.ts';

const FN = 'trainQuantized';

/** Options of {@link trainQuantized}. */
export interface TrainQuantizedOptions {
  /**
   * The grid of the weights.
   *
   * @defaultValue `{ dtype: 'int8' }`: one scale for a weight, 0 in the middle
   */
  grid?: TrainingGrid | undefined;
  /**
   * Whether the steps of the grid are trained as well, see {@link learnedStep}: integers with a sign, one step for a weight or an axis.
   *
   * @defaultValue false: steps follow the least and the greatest weight
   */
  learned?: boolean | undefined;
  /**
   * Which weights: path, glob, RegExp, function or a list of these.
   *
   * @defaultValue every kernel (`isKernel` of `@weightkit/core`), of embeddings and recurrent cells too
   */
  filter?: WeightFilter | undefined;
}

/** Options of {@link QuantizedTraining.quantized}. */
export interface TrainedModelOptions {
  /**
   * Whether weights may have other names in the file where stock TensorFlow.js could not tell them apart.
   *
   * @defaultValue false: an error
   */
  rename?: boolean | undefined;
}

/** A model whose weights train on a grid; see {@link trainQuantized}. */
export interface QuantizedTraining {
  /** One for a weight, in model order; `variables.step` are its learned steps. */
  readonly parametrizations: readonly Parametrization[];
  /** Weights that passed the filter and stay as they are, and why. */
  readonly skipped: readonly SkippedWeight[];
  /** Whether the model must be compiled with a NEW optimizer now, and again after `fold` or `restore`: where steps are learned. */
  readonly needsRecompile: boolean;
  /**
   * Codes, scales and zero points of what the layers compute with now, by path: {@link dequantizeValues} gives the same bits.
   *
   * @throws Error where a weight is not finite, or another transform on top has taken it off the grid
   */
  codes(): Promise<Record<string, QuantizedValues>>;
  /**
   * The model for {@link save}: what stock TensorFlow.js loads are the bits that the layers compute with now. A weight with one scale has
   * codes of one byte, two for uint16; values that float16 has take two; all others are float32, and `report.skipped` says why.
   *
   * @throws Error as `codes`
   */
  quantized(options?: TrainedModelOptions): Promise<QuantizedModel>;
  /**
   * Takes the grids away and leaves in the layers what they compute with: the model predicts as before.
   *
   * @throws Error when one was taken away already; nothing has changed then
   */
  fold(): void;
  /**
   * Takes the grids away and leaves the raw weights, as they are by now.
   *
   * @throws Error when one was taken away already; nothing has changed then
   */
  restore(): void;
}

function learnedSteps(fn: string, shape: readonly number[], grid: TrainingGrid): Steps {
  checkOptions(fn, grid, ['dtype', 'granularity'], 'grid with learned steps');
  const { dtype, granularity = 'tensor' } = grid;
  const signed = isIntegerDtype(dtype) && !dtype.startsWith('u');
  checkType(signed, `${fn}: dtype with learned steps must be int2 to int8`, dtype);
  const byAxis = typeof granularity === 'object' && 'axis' in granularity && !('group' in granularity);
  const rule = `${fn}: granularity with learned steps must be tensor or { axis }`;
  checkType(granularity === 'tensor' || byAxis, rule, granularity);
  return stepsOf(fn, shape, { dtype: dtype as IntegerDtype, axis: byAxis ? granularity.axis : null });
}

function reasonNot(weight: Weight): string | null {
  if (weight.dtype !== 'float32') return `is ${weight.dtype}, not float32`;
  if (weight.property === null) return 'is not held by a property of its layer';
  return weight.shape.includes(0) ? 'has no entries' : null;
}

/** Installs a grid on a weight, its options already checked. */
function place(weight: Weight, grid: TrainingGrid, learned: boolean): Trained {
  const { path, shape } = weight;
  const checked = checkTrainingGrid(FN, shape, grid);
  const steps = learned ? learnedSteps(FN, shape, grid) : null;
  const handle = parametrize(weight, {
    forward: (w, { step }) => (steps ? withSteps(w, step!, steps) : roundStraightThrough(FN, w, checked)),
    // What is on a grid already stays as it is where steps are learned and fit; elsewhere it is the nearest there is.
    rightInverse: (value) => value,
    ...(steps && { variables: { step: (value: tf.Tensor) => firstSteps(value, steps) } }),
    kind: 'fakeQuantization',
    fn: FN,
  });
  return { path, grid: checked, handle };
}

async function writtenModel(model: ModelLike, all: readonly Trained[], rename: boolean): Promise<QuantizedModel> {
  // Both take the weights before they wait, so that no training step comes between.
  const coding = allCodes('quantized', all);
  const [codes, folded] = await allDone([coding, foldModel('quantized', model, { rename })]);
  const report: QuantizedModel['report'] = {
    weights: [],
    skipped: [],
    bytesBefore: 0,
    bytesAfter: 0,
    certificate: 0,
    effect: null,
    sensitivity: null,
  };
  const written: CheckpointTensor[] = [];
  for (const [i, tensor] of folded.tensors.entries()) {
    const path = folded.paths[i]!;
    const { name, dtype, byteLength: bytes } = tensor;
    const values = codes.has(path) ? ((await tensor.values()) as Float32Array) : null;
    const stock = values ? stockCodes(codes.get(path)!, values) : { reason: 'does not train on a grid' };
    report.bytesBefore += bytes;
    if ('reason' in stock) {
      report.skipped.push({ path, name, dtype, bytes, reason: stock.reason });
      written.push(tensor);
    } else {
      report.weights.push(measured(path, name, values!, stock));
      written.push(codedTensor(tensor, stock));
    }
  }
  report.bytesAfter = written.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const { weightSpecs, weightData } = await toArtifacts(
    { format: 'tfjs', tensors: written, extras: {}, close: async () => {} },
    'quantized',
  );
  const specs = weightSpecs as unknown as tf.io.WeightsManifestEntry[];
  return { artifacts: { ...folded.artifacts, weightSpecs: specs, weightData }, report };
}

function handleOf(
  model: ModelLike,
  all: readonly Trained[],
  weights: readonly Weight[],
  skipped: SkippedWeight[],
): QuantizedTraining {
  const parametrizations = all.map(({ handle }) => handle);
  const checkInPlace = (fn: string): void => {
    const gone = parametrizations.find(({ installed }) => !installed);
    if (gone) throw new Error(`${fn}: every grid must be in place, got ${gone.path} without it`);
  };
  return {
    parametrizations,
    skipped,
    needsRecompile: parametrizations.some(({ needsRecompile }) => needsRecompile),
    async codes() {
      checkInPlace('codes');
      return Object.fromEntries(await allCodes('codes', all));
    },
    async quantized(options = {}) {
      checkOptions('quantized', options, ['rename']);
      const { rename = false } = options;
      checkBoolean('quantized', 'rename', rename);
      checkInPlace('quantized');
      return exclusively('quantized', weightsOf(model, undefined, 'quantized'), async () => {
        checkInPlace('quantized');
        return writtenModel(model, all, rename);
      });
    },
    fold() {
      checkInPlace('fold');
      checkIdle('fold', weights);
      foldAll(parametrizations, 'fold');
    },
    restore() {
      checkInPlace('restore');
      checkIdle('restore', weights);
      for (const parametrization of parametrizations) parametrization.restore();
    },
  };
}

/**
 * Puts the weights of a model on a grid while it trains, so that it learns to live with its codes: quantization-aware training (Jacob et al.
 * 2018, https://arxiv.org/abs/1712.05877). Layers compute with rounded weights, gradients go straight through to the raw ones, see
 * {@link fakeQuantize}; with `learned`, steps are trained beside them (LSQ, Esser et al. 2020, https://arxiv.org/abs/1902.08153).
 *
 * Dense layers, all convolutions, depthwise kernels, embeddings and cells of recurrent layers are taken. Zeros stay zeros, so that masks
 * of `@weightkit/pruning` keep their sparsity, below the grid or on top of it.
 *
 * The grid of training is the grid of the file: `codes()` and `quantized()` have the very bits that the layers compute with, on every
 * backend, and so has stock TensorFlow.js when it loads what {@link save} writes.
 *
 * @example
 * const training = await trainQuantized(model, { grid: { dtype: 'int4' } });
 * await model.fit(x, y, { epochs: 1, verbose: 0 });
 * const { report, artifacts } = await training.quantized();
 * console.log(report.weights[0].dtype, report.weights[0].maxError); // -> uint8 0
 * await save({ report, artifacts }, 'downloads://small');
 * training.fold(); // a plain model whose kernels are on the grid
 *
 * @param model - a built LayersModel
 * @param options - see {@link TrainQuantizedOptions}
 * @returns the grids in place
 * @throws RangeError that names path and index of a NaN or an infinity, or for a filter that matches no weight that can be on a grid; Error
 * for a weight that is on a grid already, or is frozen when steps are to be learned; TypeError or RangeError for other arguments. Nothing
 * has changed then
 */
export async function trainQuantized(
  model: ModelLike,
  options: TrainQuantizedOptions = {},
): Promise<QuantizedTraining> {
  checkOptions(FN, options, ['grid', 'learned', 'filter']);
  const { grid = { dtype: 'int8' }, learned = false, filter = isKernel } = options;
  checkModel(FN, model);
  checkBoolean(FN, 'learned', learned);
  const weights = weightsOf(model, filter, FN);
  return exclusively(FN, weights, async () => {
    const skipped = weights.flatMap((weight) => {
      const reason = reasonNot(weight);
      return reason === null ? [] : [{ path: weight.path, reason }];
    });
    const chosen = weights.filter((weight) => reasonNot(weight) === null);
    const rule = `${FN}: filter must match a weight that can be on a grid`;
    checkRange(chosen.length > 0, rule, skipped[0] ? `${skipped[0].path}, which ${skipped[0].reason}` : filter);
    for (const { shape } of chosen) {
      checkTrainingGrid(FN, shape, grid);
      if (learned) learnedSteps(FN, shape, grid);
    }
    await allDone(chosen.map((weight) => finiteValues(FN, weight)));
    checkModel(FN, model);
    const twice = parametrizationsOf(model, FN).find(
      ({ kind, raw }) => kind === 'fakeQuantization' && chosen.some(({ variable }) => variable === raw),
    );
    if (twice) throw new Error(`${FN}: weights must not be on a grid already, got ${twice.path}`);
    const placed: Trained[] = [];
    try {
      for (const weight of chosen) placed.push(place(weight, grid, learned));
    } catch (error) {
      for (const { handle } of placed) handle.restore();
      throw error;
    }
    return handleOf(model, placed, chosen, skipped);
  });
}
