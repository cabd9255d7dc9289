import * as tf from '@tensorflow/tfjs-core';
import { checkFinite, checkFunction, checkRange, checkType } from '@weightkit/numerics/check';
import { checkModelAndBatch } from '../model/check-batch.ts';
import { checkWeight } from '../model/check-weight.ts';
import { chosenLayers } from '../model/chosen-layers.ts';
import type { LayerLike, ModelLike } from '../model/types.ts';
import type { Weight } from '../model/weight.ts';
import { weightsOf } from '../model/weights-of.ts';
import { capture } from '../training/capture.ts';
import { hasProducts, PRODUCT_LAYERS } from './kernel-products.ts';
import { lastAxisPatches, type Patches } from './patches.ts';
import { convolutionPatches, depthwisePatches, transposedPatches, type Windows } from './window-patches.ts';

/** The fields of layers that say how they compute. */
interface LayerFields extends LayerLike, Windows {
  dataFormat: string;
  recurrentActivation: { apply(x: tf.Tensor): tf.Tensor };
}

/** What one call of a layer multiplies a kernel with: tensors, by channels last, and the rows that each makes. */
interface Multiplied {
  tensors: tf.Tensor[];
  rows(x: Float32Array, shape: readonly number[]): Patches[];
}

const lastAxis = (x: Float32Array, shape: readonly number[]): Patches[] => [lastAxisPatches(x, shape)];

function channelsLast({ dataFormat }: LayerFields, x: tf.Tensor): tf.Tensor {
  if (dataFormat !== 'channelsFirst') return x;
  return tf.transpose(x, [0, ...Array.from({ length: x.rank - 2 }, (_, i) => i + 2), 1]);
}

/** A value of a layer's weight, as the layer computes with it. */
function weightValue(layer: LayerLike, property: string): tf.Tensor | undefined {
  return weightsOf(layer, (weight: Weight) => weight.property === property && weight.layer === layer)[0]?.read();
}

/** The states times the gate that says how much of them a GRU's candidate sees. */
function gated(layer: LayerFields, x: tf.Tensor, h: tf.Tensor): tf.Tensor {
  const units = h.shape[1]!;
  const ofGate = (matrix: tf.Tensor) => tf.slice(matrix as tf.Tensor2D, [0, units], [-1, units]);
  const sums = tf.add(
    tf.matMul(x as tf.Tensor2D, ofGate(weightValue(layer, 'kernel')!)),
    tf.matMul(h as tf.Tensor2D, ofGate(weightValue(layer, 'recurrentKernel')!)),
  );
  const bias = weightsOf(layer).some(({ property }) => property === 'bias') ? weightValue(layer, 'bias') : undefined;
  const gate = layer.recurrentActivation.apply(bias ? tf.add(sums, tf.slice(bias, [units], [units])) : sums);
  return tf.mul(gate, h);
}

/** What the pointwise kernel of a separable convolution is given. */
function afterDepthwise(layer: LayerFields, x: tf.Tensor): tf.Tensor {
  const filter = weightValue(layer, 'depthwiseKernel') as tf.Tensor4D;
  const { strides, padding, dilationRate } = layer;
  return tf.depthwiseConv2d(
    x as tf.Tensor4D,
    filter,
    strides as [number, number],
    padding as 'same' | 'valid',
    'NHWC',
    dilationRate as [number, number],
  );
}

/** tfjs does not dilate depthwise convolutions and transposed ones, whatever the option says. */
const undilated = (layer: LayerFields): Windows => ({ ...windowsOf(layer), dilationRate: [1, 1, 1] });
const windowsOf = ({ kernelSize, strides, dilationRate, padding }: LayerFields): Windows => ({
  kernelSize,
  strides,
  dilationRate,
  padding,
});

type Sees = (layer: LayerFields, inputs: readonly tf.Tensor[]) => Multiplied;

const dense: Sees = (_, [x]) => ({ tensors: [x!], rows: lastAxis });
const states: Sees = (_, [, h]) => ({ tensors: [h!], rows: lastAxis });
const convolution: Sees = (layer, [x]) => ({
  tensors: [channelsLast(layer, x!)],
  rows: (values, shape) => convolutionPatches(windowsOf(layer), values, shape),
});
const transposed: Sees = (layer, [x]) => ({
  tensors: [channelsLast(layer, x!)],
  rows: (values, shape) => transposedPatches(undilated(layer), values, shape),
});
const recurrent = { kernel: dense, recurrentKernel: states };

