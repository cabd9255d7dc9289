import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { dequantizeValuesAs } from './dequantize-values.ts';
import type { GridOptions } from './grid-options.ts';
import { quantizeValuesAs } from './quantize-values.ts';
import type { QuantizedValues } from './quantized-values.ts';

/**
 * {@link quantizeValues} of a tensor, whose values are downloaded.
 *
 * @example
 * const kernel = tf.tensor2d([[-0.8, 0.1], [0.7, 0.35]]);
 * const { codes } = await quantizeTensor(kernel, { dtype: 'int4' });
 * console.log([...codes]); // -> [ -8, 1, 7, 4 ]
 *
 * @param w - float32, of any shape, borrowed
 * @param grid - see {@link GridOptions}
 * @returns plain data
 * @throws what {@link quantizeValues} throws, and TypeError for a tensor that is not float32 or is disposed
 */
export async function quantizeTensor(w: tf.Tensor, grid: GridOptions): Promise<QuantizedValues> {
  checkTensor('quantizeTensor', 'w', w, 'float32');
  const { shape } = w;
  return quantizeValuesAs('quantizeTensor', (await w.data()) as Float32Array, shape, grid);
}

/**
 * {@link dequantizeValues} as a tensor.
 *
 * @example
 * const quantized = await quantizeTensor(tf.tensor1d([-1, 0, 2]), { dtype: 'int8', scheme: 'symmetric' });
 * console.log(dequantizeTensor(quantized).shape); // -> [ 3 ]
 *
 * @param quantized - from {@link quantizeTensor} or {@link quantizeValues}
 * @returns a new float32 tensor of its shape
 * @throws what {@link dequantizeValues} throws
 */
export function dequantizeTensor(quantized: QuantizedValues): tf.Tensor {
  return tf.tensor(dequantizeValuesAs('dequantizeTensor', quantized), [...quantized.shape], 'float32');
}
