import * as tf from '@tensorflow/tfjs-core';
import { checkLayer, type LayerLike, type ModelLike } from '@weightkit/core';
import { fillUniform, randomKey } from '@weightkit/numerics';
import { checkBoolean, checkNumber, checkOptions, checkRange, checkSeed } from '@weightkit/numerics/check';
import type { FeatureOrder } from '../transfer/feature-order.ts';
import { permuteAxes } from '../transfer/permute-axes.ts';
import type { AdaptedMatrix } from './adapted-matrix.ts';
import type { Adapter, SharedPieces, Site } from './adapter.ts';
import type { Adapters } from './adapters.ts';
import type { AdaptersOptions } from './lora-options.ts';
import { vectorPiece } from './low-rank.ts';
import { findSites, putAdapters } from './put-adapters.ts';

/** Options of `vera`. */
export interface VeraOptions extends AdaptersOptions {
  /**
   * Rank of the random matrices: 1 or more, also above a weight's inputs and outputs.
   * @defaultValue 256
   */
  rank?: number;
  /**
   * What the entries of d begin as: any number that float32 has.
   * @defaultValue 0.1
   */
  dInitial?: number;
  /**
   * Of the random matrices, peft's `projection_prng_key`: any safe integer.
   * @defaultValue 0
   */
  seed?: number;
  /**
   * Whether files have the random matrices. Without them a file is a few kilobytes, and is taken by adapters of the same seed alone.
   * @defaultValue true
   */
  saveProjection?: boolean;
}

/** The random matrices, as peft has them: `[rank, inputs]` and `[outputs, rank]` of the largest layers. */
interface Projections {
  rank: number;
  inputs: number;
  outputs: number;
  a: Float32Array;
  b: Float32Array;
}

/** Kaiming's law, uniform. */
function drawn(length: number, fanIn: number, seed: number, name: string): Float32Array {
  const limit = Math.fround(Math.sqrt(6 / fanIn));
  const out = new Float32Array(length);
  fillUniform(out, randomKey(seed, name), { min: -limit, max: limit });
  return out;
}

/** Where each input or output of a dense layer stands in PyTorch; of others there is no file but ours. */
function placesOf({ there, order }: FeatureOrder, { inner }: AdaptedMatrix, size: number): Float32Array {
  const places = Float32Array.from({ length: size }, (_, i) => i);
  return inner.length > 1 ? places : permuteAxes(places, there, order);
}

/** A layer's part of the first matrix, `[rows, rank]`: its first inputs. */
function partOfA(a: Float32Array, { rank, inputs }: Projections, matrix: AdaptedMatrix): Float32Array {
  const out = new Float32Array(matrix.rows * rank);
  const places = placesOf(matrix.rowOrder, matrix, matrix.rows);
  for (const [i, place] of places.entries()) for (let k = 0; k < rank; k++) out[i * rank + k] = a[k * inputs + place]!;
  return out;
}

/** A layer's part of the second, `[rank, cols]`: its first outputs. */
function partOfB(b: Float32Array, { rank }: Projections, matrix: AdaptedMatrix): Float32Array {
  const { cols } = matrix;
  const out = new Float32Array(rank * cols);
  const places = placesOf(matrix.colOrder, matrix, cols);
  for (const [j, place] of places.entries()) for (let k = 0; k < rank; k++) out[k * cols + j] = b[place * rank + k]!;
  return out;
}

/** W + (A · d) · (B · b). */
function veraAt({ matrix }: Site, projections: Projections, dInitial: number): Adapter {
  const { rank } = projections;
  const { rows, cols, colOrder } = matrix;
  return {
    kind: 'vera',
    variables: {
      veraA: () => tf.tensor2d(partOfA(projections.a, projections, matrix), [rows, rank]),
      veraB: () => tf.tensor2d(partOfB(projections.b, projections, matrix), [rank, cols]),
      lambdaB: () => tf.zeros([cols]),
      lambdaD: () => tf.fill([rank], dInitial),
    },
    held: ['veraA', 'veraB'],
    forward: (w, { veraA, veraB, lambdaB, lambdaD }) => {
      const first = tf.mul(veraA!, lambdaD!) as tf.Tensor2D;
      return tf.add(w, tf.reshape(tf.mul(tf.matMul(first, veraB as tf.Tensor2D), lambdaB!), w.shape));
    },
    entries: rank + cols,
    pieces: [
      vectorPiece('vera_lambda_b', [cols], colOrder),
      { name: 'vera_lambda_d', shape: [rank], inner: [rank], order: [0] },
    ],
    pack: ({ lambdaB, lambdaD }) => [lambdaB!, lambdaD!],
    unpack: ([lambdaB, lambdaD], [a, b]) => ({
      veraA: partOfA(a!, projections, matrix),
      veraB: partOfB(b!, projections, matrix),
      lambdaB: lambdaB!,
      lambdaD: lambdaD!,
    }),
  };
}

