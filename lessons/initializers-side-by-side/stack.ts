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

/** Looks at the sums of a batch, `units` beside each other; here and not on the backend, which would take many small steps. */
function look(sums: ArrayLike<number>, units: number): LayerSums {
  const [total, squares] = [new Float64Array(units), new Float64Array(units)];
  for (let i = 0; i < sums.length; i++) {
    total[i % units]! += sums[i]!;
    squares[i % units]! += sums[i]! ** 2;
  }
  const count = sums.length / units;
  const variances = squares.map((square, unit) => Math.max(0, square / count - (total[unit]! / count) ** 2));
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    variance: mean(squares) / count - (mean(total) / count) ** 2,
    least: Math.min(...variances),
    most: Math.max(...variances),
  };
}

/** The sums of every layer for these inputs. */
async function through(x: tf.Tensor2D, layers: readonly Weights[]): Promise<LayerSums[]> {
  const all = tf.tidy(() => {
    let at = x;
    return layers.map((weights) => {
      const sums = sumsOf(at, weights);
      at = tf.relu(sums);
      return sums;
    });
  });
  const seen = await Promise.all(all.map(async (sums) => look(await sums.data(), sums.shape[1])));
  tf.dispose(all);
  return seen;
}

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

/** LSUV, the data-dependent start and the LSUV of the slide on the same inputs; `tell` is called between them. */
export async function stackOf(seed: number, tell = async (): Promise<void> => {}): Promise<Stack> {
  const ours = await journey('lsuv', seed);
  await tell();
  const other = await journey('dataDependent', seed);
  await tell();
  return { lsuv: ours, dataDependent: other, slide: await slide(seed) };
}
