import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { checkFloat, type Initializer, makeInitializer } from './initializer.ts';

/** Options of {@link forgetBias}. */
export interface ForgetBiasOptions {
  /**
   * The bias of every forget gate; finite.
   *
   * @defaultValue 1
   */
  value?: number;
}

/** Throws unless a shape is that of an LSTM's bias: four gates side by side. */
export function checkGates(law: string, shape: readonly number[]): void {
  checkRange(
    shape.length === 1 && shape[0]! % 4 === 0,
    `${law}: shape must be an LSTM's bias, [4 units] (a layer that is to have it takes unitForgetBias: false)`,
    shape,
  );
}

/**
 * The bias of an LSTM or ConvLSTM: `value` for the forget gates, 0 for the others, so that a cell begins by remembering. The
 * four gates lie side by side in the order of TensorFlow.js and Keras: input, forget, cell, output. With 1 it is what
 * `unitForgetBias` does, which Keras has on and TensorFlow.js off by default.
 *
 * Gers, Schmidhuber and Cummins 2000, "Learning to forget", https://doi.org/10.1162/089976600300015015; Jozefowicz, Zaremba and
 * Sutskever 2015, https://proceedings.mlr.press/v37/jozefowicz15.html
 *
 * @example
 * const values = await forgetBias()([8]).data(); // two units
 * console.log(values.join(' ')); // -> 0 0 1 1 0 0 0 0
 *
 * @throws RangeError unless the value is finite; when called with a shape that is not [4 units]
 */
export function forgetBias(options: ForgetBiasOptions = {}): Initializer {
  checkOptions('forgetBias', options, ['value']);
  const { value = 1 } = options;
  checkFloat('forgetBias', 'value', value);
  return makeInitializer({
    name: 'forgetBias',
    config: { value },
    check: (shape) => checkGates('forgetBias', shape),
    fill: (out) => out.fill(value, out.length / 4, out.length / 2),
    // About a mean of 0: one entry in four is the value.
    spread: () => ({ mean: 0, std: Math.abs(Math.fround(value)) / 2, kurtosis: 1 }),
  });
}
