import * as tf from '@tensorflow/tfjs-core';
import type { Checkpoint } from '@weightkit/checkpoint';
import {
  checkIdle,
  checkLayer,
  checkThawed,
  checkUses,
  exclusively,
  foldAll,
  type LayerLike,
  type ModelLike,
  type Parametrization,
  parametrizationsOf,
  parametrize,
  type SkippedWeight,
  type Weight,
  weightsOf,
} from '@weightkit/core';
import { fillNormal, fillUniform, randomKey } from '@weightkit/numerics';
import { checkRange } from '@weightkit/numerics/check';
import { batchNormsOf } from '../freezing/batch-norms.ts';
import { holdAll, variablesOf } from '../freezing/hold-all.ts';
import { type AdaptedMatrix, adaptedMatrix } from './adapted-matrix.ts';
import { adapterFile, factorsIn } from './adapter-file.ts';
import { type LoraOptions, type LoraPlan, planOf } from './lora-options.ts';

const FN = 'lora';

/** What {@link lora} did. */
export interface LoraReport {
  /** Paths of the weights that have adapters, in model order. */
  adapted: string[];
  /** Paths of the weights that train as they are. */
  trained: string[];
  /** The weights that were asked for and have none, and why. */
  skipped: SkippedWeight[];
  /** Number of entries that train: those of the adapters, and of `trained`. */
  trainableParameters: number;
  /** Number of entries that stand still. */
  frozenParameters: number;
}

/** Adapters in place; see {@link lora}. */
export interface Adapters {
  /** Paths of the weights that have adapters, in model order. */
  readonly paths: readonly string[];
  /** What the products are multiplied by. */
  readonly scale: number;
  /** Whether they are still in place. */
  readonly active: boolean;
  /** What was done. */
  report(): LoraReport;
  /**
   * The factors as a file of peft has them, for `writeCheckpoint(checkpoint, 'adapter_model.safetensors')`: a few kilobytes.
   *
   * @throws Error when no longer in place; RangeError when a factor is not finite
   */
  toCheckpoint(): Promise<Checkpoint>;
  /**
   * Takes the factors of such a file, in place of what they are: another task on the same model.
   *
   * @param checkpoint - of adapters of the same weights and rank; borrowed
   * @throws RangeError where a factor is not there, has another shape or is not finite; nothing has changed then
   */
  load(checkpoint: Checkpoint): Promise<void>;
  /**
   * Adds the products to the weights and takes the adapters away: a plain model that predicts as before. Compile it with a new optimizer
   * before it trains on.
   *
   * @throws Error when no longer in place
   */
  merge(): void;
  /**
   * Takes the adapters away: the weights are what they were, bit for bit. Compile with a new optimizer before it trains on.
   *
   * @throws Error when no longer in place
   */
  remove(): void;
}

interface Site {
  weight: Weight;
  matrix: AdaptedMatrix;
  rank: number;
}

interface Part extends Site {
  handle: Parametrization;
}

const sizeOf = ({ shape }: Weight): number => shape.reduce((product, size) => product * size, 1);
const pathsOf = (weights: readonly Weight[]): string[] => weights.map(({ path }) => path);

function sitesOf(
  model: LayerLike,
  all: readonly Weight[],
  trained: ReadonlySet<string>,
  { rank, isGiven, filter }: LoraPlan,
) {
  const asked = filter === undefined ? all : weightsOf(model, filter, FN);
  const sites: Site[] = [];
  const skipped: SkippedWeight[] = [];
  for (const weight of asked) {
    const { path, dtype } = weight;
    const matrix = adaptedMatrix(weight);
    if (matrix && dtype === 'float32' && !trained.has(path))
      sites.push({ weight, matrix, rank: isGiven ? rank : Math.min(rank, matrix.rows, matrix.cols) });
    else if (filter !== undefined)
      skipped.push({
        path,
        reason: trained.has(path) ? 'it trains as it is' : 'it has no inputs and outputs to put an adapter between',
      });
  }
  checkRange(sites.length > 0, `${FN}: model must have a weight for an adapter`, pathsOf(asked));
  const small = sites.filter(({ matrix: { rows, cols }, rank: own }) => own > Math.min(rows, cols));
  checkRange(
    small.length === 0,
    `${FN}: rank must not be above the inputs or outputs of a weight: ${small
      .map(({ weight: { path }, matrix: { rows, cols } }) => `${path} has ${rows} and ${cols}`)
      .join('; ')}`,
    rank,
  );
  return { sites, skipped };
}

/** The first factor: peft's law, uniform in ± 1 / √inputs; of an embedding the second one, of standard normals. */
function startOf({ weight: { stablePath }, matrix: { rows, cols, table }, rank }: Site, seed: number) {
  const key = randomKey(seed, stablePath);
  const limit = Math.fround(1 / Math.sqrt(rows));
  const a = new Float32Array(rows * rank);
  const b = new Float32Array(rank * cols);
  if (table) fillNormal(b, key);
  else fillUniform(a, key, { min: -limit, max: limit });
  return { a, b };
}

function adapt(site: Site, { scale, seed }: LoraPlan): Parametrization {
  const { weight, matrix, rank } = site;
  const { a, b } = startOf(site, seed);
  return parametrize(weight, {
    forward: (w, { loraA, loraB }) =>
      tf.add(w, tf.reshape(tf.mul(tf.matMul(loraA as tf.Tensor2D, loraB as tf.Tensor2D), scale), w.shape)),
    variables: {
      loraA: () => tf.tensor2d(a, [matrix.rows, rank]),
      loraB: () => tf.tensor2d(b, [rank, matrix.cols]),
    },
    kind: 'lora',
  });
}