/** The random matrices in files. */
function sharedOf(projections: Projections, metadata: Record<string, string>, isWritten: boolean): SharedPieces {
  const { rank, inputs, outputs } = projections;
  let isDrawn = true;
  return {
    pieces: [
      { name: 'base_model.vera_A', shape: [rank, inputs] },
      { name: 'base_model.vera_B', shape: [outputs, rank] },
    ],
    values: () => [projections.a, projections.b],
    take([a, b]) {
      projections.a = a!;
      projections.b = b!;
      isDrawn = false;
    },
    get isWritten() {
      // Those of a file cannot be drawn anew from a seed.
      return isWritten || !isDrawn;
    },
    check(fn, there) {
      const isSame =
        isDrawn &&
        there.projection_prng_key === metadata.projection_prng_key &&
        there.projection_law === metadata.projection_law;
      checkRange(
        isSame,
        `${fn}: checkpoint must have base_model.vera_A and base_model.vera_B, or be of adapters of seed ${metadata.projection_prng_key} that were not loaded`,
        there.projection_prng_key ?? null,
      );
    },
  };
}

/**
 * Adapters that learn two vectors for each weight: W + (A · diag d) · (B · diag b), where A and B are random, the same for all layers, and
 * stand still (VeRA, Kopiczko et al. 2024, https://arxiv.org/abs/2310.11454). Of a layer with `cols` outputs that is rank + cols entries.
 * b is 0 at first, so that the model predicts as before; d is `dInitial`.
 *
 * A and B are as large as the largest of the layers needs, and each takes its first inputs and outputs, as in peft, which has VeRA for
 * dense layers; here it is for all weights that `lora` takes, with a convolution's window among the inputs. A and B are drawn uniform in
 * ± √(6 / inputs) and ± √(6 / rank), as in peft but with our streams: peft reads our files, and we peft's, which have A and B unless they
 * were written with `save_projection=False`. On the device each layer holds its part of A and B until the adapters are merged or
 * removed. All else is as in {@link lora}.
 *
 * @example
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 10, inputShape: [64], name: 'fc' })] });
 * const adapters = vera(model, { rank: 32 });
 * console.log(adapters.report().trainableParameters, adapters.report().frozenParameters); // -> 42 650
 * model.compile({ optimizer: 'adam', loss: 'meanSquaredError' }); // then train
 * adapters.merge(); // a plain model
 *
 * @param model - a built model or layer
 * @param options - see {@link VeraOptions}
 * @returns the adapters
 * @throws TypeError or RangeError for bad options or a filter that matches nothing; Error as {@link lora} does. Nothing has changed then
 */
export function vera(model: ModelLike | LayerLike, options: VeraOptions = {}): Adapters {
  checkOptions('vera', options, ['rank', 'dInitial', 'seed', 'saveProjection', 'filter', 'train']);
  const { rank = 256, dInitial = 0.1, seed = 0, saveProjection = true, filter, train } = options;
  checkNumber('vera: rank must be an integer of 1 or more', rank, (n) => Number.isSafeInteger(n) && n >= 1);
  checkNumber('vera: dInitial must be a number of float32', dInitial, (n) => Number.isFinite(Math.fround(n)));
  checkSeed('vera', seed);
  checkBoolean('vera', 'saveProjection', saveProjection);
  checkLayer('vera', 'model', model);
  const wanted = { filter, train, rank: 0, isGiven: true };
  const { sites } = findSites('vera', model, wanted);
  const inputs = sites.reduce((most, { matrix: { rows } }) => Math.max(most, rows), 0);
  const outputs = sites.reduce((most, { matrix: { cols } }) => Math.max(most, cols), 0);
  const projections: Projections = {
    rank,
    inputs,
    outputs,
    a: drawn(rank * inputs, inputs, seed, 'vera_A'),
    b: drawn(outputs * rank, rank, seed, 'vera_B'),
  };
  const metadata = {
    peft_type: 'VERA',
    r: String(rank),
    projection_prng_key: String(seed),
    projection_law: 'threefry-2x32',
    save_projection: String(saveProjection),
    d_initial: String(dInitial),
  };
  const shared = sharedOf(projections, metadata, saveProjection);
  return putAdapters('vera', model, { ...wanted, scale: 1, metadata, shared }, (site) =>
    veraAt(site, projections, dInitial),
  );
}
