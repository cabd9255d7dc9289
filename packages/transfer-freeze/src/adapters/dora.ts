import * as tf from '@tensorflow/tfjs-core';
import type { LayerLike, ModelLike } from '@weightkit/core';
import { type Adapter, packed, type Site } from './adapter.ts';
import type { Adapters } from './adapters.ts';
import { type LoraOptions, planOf } from './lora-options.ts';
import { factorPieces, firstFactors, product, vectorPiece } from './low-rank.ts';
import { putAdapters } from './put-adapters.ts';

/** A weight as a matrix: a column for each output. */
const columnsOf = (w: tf.Tensor): tf.Tensor2D => tf.reshape(w, [-1, w.shape[w.shape.length - 1]!]);

const lengthsOf = (columns: tf.Tensor2D): tf.Tensor1D => tf.sqrt(tf.sum(tf.square(columns), 0));

/** Columns of given lengths: m · V / ‖V‖, where ‖V‖ counts as a constant in the gradient. Columns of zeros stay zeros. */
const stretched = (columns: tf.Tensor2D, lengths: tf.Tensor1D): tf.Tensor2D =>
  tf.customGrad((v, m, save) => {
    const now = lengthsOf(v as tf.Tensor2D);
    // Of a column of zeros the length is 0 too: 0 / 1 then, and not 0 / 0.
    const divisor = tf.add(now, tf.cast(tf.equal(now, 0), 'float32'));
    (save as tf.GradSaveFunc)([v as tf.Tensor, m as tf.Tensor, divisor]);
    const value = tf.mul(v as tf.Tensor, tf.div(m as tf.Tensor, divisor));
    return {
      value,
      gradFunc: (dy, saved) => {
        const [was, lengths, by] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const turned = tf.div(dy as tf.Tensor, by);
        return [tf.mul(turned, lengths), tf.sum(tf.mul(turned, was), 0)];
      },
    };
  })(columns, lengths) as tf.Tensor2D;

/** m · (W + scale · A · B) / ‖W + scale · A · B‖ for each column. */
function doraAt(site: Site, scale: number, seed: number): Adapter {
  const { matrix, rank } = site;
  const spatial = matrix.inner.slice(1).map(() => 1);
  return {
    kind: 'dora',
    variables: { ...firstFactors(site, seed), magnitude: (w) => lengthsOf(columnsOf(w)) },
    held: [],
    forward: (w, { loraA, loraB, magnitude }) => {
      const moved = tf.add(w, product(loraA!, loraB!, scale, w.shape));
      return tf.reshape(stretched(columnsOf(moved), magnitude as tf.Tensor1D), w.shape);
    },
    entries: rank * (matrix.rows + matrix.cols) + matrix.cols,
    pieces: [
      ...factorPieces(matrix, rank),
      vectorPiece(
        'lora_magnitude_vector',
        spatial.length > 0 ? [1, matrix.cols, ...spatial] : [matrix.cols],
        matrix.colOrder,
      ),
    ],
    ...packed(['loraA', 'loraB', 'magnitude']),
  };
}

/**
 * Adapters that learn a weight's directions and lengths apart: m · (W + s · A · B) / ‖W + s · A · B‖ for the column of each output, of which
 * A, B and the lengths m train (DoRA, Liu et al. 2024, https://arxiv.org/abs/2402.09353). With s = alpha / rank it often does as well as
 * `lora` of twice the rank. m starts as ‖W‖ and B as 0, so that the model predicts as before.
 *
 * In the gradient the norm below counts as a constant, as section 4.3 of the paper proposes and as peft computes. A column of zeros has no
 * direction and stays as it is. All else is as in {@link lora}; the file has `lora_magnitude_vector` beside the factors, as peft's.
 *
 * @example
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 10, inputShape: [64], name: 'fc' })] });
 * const adapters = dora(model, { rank: 2 });
 * console.log(adapters.report().trainableParameters, adapters.report().frozenParameters); // -> 158 650
 * model.compile({ optimizer: 'adam', loss: 'meanSquaredError' }); // then train
 * adapters.merge(); // a plain model
 *
 * @param model - a built model or layer
 * @param options - see {@link LoraOptions}
 * @returns the adapters
 * @throws as {@link lora} does. Nothing has changed then
 */
export function dora(model: ModelLike | LayerLike, options: LoraOptions = {}): Adapters {
  const plan = planOf('dora', options);
  const metadata = { ...plan.metadata, use_dora: 'true' };
  return putAdapters('dora', model, { ...plan, metadata }, (site) => doraAt(site, plan.scale, plan.seed));
}