/** All or none. */
function adaptAll(sites: readonly Site[], plan: LoraPlan): Part[] {
  const parts: Part[] = [];
  try {
    for (const site of sites) parts.push({ ...site, handle: adapt(site, plan) });
    return parts;
  } catch (error) {
    for (const { handle } of parts.reverse()) handle.restore();
    throw error;
  }
}

/** Holds everything but these; batch normalizations keep their statistics unless what they learn trains. */
function holdOthers(
  all: readonly Weight[],
  before: readonly Parametrization[],
  trained: ReadonlySet<string>,
): () => void {
  const still = all.filter(({ path }) => !trained.has(path));
  const norms = batchNormsOf(all).filter(({ learned }) => !learned.some(({ path }) => trained.has(path)));
  return holdAll(variablesOf(still, before), norms);
}

/**
 * Puts adapters of low rank beside a model's weights and freezes all others: W + (alpha / rank) · A · B, of which only A and B train (LoRA,
 * Hu et al. 2021, https://arxiv.org/abs/2106.09685). B is 0 at first, so that the model predicts as before. What was learned is a few
 * kilobytes, of which many can share one model.
 *
 * A weight is read as the matrix from its inputs to its outputs, of a convolution with its window among the inputs, of a recurrent layer
 * with all gates among the outputs. Of an embedding A is 0 at first. Everything else stands still as under `freeze`, statistics of batch
 * normalizations included, but for the weights of `train`.
 *
 * Compile the model with a NEW optimizer afterwards, or A and B are not trained. `saveFolded` of `@weightkit/core` writes the merged model at
 * any time.
 *
 * @example
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 10, inputShape: [64], name: 'fc' })] });
 * const adapters = lora(model, { rank: 2 });
 * console.log(adapters.report().trainableParameters, adapters.report().frozenParameters); // -> 148 650
 * model.compile({ optimizer: 'adam', loss: 'meanSquaredError' }); // then train
 * adapters.merge(); // a plain model
 *
 * @param model - a built model or layer
 * @param options - see {@link LoraOptions}
 * @returns the adapters
 * @throws TypeError or RangeError for bad options, a filter that matches nothing, or a rank above a weight's inputs or outputs; Error when a
 * weight is frozen, constrained or used by another layer's own code. Nothing has changed then
 */
export function lora(model: ModelLike | LayerLike, options: LoraOptions = {}): Adapters {
  const plan = planOf(FN, options);
  checkLayer(FN, 'model', model);
  const all = weightsOf(model, undefined, FN);
  const trained = plan.train === undefined ? [] : weightsOf(model, plan.train, FN);
  const names = new Set(pathsOf(trained));
  const { sites, skipped } = sitesOf(model, all, names, plan);
  for (const { weight } of sites) {
    checkUses(FN, weight);
    checkThawed(FN, weight);
  }
  checkIdle(FN, all);
  const { rank, scale, alpha, rankStabilized } = plan;
  // Those that come are to train.
  const before = parametrizationsOf(model, FN);
  const parts = adaptAll(sites, plan);
  let release: (() => void) | undefined = holdOthers(all, before, names);
  const checkActive = (fn: string): void => {
    if (!release)
      throw new Error(`${fn}: adapters must be in place, got some taken away (of ${sites[0]!.weight.path})`);
  };
  const end = (): void => {
    release?.();
    release = undefined;
  };
  const added = sites.reduce((sum, { matrix: { rows, cols }, rank: own }) => sum + own * (rows + cols), 0);
  const count = (weights: readonly Weight[]): number => weights.reduce((sum, weight) => sum + sizeOf(weight), 0);
  const report: LoraReport = {
    adapted: sites.map(({ weight }) => weight.path),
    trained: pathsOf(trained),
    skipped,
    trainableParameters: added + count(trained),
    frozenParameters: count(all) - count(trained),
  };
  return {
    paths: [...report.adapted],
    scale,
    get active() {
      return release !== undefined;
    },
    report: () => structuredClone(report),
    async toCheckpoint() {
      checkActive('toCheckpoint');
      const factors = await Promise.all(
        parts.map(async ({ handle: { variables }, ...site }) => {
          const [a, b] = await Promise.all([variables.loraA!.data(), variables.loraB!.data()]);
          return { ...site, a: Float32Array.from(a), b: Float32Array.from(b) };
        }),
      );
      return adapterFile(factors, {
        peft_type: 'LORA',
        r: String(rank),
        lora_alpha: String(alpha),
        use_rslora: String(rankStabilized),
      });
    },
    async load(checkpoint) {
      checkActive('load');
      const weights = parts.map(({ weight }) => weight);
      return exclusively('load', weights, async () => {
        const found = await factorsIn('load', checkpoint, parts);
        checkActive('load');
        tf.tidy(() => {
          for (const [i, { matrix, rank: own, handle }] of parts.entries()) {
            handle.variables.loraA!.assign(tf.tensor2d(found[i]!.a, [matrix.rows, own]));
            handle.variables.loraB!.assign(tf.tensor2d(found[i]!.b, [own, matrix.cols]));
          }
        });
      });
    },
    merge() {
      checkActive('merge');
      foldAll(parts.map(({ handle }) => handle));
      end();
    },
    remove() {
      checkActive('remove');
      for (const { handle } of [...parts].reverse()) handle.restore();
      end();
    },
  };
}