const SEES: Readonly<Record<string, Readonly<Record<string, Sees>>>> = {
  Dense: { kernel: dense },
  Conv1D: { kernel: convolution },
  Conv2D: { kernel: convolution },
  Conv3D: { kernel: convolution },
  Conv2DTranspose: { kernel: transposed },
  Conv3DTranspose: { kernel: transposed },
  DepthwiseConv2D: {
    depthwiseKernel: (layer, [x]) => ({
      tensors: [channelsLast(layer, x!)],
      rows: (values, shape) => depthwisePatches(undilated(layer), values, shape),
    }),
  },
  SeparableConv2D: {
    depthwiseKernel: (layer, [x]) => ({
      tensors: [channelsLast(layer, x!)],
      rows: (values, shape) => depthwisePatches(windowsOf(layer), values, shape),
    }),
    pointwiseKernel: (layer, [x]) => ({ tensors: [afterDepthwise(layer, channelsLast(layer, x!))], rows: lastAxis }),
  },
  SimpleRNNCell: recurrent,
  LSTMCell: recurrent,
  GRUCell: {
    kernel: dense,
    recurrentKernel: (layer, [x, h]) => ({ tensors: [h!, gated(layer, x!, h!)], rows: lastAxis }),
  },
  ConvLSTM2DCell: {
    kernel: convolution,
    recurrentKernel: (layer, [, h]) => ({
      tensors: [channelsLast(layer, h!)],
      rows: (values, shape) =>
        convolutionPatches({ ...undilated(layer), strides: [1, 1], padding: 'same' }, values, shape),
    }),
  },
};

/** The rows of each matrix that a kernel consists of, in their order, for one call of its layer. */
async function patchesOf(fn: string, weight: Weight, inputs: readonly tf.Tensor[]): Promise<Patches[]> {
  const layer = weight.layer as LayerFields;
  let rows: Multiplied['rows'] = lastAxis;
  const tensors = tf.tidy(() => {
    const seen = SEES[layer.getClassName()]![weight.property!]!(layer, inputs);
    rows = seen.rows;
    return seen.tensors.map((tensor) => tf.clone(tf.cast(tensor, 'float32')));
  });
  try {
    const made: Patches[] = [];
    for (const tensor of tensors) {
      const x = (await tensor.data()) as Float32Array;
      checkFinite(fn, 'activations', `the input of ${weight.path}`, x);
      made.push(...rows(x, tensor.shape));
    }
    return made;
  } finally {
    tf.dispose(tensors);
  }
}

/**
 * What kernels are multiplied with when a model computes on a batch, one layer after another, and of recurrent layers one time step after
 * another, masked steps too.
 *
 * @param fn - the function that was called, for messages
 * @param weights - kernels for which {@link hasProducts} is true
 * @param x - the model's input, or a list of its inputs; borrowed
 * @param visit - called for each call of each of their layers, in the order of the calls, with the rows that each of the
 * {@link kernelProducts} is multiplied with
 * @throws RangeError for an activation that is not finite and for a weight that {@link hasProducts} is not true of; TypeError or
 * RangeError for other arguments
 */
export async function visitPatches(
  fn: string,
  model: ModelLike,
  weights: readonly Weight[],
  x: tf.Tensor | tf.Tensor[],
  visit: (weight: Weight, patches: Patches[]) => void,
): Promise<void> {
  checkModelAndBatch(fn, model, x, 'x');
  checkType(Array.isArray(weights), `${fn}: weights must be a list`, weights);
  for (const weight of weights) {
    checkWeight(fn, weight);
    checkRange(hasProducts(weight), `${fn}: weights must be kernels of layers of class ${PRODUCT_LAYERS}`, weight.path);
  }
  checkFunction(fn, 'visit', visit);
  const layers = weights.map(({ layer }) => layer!);
  chosenLayers(fn, 'weights', model, layers);
  const captured = capture(model, layers, x);
  try {
    for (const { layer, inputs } of captured.calls)
      for (const weight of weights) if (weight.layer === layer) visit(weight, await patchesOf(fn, weight, inputs));
  } finally {
    captured.dispose();
  }
}
