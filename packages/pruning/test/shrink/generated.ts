import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts, weightsOf } from '@weightkit/core';
import { fillNormal, randomKey } from '@weightkit/numerics';

type Symbolic = tf.SymbolicTensor;

/** Draws from a stream of its own. */
export function dice(seed: number): { below(n: number): number; of<T>(list: readonly T[]): T; is(p: number): boolean } {
  let state = (seed * 2654435761 + 88675123) >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 8) & 0xffffff) / 2 ** 24;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return { below, of: (list) => list[below(list.length)]!, is: (p) => next() < p };
}

/** Sets every weight of a model by its path and a seed; variances are positive, and slopes are. */
export function fillWeights(model: tf.LayersModel, seed: number): void {
  for (const { path, shape, variable } of weightsOf(model)) {
    const values = fillNormal(new Float32Array(variable!.size), randomKey(seed, path));
    for (let i = 0; i < values.length; i++)
      values[i] = path.endsWith('movingVariance') ? 0.5 + Math.abs(values[i]!) : values[i]! / 2;
    tf.tidy(() => variable!.assign(tf.tensor(values, [...shape])));
  }
}

const ACTIVATIONS = ['linear', 'relu', 'tanh', 'elu', 'selu', 'softsign', 'swish', 'relu', 'sigmoid'] as const;

/** A model of layers drawn at random: images, sequences and vectors, branches, layers that are called twice, nested models. */
export function generatedModel(seed: number, size = 8): tf.LayersModel {
  const draw = dice(seed);
  let count = 0;
  const named = (kind: string) => `${kind}${count++}`;
  const activation = () => draw.of(ACTIVATIONS);
  const quick = { kernelInitializer: 'zeros', recurrentInitializer: 'zeros' } as const;
  const common = (kind: string) => ({ name: named(kind), useBias: draw.is(0.8), activation: activation(), ...quick });
  const units = () => 3 + draw.below(4);
  const apply = (layer: tf.layers.Layer, x: Symbolic | Symbolic[]): Symbolic => {
    const y = layer.apply(x);
    return (Array.isArray(y) ? y[0] : y) as Symbolic;
  };
  const rank = (x: Symbolic) => x.shape.length;

  const anyKind: ((x: Symbolic) => tf.layers.Layer)[] = [
    () => tf.layers.batchNormalization({ name: named('norm'), scale: draw.is(0.8), center: draw.is(0.8) }),
    () => tf.layers.activation({ name: named('act'), activation: activation() }),
    () => tf.layers.reLU({ name: named('relu') }),
    () => tf.layers.leakyReLU({ name: named('leaky') }),
    () => tf.layers.prelu({ name: named('prelu'), ...(draw.is(0.5) ? {} : { alphaInitializer: 'zeros' }) }),
    () => tf.layers.dropout({ name: named('drop'), rate: 0.5 }),
    () => tf.layers.gaussianNoise({ name: named('noise'), stddev: 1 }),
  ];
  const image: ((x: Symbolic) => tf.layers.Layer)[] = [
    () =>
      tf.layers.conv2d({
        ...common('conv'),
        filters: units(),
        kernelSize: draw.of([1, 2, 3]),
        padding: 'same',
        strides: draw.of([1, 1, 2]),
      }),
    (x) =>
      tf.layers.conv2d({
        ...common('valid'),
        filters: units(),
        kernelSize: x.shape[1]! > 2 && x.shape[2]! > 2 ? draw.of([1, 2]) : 1,
        padding: 'valid',
      }),
    () =>
      tf.layers.depthwiseConv2d({
        ...common('depthwise'),
        kernelSize: 3,
        padding: 'same',
        depthMultiplier: draw.of([1, 2]),
      }),
    () =>
      tf.layers.separableConv2d({
        ...common('separable'),
        kernelInitializer: null as never,
        filters: units(),
        kernelSize: 2,
        padding: 'same',
        depthMultiplier: draw.of([1, 2]),
      }),
    () => tf.layers.conv2dTranspose({ ...common('transpose'), filters: units(), kernelSize: 2, padding: 'same' }),
    () => tf.layers.maxPooling2d({ name: named('max'), poolSize: 2, strides: 1, padding: 'same' }),
    () => tf.layers.averagePooling2d({ name: named('mean'), poolSize: 2, strides: 1, padding: 'same' }),
    () => tf.layers.zeroPadding2d({ name: named('pad'), padding: 1 }),
    () => tf.layers.upSampling2d({ name: named('up'), size: [1, 2] }),
    () => tf.layers.dense({ ...common('dense'), units: units() }),
    (x) => tf.layers.reshape({ name: named('reshape'), targetShape: [x.shape[1]! * x.shape[2]!, x.shape[3]!] }),
    () => tf.layers.flatten({ name: named('flat') }),
    () => tf.layers.globalAveragePooling2d({ name: named('gap') }),
    () => tf.layers.globalMaxPooling2d({ name: named('gmp') }),
  ];
  const sequence: ((x: Symbolic) => tf.layers.Layer)[] = [
    () =>
      tf.layers.conv1d({
        ...common('conv'),
        filters: units(),
        kernelSize: 1 + draw.below(2),
        padding: 'same',
      }),
    () => tf.layers.dense({ ...common('dense'), units: units() }),
    () =>
      tf.layers.timeDistributed({
        name: named('each'),
        layer: tf.layers.dense({ ...common('dense'), units: units() }),
      }),
    () => tf.layers.simpleRNN({ ...common('rnn'), units: units(), returnSequences: draw.is(0.5) }),
    () => tf.layers.gru({ ...common('gru'), units: units(), returnSequences: draw.is(0.5) }),
    () => tf.layers.lstm({ ...common('lstm'), activation: 'tanh', units: units(), returnSequences: draw.is(0.5) }),
    () =>
      tf.layers.bidirectional({
        name: named('both'),
        mergeMode: draw.of(['concat', 'sum', 'ave', 'mul'] as const),
        layer: tf.layers.gru({ ...common('gru'), units: units(), returnSequences: true }) as never,
      }),
    () => tf.layers.permute({ name: named('permute'), dims: [2, 1] }),
    () => tf.layers.layerNormalization({ name: named('layernorm') }),
    () => tf.layers.flatten({ name: named('flat') }),
    () => tf.layers.globalAveragePooling1d({ name: named('gap') }),
  ];
  const vector: ((x: Symbolic) => tf.layers.Layer)[] = [
    () => tf.layers.dense({ ...common('dense'), units: units() }),
    () => tf.layers.dense({ ...common('dense'), units: units() }),
    () => tf.layers.repeatVector({ name: named('repeat'), n: 3 }),
    (x) => tf.layers.reshape({ name: named('reshape'), targetShape: [1, 1, x.shape[1]!] }),
    () => tf.layers.softmax({ name: named('softmax') }),
  ];
  const merges = [tf.layers.add, tf.layers.multiply, tf.layers.average, tf.layers.maximum, tf.layers.minimum];

  const inputs: Symbolic[] = [];
  const add = (shape: number[]): Symbolic => {
    const x = tf.input({ shape, name: named('in') });
    inputs.push(x);
    return x;
  };
  const first = draw.of([[5, 4, 3], [5, 4, 3], [4, 5], [6]]);
  const pool: Symbolic[] = [add(first)];
  if (draw.is(0.3)) pool.push(add(first));
  const calls: [tf.layers.Layer, (number | null)[]][] = [];
  const same = (a: readonly (number | null)[], b: readonly (number | null)[]) => a.join() === b.join();

  for (let i = 0; i < size; i++) {
    const x = draw.is(0.7) ? pool.at(-1)! : draw.of(pool);
    const roll = draw.below(20);
    const twins = pool.filter((one) => one !== x && same(one.shape, x.shape));
    if (roll < 3 && twins.length > 0) {
      pool.push(apply(draw.of(merges)({ name: named('merge') }), [x, draw.of(twins)]));
      continue;
    }
    const beside = pool.filter((one) => rank(one) === rank(x) && same(one.shape.slice(0, -1), x.shape.slice(0, -1)));
    if (roll < 6) {
      pool.push(apply(tf.layers.concatenate({ name: named('concat') }), [x, draw.of(beside)]));
      continue;
    }
    const again = calls.filter(([, shape]) => same(shape, x.shape));
    if (roll < 8 && again.length > 0) {
      pool.push(apply(draw.of(again)[0], x));
      continue;
    }
    if (roll < 9 && rank(x) === 2) {
      const inner = tf.input({ shape: x.shape.slice(1) as number[], name: named('in') });
      const middle = apply(tf.layers.dense({ ...common('dense'), units: units() }), inner);
      const nested = tf.model({
        inputs: inner,
        outputs: apply(tf.layers.dense({ ...common('dense'), units: units() }), middle),
        name: named('nested'),
      });
      calls.push([nested, x.shape]);
      pool.push(apply(nested, x));
      continue;
    }
    const own = rank(x) === 4 ? image : rank(x) === 3 ? sequence : vector;
    const layer = draw.of(draw.is(0.3) ? anyKind : own)(x);
    calls.push([layer, x.shape]);
    pool.push(apply(layer, x));
  }
  const head = (x: Symbolic): Symbolic =>
    apply(tf.layers.dense({ name: named('out'), units: 3, kernelInitializer: 'zeros' }), x);
  const outputs = [head(pool.at(-1)!), ...(draw.is(0.3) ? [head(draw.of(pool))] : [])];
  // An input that nothing uses would be refused.
  const used = inputs.filter((x) => reaches(outputs, x));
  const model = tf.model({ inputs: used, outputs, name: 'generated' });
  fillWeights(model, seed);
  return model;
}

