import * as tf from '@tensorflow/tfjs';
import { dataDependent, initialize, lsuv, torchDefault, zeros } from '@weightkit/initializers';
import { fillNormal, moments, permutation, randomKey } from '@weightkit/numerics';
import { entryOf, LAW_NAMES, type LawEntry, type LawName } from './laws.ts';

/** The network of the slides: five inputs, ten hidden units, one linear output; 100 examples in batches of 32, which is the default of Keras. */
export const NET = { inputs: 5, hidden: 10, examples: 100, batch: 32, fresh: 1000 };

/** The loss of a network before training and after each epoch. */
export interface History {
  train: number[];
  /** On examples that it was not trained on. */
  fresh: number[];
}

export interface Training {
  byLaw: Record<LawName, History>;
  /** What the best constant costs, the mean of the targets, on both. */
  constant: { train: number; fresh: number };
}

/** A network as a user has it, started by a law on the training inputs. */
export async function startedNet(law: LawName, x: tf.Tensor2D, seed: number): Promise<tf.Sequential> {
  const entry: LawEntry = entryOf(law);
  const own = { kernelInitializer: 'zeros' } as const;
  const model = tf.sequential({
    layers: [
      tf.layers.dense({
        name: 'hidden',
        units: NET.hidden,
        activation: entry.activation,
        inputShape: [NET.inputs],
        ...own,
      }),
      tf.layers.dense({ name: 'output', units: 1, ...own }),
    ],
  });
  const biases = entry.biases === 'torch' ? torchDefault() : zeros();
  initialize(
    model,
    {
      'hidden/kernel': entry.start({ inputs: NET.inputs, units: NET.hidden }),
      'output/kernel': entry.start({ inputs: NET.hidden, units: 1 }),
      '*/bias': biases,
    },
    { seed },
  );
  if (entry.looks === 'lsuv') await lsuv(model, x, { start: null, seed });
  if (entry.looks === 'dataDependent') await dataDependent(model, x, { start: null, seed });
  return model;
}

/** The weights of all networks, a network a slice: hidden kernel and bias, output kernel and bias. */
async function allWeights(x: tf.Tensor2D, seed: number): Promise<tf.Variable[]> {
  const nets: tf.Tensor[][] = [];
  for (const law of LAW_NAMES) {
    const model = await startedNet(law, x, seed);
    nets.push(model.getWeights().map((weight) => tf.clone(weight)));
    model.dispose();
  }
  const [count, { inputs, hidden }] = [LAW_NAMES.length, NET];
  const shapes = [
    [count, inputs, hidden],
    [count, 1, hidden],
    [count, hidden, 1],
    [count, 1, 1],
  ];
  const variables = shapes.map((shape, i) =>
    tf.tidy(() => tf.variable(tf.reshape(tf.stack(nets.map((net) => net[i]!)), shape))),
  );
  tf.dispose(nets);
  return variables;
}

/** 1 for the networks that have the activation, 0 for the others. */
const mask = (activation: LawEntry['activation']): tf.Tensor3D =>
  tf.tensor3d(
    LAW_NAMES.map((law) => (entryOf(law).activation === activation ? 1 : 0)),
    [LAW_NAMES.length, 1, 1],
  );
type Masks = Record<LawEntry['activation'], tf.Tensor3D>;

/** The mean squared error of every network. */
function losses(variables: readonly tf.Variable[], masks: Masks, x: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor1D {
  const [kernel, bias, out, outBias] = variables as unknown as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const inputs = tf.tile(tf.expandDims(x, 0), [LAW_NAMES.length, 1, 1]);
  const sums = tf.add(tf.matMul(inputs, kernel), bias);
  const hidden = tf.addN([
    tf.mul(tf.relu(sums), masks.relu),
    tf.mul(tf.tanh(sums), masks.tanh),
    tf.mul(tf.selu(sums), masks.selu),
  ]);
  const answers = tf.add(tf.matMul(hidden, out), outBias);
  return tf.mean(tf.square(tf.sub(answers, tf.expandDims(y, 0))), [1, 2]);
}

const normals = (rows: number, columns: number, seed: number, path: string): tf.Tensor2D =>
  tf.tensor2d(fillNormal(new Float32Array(rows * columns), randomKey(seed, path)), [rows, columns]);

/** What a guess costs that is always the mean. */
const varianceOf = async (targets: tf.Tensor2D): Promise<number> =>
  moments((await targets.data()) as Float32Array).std ** 2;

interface TrainOptions {
  epochs: number;
  rate: number;
  seed: number;
}

/**
 * Trains a network from each law on random inputs and random targets, all at once, with Adam.
 *
 * @param onEpoch - told how many epochs are done
 */
export async function trainAll(
  { epochs, rate, seed }: TrainOptions,
  onEpoch: (done: number) => void | Promise<void>,
): Promise<Training> {
  const { inputs, examples, batch, fresh } = NET;
  const [x, y] = [normals(examples, inputs, seed, 'train/x'), normals(examples, 1, seed, 'train/y')];
  const [freshX, freshY] = [normals(fresh, inputs, seed, 'fresh/x'), normals(fresh, 1, seed, 'fresh/y')];
  const variables = await allWeights(x, seed);
  const masks: Masks = { relu: mask('relu'), tanh: mask('tanh'), selu: mask('selu') };
  const adam = tf.train.adam(rate, 0.9, 0.999, 1e-7);
  const histories = LAW_NAMES.map((): History => ({ train: [], fresh: [] }));
  const look = async () => {
    const both = tf.tidy(() => [losses(variables, masks, x, y), losses(variables, masks, freshX, freshY)]);
    const [train, others] = await Promise.all(both.map((tensor) => tensor.data()));
    tf.dispose(both);
    for (const [i, history] of histories.entries()) {
      history.train.push(train![i]!);
      history.fresh.push(others![i]!);
    }
  };
  try {
    await look();
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = permutation(examples, randomKey(seed, `order/${epoch}`));
      for (let at = 0; at < examples; at += batch) {
        tf.tidy(() => {
          const chosen = tf.tensor1d(Int32Array.from(order.subarray(at, at + batch)), 'int32');
          const [some, targets] = [tf.gather(x, chosen), tf.gather(y, chosen)];
          // Each network has only its own weights in its own loss, so the gradient of the sum is the gradient of each.
          adam.minimize(() => tf.sum(losses(variables, masks, some, targets)), false, variables);
        });
      }
      await look();
      await onEpoch(epoch + 1);
    }
    const constant = { train: await varianceOf(y), fresh: await varianceOf(freshY) };
    const byLaw = Object.fromEntries(LAW_NAMES.map((law, i) => [law, histories[i]!]));
    return { byLaw: byLaw as Training['byLaw'], constant };
  } finally {
    tf.dispose([x, y, freshX, freshY, variables, masks]);
    adam.dispose();
  }
}
