import { checkInteger, checkOptions, checkRange } from '@weightkit/numerics/check';
import { checkConvolution, offsetOf } from './convolution-center.ts';
import { type Initializer, makeInitializer } from './initializer.ts';

/** Options of {@link dirac}. */
export interface DiracOptions {
  /**
   * Groups of the convolution: an integer of 1 or more that divides the outputs.
   *
   * @defaultValue 1
   */
  groups?: number;
}

/**
 * A convolution that hands its input on: 1 at the middle of the window, `floor(k / 2)` along an axis of size k, from input i to
 * output i of each group, 0 elsewhere. With stride 1 and `same` padding an odd window changes nothing. The law of
 * `torch.nn.init.dirac_`, in the layout of tfjs, `[...window, in / groups, out]`.
 *
 * Zagoruyko and Komodakis 2017, "DiracNets", https://arxiv.org/abs/1706.00388
 *
 * @example
 * const kernel = dirac()([3, 3, 8, 8]); // conv2d(x, kernel, 1, 'same') is x
 *
 * @throws RangeError unless groups is an integer of 1 or more; when called with a shape of another rank than 3 to 5, or with
 * outputs that the groups do not divide
 */
export function dirac(options: DiracOptions = {}): Initializer {
  checkOptions('dirac', options, ['groups']);
  const { groups = 1 } = options;
  checkInteger('dirac', 'groups', groups, 1);
  /** Outputs of a group, and how many of them are handed an input. */
  const counts = (shape: readonly number[]): [outputs: number, handed: number] => {
    const outputs = shape.at(-1)! / groups;
    return [outputs, Math.min(outputs, shape.at(-2)!)];
  };
  return makeInitializer({
    name: 'dirac',
    config: { groups },
    check(shape) {
      checkConvolution('dirac', shape);
      checkRange(shape.at(-1)! % groups === 0, 'dirac: outputs (the last axis) must be a multiple of groups', shape);
    },
    fill(out, _, shape) {
      const [outputs, handed] = counts(shape);
      const begin = offsetOf(shape, (size) => Math.floor(size / 2));
      for (let group = 0; group < groups; group++)
        for (let i = 0; i < handed; i++) out[begin + i * shape.at(-1)! + group * outputs + i] = 1;
    },
    spread(_, shape) {
      const size = shape.reduce((a, b) => a * b, 1);
      return { mean: 0, std: Math.sqrt((groups * counts(shape)[1]) / Math.max(1, size)), kurtosis: 1 };
    },
  });
}
