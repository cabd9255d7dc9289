import * as tf from '@tensorflow/tfjs';
import type { Run } from '@weightkit/lesson';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { byHand, type Example, exampleOf } from './product.ts';
import { type Planned, plan } from './sizes.ts';
import { type Layer, nearestStack, readStack } from './stack.ts';

export interface Params {
  /** The stack as a text: `vector-64.dense-32.dense-10`. */
  stack: string;
  /** Whose convention is shown. */
  convention: 'TensorFlow.js' | 'PyTorch';
  /** Of the layer that is multiplied by hand. */
  inputs: number;
  outputs: number;
  /** Of its numbers. */
  seed: number;
}

/** A layer as TensorFlow.js built it. */
export interface Built {
  name: string;
  /** Its weights in their order. */
  weights: { name: string; shape: number[] }[];
  /** What `countParams` says. */
  count: number;
  /** The shape of what it gives, without the batch. */
  gives: number[];
}

export interface Result {
  built: Built[];
  /** What the whole model says. */
  total: number;
  /** y = Wx + b by hand and by `predict`. */
  byHand: number[];
  predicted: number[];
}

const zeros = { kernelInitializer: 'zeros', biasInitializer: 'zeros' } as const;

/** The layer of TensorFlow.js. All its weights are zero: here it is their number that counts. */
function layerOf({ name, layer, from }: Planned, again: boolean, first: boolean): tf.layers.Layer {
  const { kind, sizes, same } = layer;
  const [one, two] = sizes as [number, number];
  const input = first ? { inputShape: [...from.sizes] } : {};
  const padding = same ? 'same' : 'valid';
  switch (kind) {
    case 'dense':
      return tf.layers.dense({ name, units: one, ...zeros, ...input });
    case 'conv':
      return tf.layers.conv2d({ name, filters: one, kernelSize: two, padding, ...zeros, ...input });
    case 'depthwise':
      return tf.layers.depthwiseConv2d({
        name,
        kernelSize: one,
        padding,
        depthwiseInitializer: 'zeros',
        ...zeros,
        ...input,
      });
    case 'separable':
      return tf.layers.separableConv2d({
        name,
        filters: one,
        kernelSize: two,
        padding,
        depthwiseInitializer: 'zeros',
        pointwiseInitializer: 'zeros',
        biasInitializer: 'zeros',
        ...input,
      });
    case 'pool':
      return tf.layers.maxPooling2d({ name, poolSize: one, strides: one, ...input });
    case 'flatten':
      return tf.layers.flatten({ name, ...input });
    case 'embedding':
      return tf.layers.embedding({ name, inputDim: one, outputDim: two, embeddingsInitializer: 'zeros', ...input });
    default: {
      const config = { name, units: one, recurrentInitializer: 'zeros', returnSequences: again, ...zeros } as const;
      return kind === 'rnn' ? tf.layers.simpleRNN(config) : tf.layers.lstm({ ...config, unitForgetBias: false });
    }
  }
}

const feedsRecurrent = (layer: Layer | undefined): boolean => layer?.kind === 'rnn' || layer?.kind === 'lstm';

/** Builds a stack and asks every layer for its weights. */
function build(planned: readonly Planned[]): Pick<Result, 'built' | 'total'> {
  if (planned.length === 0) return { built: [], total: 0 };
  const model = tf.sequential({
    layers: planned.map((one, i) => layerOf(one, feedsRecurrent(planned[i + 1]?.layer), i === 0)),
  });
  try {
    const built = model.layers
      .filter(({ name }) => planned.some((one) => one.name === name))
      .map(
        (layer): Built => ({
          name: layer.name,
          weights: layer.weights.map(({ originalName, shape }) => ({ name: originalName, shape: shape as number[] })),
          count: layer.countParams(),
          gives: (layer.outputShape as number[]).slice(1),
        }),
      );
    return { built, total: model.countParams() };
  } finally {
    model.dispose();
  }
}

/** y = Wx + b by a dense layer. Its kernel has a row for each input: the weights, turned round. */
async function predict({ weights, bias, x }: Example): Promise<number[]> {
  const layer = tf.layers.dense({ units: bias.length, inputShape: [x.length] });
  const model = tf.sequential({ layers: [layer] });
  const y = tf.tidy(() => {
    const kernel = tf.transpose(tf.tensor2d(weights));
    layer.setWeights([kernel, tf.tensor1d(bias)]);
    return model.predict(tf.tensor2d([x])) as tf.Tensor;
  });
  const values = Array.from(await y.data());
  y.dispose();
  model.dispose();
  return values;
}

function check({ stack, convention, inputs, outputs, seed }: Params): void {
  const fn = 'whatAWeightIs';
  const rule = 'a stack that can be built, as vector-64.dense-10';
  checkRange(typeof stack === 'string' && nearestStack(stack).value === stack, `${fn}: stack must be ${rule}`, stack);
  const known = ['TensorFlow.js', 'PyTorch'].includes(convention);
  checkRange(known, `${fn}: convention must be TensorFlow.js or PyTorch`, convention);
  for (const [name, value] of Object.entries({ inputs, outputs }))
    checkRange(Number.isInteger(value) && value >= 1 && value <= 64, `${fn}: ${name} must be in [1, 64]`, value);
  checkRange(Number.isSafeInteger(seed), `${fn}: seed must be a safe integer`, seed);
}

/**
 * Builds a stack in TensorFlow.js and asks it for the shapes and the number of its weights; multiplies a small layer by hand and by
 * `predict`.
 *
 * @param params - the stack, and the size and the seed of the small layer
 * @param run - progress with the result so far, and a way to stop
 */
export async function whatAWeightIs(
  params: Params,
  { onProgress, signal }: Omit<Run<Result>, 'data'>,
): Promise<Result> {
  checkOptions('whatAWeightIs', params, ['stack', 'convention', 'inputs', 'outputs', 'seed']);
  check(params);
  const { stack } = readStack(params.stack);
  const planned = plan(stack);
  const { built, total } = build(planned);
  const example = exampleOf(params.seed, params.inputs, params.outputs);
  const result: Result = { built, total, byHand: byHand(example).map(({ y }) => y), predicted: [] };
  await onProgress?.({ done: 0.5, label: `${built.length} layers built`, result });
  signal?.throwIfAborted();
  return { ...result, predicted: await predict(example) };
}
