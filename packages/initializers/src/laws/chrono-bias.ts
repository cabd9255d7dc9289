import { fillUniform } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { checkGates } from './forget-bias.ts';
import { type Initializer, makeInitializer } from './initializer.ts';

/** Options of {@link chronoBias}. */
export interface ChronoBiasOptions {
  /** The longest dependency to expect, in time steps: an integer from 2 to 2^24. */
  longest: number;
}

/** Mean square and mean fourth power of ln u, u uniform in [1, end]. */
function momentsOfLog(end: number): [square: number, fourth: number] {
  const l = Math.log(end);
  const square = end * (l * l - 2 * l + 2) - 2;
  const fourth = end * (l ** 4 - 4 * l ** 3 + 12 * l * l - 24 * l + 24) - 24;
  return [square / (end - 1), fourth / (end - 1)];
}

/**
 * The bias of an LSTM for memories of up to `longest` time steps: ln U(1, longest - 1) for each forget gate, its negative for the
 * input gate of the same unit, 0 for cell and output. A unit with forget bias b keeps its content for about e^b steps, so that
 * the units begin with all time scales. Use it with `recurrentActivation: 'sigmoid'`: the default of TensorFlow.js,
 * `hardSigmoid`, is 1 from 2.5 on and has no slope there.
 *
 * Tallec and Ollivier 2018, "Can recurrent neural networks warp time?", https://arxiv.org/abs/1804.11188
 *
 * @example
 * const bias = chronoBias({ longest: 784 })([4 * 128], { seed: 1 });
 *
 * @throws RangeError unless longest is an integer from 2 to 2^24; when called with a shape that is not [4 units]
 */
export function chronoBias(options: ChronoBiasOptions): Initializer {
  checkOptions('chronoBias', options, ['longest']);
  const { longest } = options ?? {};
  checkRange(
    Number.isInteger(longest) && longest >= 2 && longest <= 2 ** 24,
    'chronoBias: longest must be an integer from 2 to 2^24',
    longest,
  );
  return makeInitializer({
    name: 'chronoBias',
    config: { longest },
    check: (shape) => checkGates('chronoBias', shape),
    fill(out, key) {
      const units = out.length / 4;
      const forget = fillUniform(out.subarray(units, 2 * units), key, { min: 1, max: longest - 1 });
      for (let i = 0; i < units; i++) {
        forget[i] = Math.log(forget[i]!);
        out[i] = -forget[i]!;
      }
    },
    spread() {
      if (longest === 2) return { mean: 0, std: 0, kurtosis: 1 };
      const [square, fourth] = momentsOfLog(longest - 1);
      // A quarter of the entries is independent, a quarter its mirror image, the rest 0.
      return { mean: 0, std: Math.sqrt(square / 2), kurtosis: 1 + 4 * (fourth / square ** 2 - 1) };
    },
  });
}
