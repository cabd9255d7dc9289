import * as tf from '@tensorflow/tfjs';
import { fillNormal, fillUniform, foldIn, randomKey } from '@weightkit/numerics';

export type Architecture = 'dense' | 'convolution' | 'recurrent';
export const ARCHITECTURES: readonly Architecture[] = ['dense', 'convolution', 'recurrent'];

/** A stream of uniforms in [0, 1) of its own for each seed. */
export function streamOf(seed: number): () => number {
  const values = fillUniform(new Float32Array(256), foldIn(randomKey(seed), 7));
  let next = 0;
  return () => values[next++ % 256]!;
}

/** Normal numbers. */
export const normals = (count: number, seed: number): Float32Array =>
  fillNormal(new Float32Array(count), randomKey(seed));

/** A tensor of them. */
export const gaussian = (shape: number[], seed: number): tf.Tensor =>
  tf.tensor(normals(tf.util.sizeFromShape(shape), seed), shape);

export interface Shape {
  /** Hidden layers. */
  depth: number;
  /** Units of each. */
  width: number;
  /** Side of an image, or steps of a sequence. */
  extent: number;
}

/** What thresholds were set on, and what they are tried on beside other seeds. */
export const SIZES: Readonly<Record<'usual' | 'other', Readonly<Record<Architecture, Shape>>>> = {
  usual: {
    dense: { depth: 4, width: 16, extent: 8 },
    convolution: { depth: 3, width: 8, extent: 4 },
    recurrent: { depth: 2, width: 12, extent: 10 },
  },
  other: {
    dense: { depth: 6, width: 40, extent: 20 },
    convolution: { depth: 4, width: 12, extent: 6 },
    recurrent: { depth: 3, width: 20, extent: 14 },
  },
};

export interface Built {
  model: tf.Sequential;
  /** Paths of the hidden layers. */
  hidden: string[];
  x: tf.Tensor;
  y: tf.Tensor;
}

export type Cell = 'simpleRNN' | 'lstm' | 'gru';

export interface BuildOptions {
  activation?: 'relu' | 'tanh' | 'sigmoid' | 'elu';
  cell?: Cell;
  normalized?: boolean;
}

/** The law that fits the activation. */
const lawFor = (activation: string, seed: number) =>
  activation === 'relu' || activation === 'elu'
    ? tf.initializers.heNormal({ seed })
    : tf.initializers.glorotUniform({ seed });

function hiddenLayer(
  architecture: Architecture,
  { depth, width, extent }: Shape,
  i: number,
  seed: number,
  options: BuildOptions,
) {
  const { activation = 'relu', cell = 'simpleRNN' } = options;
  const name = `hidden${i}`;
  const kernelInitializer = lawFor(activation, 100 * seed + i + 1);
  if (architecture === 'dense')
    return tf.layers.dense({
      units: width,
      activation,
      name,
      kernelInitializer,
      ...(i === 0 && { inputShape: [extent] }),
    });
  if (architecture === 'convolution')
    return tf.layers.conv2d({
      filters: width,
      kernelSize: 3,
      padding: 'same',
      activation,
      name,
      kernelInitializer,
      ...(i === 0 && { inputShape: [extent, extent, 3] }),
    });
  return tf.layers[cell]({
    units: width,
    name,
    returnSequences: i < depth - 1,
    kernelInitializer: tf.initializers.glorotUniform({ seed: 100 * seed + i + 1 }),
    recurrentInitializer: tf.initializers.orthogonal({ gain: 1, seed: 100 * seed + i + 51 }),
    ...(cell === 'simpleRNN' && { activation: activation === 'relu' ? 'relu' : 'tanh' }),
    ...(i === 0 && { inputShape: [extent, 6] }),
  } as never) as tf.layers.Layer;
}

/** A healthy model of the architecture, compiled, with inputs of mean 0 and variance 1 and targets that can be learned. */
export function build(architecture: Architecture, shape: Shape, seed: number, options: BuildOptions = {}): Built {
  const model = tf.sequential();
  const hidden = Array.from({ length: shape.depth }, (_, i) => `hidden${i}`);
  for (const [i] of hidden.entries()) {
    model.add(hiddenLayer(architecture, shape, i, seed, options));
    if (options.normalized && architecture !== 'recurrent')
      model.add(tf.layers.batchNormalization({ name: `norm${i}` }));
  }
  if (architecture === 'convolution') model.add(tf.layers.globalAveragePooling2d({ name: 'pool' } as never));
  model.add(
    tf.layers.dense({ units: 3, name: 'out', kernelInitializer: tf.initializers.glorotUniform({ seed: seed + 999 }) }),
  );
  model.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
  const examples = architecture === 'convolution' ? 16 : 32;
  const x = gaussian([examples, ...model.inputs[0]!.shape.slice(1)] as number[], 5000 + seed);
  const y = tf.tidy(() => {
    const flat = tf.reshape(x, [examples, -1]);
    return tf.tanh(tf.slice(flat, [0, 0], [examples, 3]));
  });
  return { model, hidden, x, y };
}
