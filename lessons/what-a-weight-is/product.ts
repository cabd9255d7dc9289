// y = Wx + b with numbers of one digit after the point, from a seed. Nothing here loads TensorFlow.js.
import { foldIn, randomKey, threefry2x32 } from '@weightkit/numerics';

/** A dense layer and an input in numbers. */
export interface Example {
  /** `weights[output][input]`: a row for each output, as in the formula and in PyTorch. */
  weights: number[][];
  bias: number[];
  x: number[];
}

/** A sum of one output, product by product. */
export interface Sum {
  terms: { weight: number; input: number; product: number }[];
  bias: number;
  y: number;
}

/** The example of a seed: weights and biases from -1 to 1, inputs from -2 to 2, in tenths. */
export function exampleOf(seed: number, inputs: number, outputs: number): Example {
  const key = randomKey(seed);
  const tenths = (stream: number, i: number, most: number) => {
    const [word] = threefry2x32(foldIn(key, stream), 0, i);
    return ((word % (20 * most + 1)) - 10 * most) / 10;
  };
  const list = <T>(length: number, entry: (i: number) => T): T[] => Array.from({ length }, (_, i) => entry(i));
  return {
    weights: list(outputs, (output) => list(inputs, (input) => tenths(0, output * inputs + input, 1))),
    bias: list(outputs, (output) => tenths(1, output, 1)),
    x: list(inputs, (input) => tenths(2, input, 2)),
  };
}

/** Every output by hand: a row of the weights times the input, product by product, plus the bias. */
export function byHand({ weights, bias, x }: Example): Sum[] {
  return weights.map((row, output): Sum => {
    const terms = row.map((weight, i) => ({ weight, input: x[i]!, product: weight * x[i]! }));
    return { terms, bias: bias[output]!, y: terms.reduce((sum, { product }) => sum + product, 0) + bias[output]! };
  });
}
