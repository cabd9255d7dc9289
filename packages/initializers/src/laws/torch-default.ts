import { type Fans, fans, type Weight, weightsOf } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import { constant, ones, zeros } from './constant.ts';
import { checkNoOptions, type Fitted, type Initializer, makeInitializer } from './initializer.ts';
import { normal } from './normal.ts';
import { fillSymmetric, UNIFORM_KURTOSIS } from './uniform.ts';

const limitOf = ({ fanIn }: Fans): number => 1 / Math.sqrt(Math.max(1, fanIn));

/** Weights that PyTorch gives another law, by the layer's property. */
const OTHERS: Record<string, () => Initializer> = {
  embeddings: () => normal({ std: 1 }),
  gamma: ones,
  beta: zeros,
  movingMean: zeros,
  movingVariance: ones,
  alpha: () => constant({ value: 0.25 }),
};

/** The kernel that a bias is added to the product of: the pointwise one of a separable convolution. */
function kernelOf(weight: Weight): Weight {
  if (weight.property !== 'bias') return weight;
  const siblings = weightsOf(weight.layer!).filter(({ layer }) => layer === weight.layer);
  const names = ['pointwiseKernel', 'kernel', 'depthwiseKernel'];
  const kernel = names.flatMap((name) => siblings.filter(({ property }) => property === name))[0];
  checkRange(kernel !== undefined, 'torchDefault: a bias must have a kernel beside it', weight.path);
  return kernel;
}

function torchFans(weight: Weight): Fans {
  const type = weight.layer?.getClassName() ?? '';
  const { shape } = kernelOf(weight);
  const { fanIn, fanOut } = fans(kernelOf(weight));
  if (/^(LSTM|GRU|SimpleRNN)Cell$/.test(type)) {
    const units = (weight.layer as unknown as { units: number }).units;
    return { fanIn: units, fanOut: units };
  }
  // PyTorch reads fan-in off axis 1 of the weight, which is the output of a transposed convolution.
  if (/^Conv\d?DTranspose$/.test(type)) return { fanIn: fanOut, fanOut: fanIn };
  checkRange(shape.length >= 2, 'torchDefault: PyTorch must have a law for the weight', weight.path);
  return { fanIn, fanOut };
}

/**
 * What PyTorch 2 gives its layers: U(±1 / sqrt(fanIn)), its `kaiming_uniform_(a = sqrt 5)`, for kernels and biases.
 *
 * Called with a shape it reads the fan-in off the shape; for a bias give the kernel's fans. {@link initialize} knows the
 * layer and gives each weight what PyTorch does: biases the fan-in of their kernel, every weight of an RNN U(±1 / sqrt(units)),
 * embeddings N(0, 1), normalization 1 and 0, PReLU 0.25, a transposed convolution a fan-in counted from its outputs, as there.
 * A ConvLSTM, which PyTorch does not have, counts as a convolution. With a bare `torchDefault()` only kernels change, as with every
 * bare initializer; `{ '**': torchDefault() }` does the whole model.
 *
 * https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
 *
 * @throws RangeError when called with a shape of rank below 2 and no fans
 */
export function torchDefault(...none: []): Initializer {
  checkNoOptions('torchDefault', none);
  const self: Initializer = makeInitializer({
    name: 'torchDefault',
    config: {},
    check: (shape, given) =>
      checkRange(
        given !== undefined || shape.length >= 2,
        'torchDefault: shape must have rank 2 or more unless fans are given, for a bias those of its kernel',
        shape,
      ),
    fill: (out, key, _, given) => fillSymmetric(out, key, Math.fround(limitOf(given))),
    spread: (given) => ({ mean: 0, std: limitOf(given) / Math.sqrt(3), kurtosis: UNIFORM_KURTOSIS }),
    fit(weight): Fitted {
      const other = Object.hasOwn(OTHERS, weight.property ?? '') ? OTHERS[weight.property!] : undefined;
      return other
        ? { initializer: other(), fans: fans(weight) }
        : { initializer: self, fans: weight.layer === null ? fans(weight) : torchFans(weight) };
    },
  });
  return self;
}
