import * as tf from '@tensorflow/tfjs';
import { dataDependent, initialize, lsuv, normal, orthogonal } from '@weightkit/initializers';
import { fillNormal, randomKey } from '@weightkit/numerics';

/** A stack of ReLU layers, and the random inputs that LSUV and the data-dependent start look at. */
export const STACK = { layers: 10, units: 64, batch: 256 };

/** The sums of a layer before its activation, over the batch: variance over all units, and the least and the largest of a unit alone. */
export interface LayerSums {
  variance: number;
  least: number;
  most: number;
}

/** A start that goes through the layers one after the other. */
export interface Journey {
  /** The sums of all layers when none, one, two, ... of them are done. */
  stages: LayerSums[][];
  /** When all are done, on inputs that it has not seen. */
  fresh: LayerSums[];
}

export interface Stack {
  lsuv: Journey;
  dataDependent: Journey;
  /** The sums in the network that the code of the slide makes. */
  slide: LayerSums[];
}

/** Kernel and bias of a layer. */
type Weights = readonly [kernel: tf.Tensor2D, bias: tf.Tensor1D];

const sumsOf = (x: tf.Tensor2D, [kernel, bias]: Weights): tf.Tensor2D => tf.add(tf.matMul(x, kernel), bias);

/** Variance of all, least and largest of a unit; in a tidy. */
function look(sums: tf.Tensor2D): tf.Tensor1D {
  const { mean, variance } = tf.moments(sums, 0);
  const all = tf.add(tf.mean(variance), tf.moments(mean).variance);
  return tf.stack([all, tf.min(variance), tf.max(variance)]) as tf.Tensor1D;
}

async function read(looks: readonly tf.Tensor1D[]): Promise<LayerSums[]> {
  const all = tf.stack([...looks]);
  const values = await all.data();
  tf.dispose([all, ...looks]);
  return looks.map((_, l) => ({
    variance: values[3 * l]!,
    least: values[3 * l + 1]!,
    most: values[3 * l + 2]!,
  }));
}

/** The sums of every layer for these inputs. */
const through = (x: tf.Tensor2D, layers: readonly Weights[]): Promise<LayerSums[]> =>
  read(
    tf.tidy(() => {
      let at = x;
      return layers.map((weights) => {
        const sums = sumsOf(at, weights);
        at = tf.relu(sums);
        return look(sums);
      });
    }),
  );

const inputs = (seed: number, path: string): tf.Tensor2D =>
  tf.tensor2d(fillNormal(new Float32Array(STACK.batch * STACK.units), randomKey(seed, path)), [
    STACK.batch,
    STACK.units,
  ]);

const weightsOf = (model: tf.Sequential): Weights[] =>
  model.layers.map((layer) => layer.getWeights().map((weight) => tf.clone(weight)) as [tf.Tensor2D, tf.Tensor1D]);

/** Starts the stack, lets one of the two look at a batch, and goes again through what it did, layer by layer. */
async function journey(kind: 'lsuv' | 'dataDependent', seed: number): Promise<Journey> {
  const model = tf.sequential();
  for (let l = 1; l <= STACK.layers; l++)
    model.add(
      tf.layers.dense({
        name: `layer${l}`,
        units: STACK.units,
        activation: 'relu',
        inputShape: [STACK.units],
        kernelInitializer: 'zeros',
      }),
    );
  const [x, fresh] = [inputs(seed, 'batch'), inputs(seed, 'fresh')];
  initialize(model, { '*/kernel': kind === 'lsuv' ? orthogonal() : normal() }, { seed });
  const before = weightsOf(model);
  if (kind === 'lsuv') await lsuv(model, x, { start: null });
  else await dataDependent(model, x);
  const after = weightsOf(model);
  try {
    const done = await through(x, after);
    const stages: LayerSums[][] = [];
    let at = tf.clone(x);
    for (let k = 0; k <= STACK.layers; k++) {
      // The first k layers are as they will be, the others as they were.
      stages.push([...done.slice(0, k), ...(k < STACK.layers ? await through(at, before.slice(k)) : [])]);
      const next = k < STACK.layers ? tf.tidy(() => tf.relu(sumsOf(at, after[k]!))) : at;
      if (next !== at) at.dispose();
      at = next;
    }
    at.dispose();
    return { stages, fresh: await through(fresh, after) };
  } finally {
    tf.dispose([x, fresh, ...before.flat(), ...after.flat()]);
    model.dispose();
  }
}

/** What the slide does: once, by the variance after the activation, and the next layer gets what this one gave before it was scaled. */
async function slide(seed: number): Promise<LayerSums[]> {
  const x = inputs(seed, 'batch');
  const kernels: tf.Tensor2D[] = [];
  const variances: tf.Scalar[] = [];
  const bias = tf.zeros([STACK.units]) as tf.Tensor1D;
  let given = tf.clone(x);
  for (let l = 1; l <= STACK.layers; l++) {
    const start = orthogonal({ gain: Math.SQRT2 })([STACK.units, STACK.units], { seed, path: `layer${l}/kernel` });
    const [kernel, variance, next] = tf.tidy(() => {
      const output = tf.relu(tf.matMul(given, start as tf.Tensor2D)) as tf.Tensor2D;
      const { variance } = tf.moments(output);
      return [tf.div(start, tf.sqrt(tf.add(variance, 1e-8))), variance, output] as const;
    });
    tf.dispose([start, given]);
    kernels.push(kernel as tf.Tensor2D);
    variances.push(variance as tf.Scalar);
    given = next;
  }
  try {
    return await through(
      x,
      kernels.map((kernel) => [kernel, bias] as const),
    );
  } finally {
    tf.dispose([x, bias, given, kernels, variances]);
  }
}

/** LSUV, the data-dependent start and the LSUV of the slide on the same inputs. */
export async function stackOf(seed: number): Promise<Stack> {
  return {
    lsuv: await journey('lsuv', seed),
    dataDependent: await journey('dataDependent', seed),
    slide: await slide(seed),
  };
}