function reaches(outputs: readonly Symbolic[], input: Symbolic): boolean {
  const seen = new Set<Symbolic>();
  const open = [...outputs];
  for (const x of open) {
    if (x === input) return true;
    if (seen.has(x)) continue;
    seen.add(x);
    open.push(
      ...(x.sourceLayer as unknown as { inboundNodes: { inputTensors: Symbolic[] }[] }).inboundNodes[x.nodeIndex]!
        .inputTensors,
    );
  }
  return false;
}

/** Loads a model as stock TensorFlow.js does, from what `saveFolded` writes: `model.save` writes some that stock cannot load. */
export const reloaded = async (model: tf.LayersModel): Promise<tf.LayersModel> => {
  const artifacts = await foldedArtifacts(model);
  const modelTopology = JSON.parse(JSON.stringify(artifacts.modelTopology));
  return tf.loadLayersModel(tf.io.fromMemory({ ...artifacts, modelTopology }));
};

/** What a model gives for a batch, downloaded. */
export async function outputsOf(model: tf.LayersModel, x: tf.Tensor | tf.Tensor[]): Promise<number[][]> {
  const outputs = [model.predictOnBatch(x)].flat() as tf.Tensor[];
  const values = await Promise.all(outputs.map(async (one) => Array.from(await one.data())));
  tf.dispose(outputs);
  return values;
}
