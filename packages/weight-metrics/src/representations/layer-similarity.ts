import type * as tf from '@tensorflow/tfjs-core';
import type { LayerLike, ModelLike } from '@weightkit/core';
import { checkBoolean, checkOptions, checkRange } from '@weightkit/numerics/check';
import { breathe } from '../values/breathe.ts';
import { activationsIn, checkBatchSize, type ProbeOptions, piecesOf, readProbe } from './activations.ts';
import { biasedHsic, type Gram, gramOf, unbiasedHsic } from './hsic.ts';
import { ckaOf } from './linear-cka.ts';

/** Options of {@link layerSimilarity}. */
export interface LayerSimilarityOptions extends ProbeOptions {
  /**
   * Another model, whose layers are the columns; it takes the same data.
   * @defaultValue the model itself
   */
  other?: ModelLike;
  /**
   * Its layers, as `layers`.
   * @defaultValue all
   */
  otherLayers?: readonly (string | LayerLike)[];
  /**
   * Whether to take the estimate without bias, as in {@link linearCka}.
   * @defaultValue true
   */
  debiased?: boolean;
  /**
   * How many examples at a time: an integer of 4 or more. The criteria of all batches are added up, which only the estimate without bias
   * allows; memory grows as batchSize² · layers.
   * @defaultValue all at once
   */
  batchSize?: number;
}

/** How alike layers are. */
export interface LayerSimilarity {
  /** Paths of the model's layers. */
  rows: string[];
  /** Paths of the other model's layers, or the same. */
  columns: string[];
  /** CKA of each row with each column; null where a layer has a value that is not finite, or gives the same for all examples. */
  values: (number | null)[][];
  /** How many examples it is of. */
  examples: number;
}

interface Side {
  paths: string[];
  grams: (Gram | null)[];
}

/** Criteria of layers with themselves and with each other, rows by columns; NaN where a layer has none. */
interface Criteria {
  rows: Float64Array;
  columns: Float64Array;
  between: Float64Array;
}

async function sideOf(...given: Parameters<typeof activationsIn>): Promise<Side> {
  const [from, to] = given[4];
  const side: Side = { paths: [], grams: [] };
  for await (const { path, values } of activationsIn(...given)) {
    await breathe();
    side.paths.push(path);
    side.grams.push(gramOf(values, to - from));
  }
  return side;
}

type Hsic = (k: Gram, l: Gram) => number;

function criteriaOf(rows: Side, columns: Side, hsic: Hsic): Criteria {
  const criterion = (k: Gram | null, l: Gram | null): number => (k && l ? hsic(k, l) : Number.NaN);
  const own = ({ grams }: Side) => Float64Array.from(grams, (gram) => criterion(gram, gram));
  const [n, between] = [columns.grams.length, new Float64Array(rows.grams.length * columns.grams.length)];
  // Of layers with each other half are mirrored.
  for (const [i, k] of rows.grams.entries())
    for (const [j, l] of columns.grams.entries())
      between[i * n + j] = rows === columns && j < i ? between[j * n + i]! : criterion(k, l);
  return { rows: own(rows), columns: own(columns), between };
}

function addTo(sums: Criteria | undefined, more: Criteria): Criteria {
  if (sums === undefined) return more;
  for (const part of ['rows', 'columns', 'between'] as const)
    for (let i = 0; i < sums[part].length; i++) sums[part][i]! += more[part][i]!;
  return sums;
}

/**
 * How alike the layers of a model are, with each other or with those of another model, on probe data: linear CKA of what they return, each
 * with each. Layers are captured as in `predict`; of a layer that is called several times the last call counts. Convolutions and
 * sequences have a feature for each place and channel.
 *
 * The time grows as examples² · (features + layers²). With `batchSize` as batchSize · examples.
 *
 * Kornblith et al. 2019, https://arxiv.org/abs/1905.00414; in batches Nguyen et al. 2021, https://arxiv.org/abs/2010.15327
 *
 * @example
 * const { rows, values } = await layerSimilarity(model, x, { layers: ['dense1'] });
 * console.log(rows, values[0][0].toFixed(6)); // -> [ 'dense1' ] 1.000000
 *
 * @param model - a built LayersModel; it need not be compiled
 * @param batch - the model's input, or a list of its inputs: four examples or more, of two without debiasing; borrowed
 * @param options - the other model, layers, debiasing and batches
 * @returns the paths and a matrix of alignments
 * @throws RangeError for a layer that is not in its model, too few examples, or batches without debiasing; TypeError for another model or batch
 */
export async function layerSimilarity(
  model: ModelLike,
  batch: tf.Tensor | tf.Tensor[],
  options: LayerSimilarityOptions = {},
): Promise<LayerSimilarity> {
  const fn = 'layerSimilarity';
  checkOptions(fn, options, ['layers', 'other', 'otherLayers', 'debiased', 'batchSize']);
  const { layers, other, otherLayers, debiased = true, batchSize } = options;
  checkBoolean(fn, 'debiased', debiased);
  checkBatchSize(fn, batchSize, 4);
  checkRange(debiased || batchSize === undefined, `${fn}: batchSize must be left out without debiasing`, batchSize);
  checkRange(
    other !== undefined || otherLayers === undefined,
    `${fn}: otherLayers must be of another model`,
    otherLayers,
  );
  const chosen = readProbe(fn, model, batch, layers);
  const otherChosen = other === undefined ? undefined : readProbe(fn, other, batch, otherLayers, 'otherLayers');
  const examples = (Array.isArray(batch) ? batch[0]! : batch).shape[0]!;
  const least = debiased ? 4 : 2;
  checkRange(examples >= least, `${fn}: batch must have ${least} examples or more`, examples);
  const hsic = debiased ? unbiasedHsic : biasedHsic;
  let sums: Criteria | undefined;
  let [rows, columns]: [string[], string[]] = [[], []];
  for (const piece of piecesOf(examples, batchSize, 4)) {
    const first = await sideOf(fn, model, batch, chosen, piece);
    const second = other ? await sideOf(fn, other, batch, otherChosen, piece) : first;
    sums = addTo(sums, criteriaOf(first, second, hsic));
    [rows, columns] = [first.paths, second.paths];
  }
  const { rows: own, columns: others, between } = sums!;
  const values = rows.map((_, i) =>
    columns.map((__, j) => ckaOf(between[i * columns.length + j]!, own[i]!, others[j]!)),
  );
  return { rows, columns, values, examples };
}
