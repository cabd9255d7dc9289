import * as tf from '@tensorflow/tfjs';
import type { LayerInternals, LayerVariableLike } from '../../src/model/types.ts';
import { type Canary, canary } from './canary.ts';

type Named = { name: string; tensor: tf.Tensor };
type Constructor = new (value: tf.Tensor, dtype: tf.DataType, name: string, trainable: boolean) => LayerVariableLike;

function kernel(): LayerVariableLike {
  const layer = tf.layers.dense({ units: 2 });
  layer.build([null, 3]);
  return (layer as unknown as LayerInternals).kernel as LayerVariableLike;
}

/** A trained scalar `w` with gradient 1, and the optimizer. */
function scalarLoss() {
  const w = tf.variable(tf.scalar(3));
  return { w, loss: () => tf.clone(w) as tf.Scalar };
}

function compiled(): tf.Sequential {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
  model.compile({ optimizer: tf.train.adam(0.1), loss: 'meanSquaredError' });
  return model;
}

const step = (model: tf.LayersModel) => model.trainOnBatch(tf.ones([2, 2]), tf.ones([2, 1]));

/** What `applyGradients` gets while `run` runs. */
async function given(optimizer: tf.Optimizer, run: () => unknown): Promise<unknown[]> {
  const seen: unknown[] = [];
  optimizer.applyGradients = (gradients) => void seen.push(gradients);
  await run();
  return seen;
}

/** An optimizer that hands its gradients to another method. */
function renamed(optimizer: tf.Optimizer): void {
  optimizer.minimize = () => null;
}

const isNamed = (entry: unknown): boolean =>
  typeof (entry as { name?: unknown }).name === 'string' && 'tensor' in (entry as object);

const layerVariables: Canary[] = [
  canary({
    field: "LayerVariable's constructor",
    rule: '(value, dtype, name, trainable)',
    used: 'core/src/parametrize/parametrize.ts',
    make: () => ({ Constructor: kernel().constructor as Constructor }),
    holds({ Constructor }) {
      const value = new Constructor(tf.ones([2, 3]), 'float32', 'canary/kernel/g', false);
      const { shape, dtype, originalName, trainable } = value;
      return `${shape}` === '2,3' && dtype === 'float32' && originalName === 'canary/kernel/g' && trainable === false;
    },
    plant: ({ Constructor }) => ({
      Constructor: class {
        constructor(value: tf.Tensor, dtype: tf.DataType, trainable: unknown, name: unknown) {
          // biome-ignore lint/correctness/noConstructorReturn: another order of the same arguments
          return new Constructor(value, dtype, name as string, trainable as boolean);
        }
      } as unknown as Constructor,
    }),
  }),
  canary({
    field: 'LayerVariable.read()',
    rule: 'the tf.Variable that the optimizer assigns, under the name `LayerVariable.name`',
    used: 'core/src/model/weights-of.ts',
    make: kernel,
    holds: (variable) =>
      variable.read() instanceof tf.Variable &&
      new Set([variable.read(), variable.read()]).size === 1 &&
      (variable.read() as tf.Variable).name === variable.name,
    plant: (variable) => Object.create(variable, { read: { value: () => tf.clone(variable.read()) } }),
  }),
  canary({
    field: 'LayerVariable.originalName',
    rule: 'the name as it was asked for, where `name` is made unique',
    used: 'core/src/save/folded-artifacts.ts',
    make() {
      const Variable = kernel().constructor as Constructor;
      return [1, 2].map(() => new Variable(tf.ones([1]), 'float32', 'canary/twice', true));
    },
    holds: ([a, b]) => a!.originalName === 'canary/twice' && b!.originalName === a!.originalName && a!.name !== b!.name,
    plant: (variables) => variables.map((one) => Object.create(one, { originalName: { value: one.name } })),
  }),
  canary({
    field: 'LayerVariable.trainable',
    rule: "a flag that sets its variable's",
    used: 'core/src/parametrize/view.ts',
    make: kernel,
    holds(variable) {
      variable.trainable = false;
      return variable.trainable === false && (variable.read() as tf.Variable).trainable === false;
    },
    plant: (variable) => Object.create(variable, { trainable: { value: true, writable: true } }),
  }),
  canary({
    field: 'LayerVariable.id, dtype, shape, write and dispose',
    rule: 'what tfjs-layers reads of a weight',
    used: 'core/src/parametrize/view.ts',
    make: kernel,
    holds: ({ id, dtype, shape, write, dispose }) =>
      typeof id === 'number' &&
      dtype === 'float32' &&
      `${shape}` === '3,2' &&
      typeof write === 'function' &&
      typeof dispose === 'function',
    plant: (variable) => Object.create(variable, { id: { value: undefined } }),
  }),
];

const optimizers: Canary[] = [
  canary({
    field: 'Optimizer.applyGradients in a train step',
    rule: 'called on the instance with a list of {name, tensor}, one per trained variable',
    used: 'core/src/training/tap-optimizer.ts',
    make: compiled,
    async holds(model) {
      const [list, ...more] = await given(model.optimizer, () => step(model));
      const names = model.trainableWeights.map(({ name }) => name);
      return (
        more.length === 0 &&
        Array.isArray(list) &&
        list.every(isNamed) &&
        `${list.map(({ name }) => name)}` === `${names}`
      );
    },
    plant: (model) => renamed(model.optimizer),
  }),
  canary({
    field: 'Optimizer.applyGradients in minimize(f)',
    rule: 'called on the instance with gradients by name',
    used: 'core/src/training/tap-optimizer.ts',
    make: () => tf.train.sgd(0.1),
    async holds(optimizer) {
      const { w, loss } = scalarLoss();
      const [map] = await given(optimizer, () => optimizer.minimize(loss));
      return !Array.isArray(map) && (map as Record<string, unknown>)[w.name] instanceof tf.Tensor;
    },
    plant: renamed,
  }),
  canary({
    field: 'Optimizer.applyGradients in minimize(f, _, varList)',
    rule: 'called with null for a variable that is not trainable, in its place',
    used: 'core/src/training/tap-optimizer.ts',
    make: () => tf.train.sgd(0.1),
    async holds(optimizer) {
      const { w, loss } = scalarLoss();
      const fixed = tf.variable(tf.scalar(1), false);
      const [list] = await given(optimizer, () => optimizer.minimize(loss, false, [fixed, w]));
      const [first, second] = list as { name: string; tensor: tf.Tensor | null }[];
      return first!.name === fixed.name && first!.tensor == null && second!.tensor instanceof tf.Tensor;
    },
    plant(optimizer) {
      const { minimize } = optimizer;
      optimizer.minimize = (f, cost, list) =>
        minimize.call(
          optimizer,
          f,
          cost,
          list?.filter((v) => v.trainable),
        );
    },
  }),
  canary({
    field: 'AdamOptimizer.applyGradients',
    rule: 'one that passes over a null gradient and keeps its place',
    used: 'core/src/training/tap-optimizer.ts',
    make: () => tf.train.adam(0.1),
    async holds(optimizer) {
      const [a, b] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(1))];
      const none = { name: a.name, tensor: null } as unknown as { name: string; tensor: tf.Tensor };
      optimizer.applyGradients([none, { name: b.name, tensor: tf.scalar(1) }]);
      optimizer.applyGradients([
        { name: a.name, tensor: tf.scalar(1) },
        { name: b.name, tensor: tf.scalar(1) },
      ]);
      // The second step moves `b` by 0.1 and `a`, whose moments are new, by 0.074; had they changed places, 0.074 and 0.1.
      const [x, y] = [(await a.data())[0]!, (await b.data())[0]!];
      return x < 1 && y < x - 0.1;
    },
    plant(optimizer) {
      const { applyGradients } = optimizer;
      optimizer.applyGradients = (list) =>
        applyGradients.call(
          optimizer,
          (list as Named[]).filter(({ tensor }) => tensor),
        );
    },
  }),
  canary({
    field: 'Optimizer.learningRate',
    rule: 'a field that every step reads',
    used: 'examples/tour/src/train.ts',
    make: () => ({ optimizer: tf.train.adam(0.1) as unknown as tf.Optimizer & { learningRate: number } }),
    async holds({ optimizer }) {
      const { w, loss } = scalarLoss();
      const before = optimizer.learningRate;
      optimizer.minimize(loss);
      optimizer.learningRate = 0;
      const moved = (await tf.clone(w).data())[0]!;
      optimizer.minimize(loss);
      return before === 0.1 && moved < 3 && (await tf.clone(w).data())[0] === moved;
    },
    plant({ optimizer }) {
      const { applyGradients } = optimizer;
      const other = tf.train.adam(0.1);
      optimizer.applyGradients = (gradients) => applyGradients.call(other, gradients);
    },
  }),
  canary({
    field: 'AdamOptimizer.accumulatedFirstMoment',
    rule: "a list of { originalName, variable }, the variable's name before the last slash, by place in the step",
    used: 'core/src/training/stepped-names.ts',
    make: () => ({ optimizer: tf.train.adam(0.1) as unknown as tf.Optimizer & { accumulatedFirstMoment: object[] } }),
    holds({ optimizer }) {
      const { w, loss } = scalarLoss();
      optimizer.minimize(loss);
      const [kept] = optimizer.accumulatedFirstMoment as { originalName: string; variable: tf.Variable }[];
      return kept?.originalName === `${w.name}/m` && kept.variable instanceof tf.Variable;
    },
    plant({ optimizer }) {
      Object.defineProperty(optimizer, 'accumulatedFirstMoment', { get: () => [], set() {} });
    },
  }),
  canary({
    field: 'Optimizer.prototype.computeGradients',
    rule: 'what minimize calls, on the prototype that all optimizers share',
    used: 'transfer-freeze/src/freezing/moments-by-name.ts',
    make: () => ({ optimizer: tf.train.adam(0.1) as tf.Optimizer }),
    holds({ optimizer }) {
      const { prototype } = tf.Optimizer;
      const { computeGradients } = prototype;
      let seen: tf.Optimizer | undefined;
      prototype.computeGradients = function (this: tf.Optimizer, ...args) {
        seen = this;
        return computeGradients.apply(this, args);
      };
      try {
        optimizer.minimize(scalarLoss().loss);
      } finally {
        prototype.computeGradients = computeGradients;
      }
      return seen === optimizer;
    },
    plant({ optimizer }) {
      const { computeGradients } = optimizer;
      optimizer.computeGradients = (...args) => computeGradients.apply(optimizer, args);
    },
  }),
];

const flags: Canary[] = [
  canary({
    field: 'Variable.trainable',
    rule: 'an own flag that a getter can stand in for and that keeps a variable out of the train step',
    used: 'transfer-freeze/src/freezing/hold-still.ts',
    make: compiled,
    async holds(model) {
      const variable = model.trainableWeights[0]!.read() as tf.Variable;
      Object.defineProperty(variable, 'trainable', { get: () => false, set() {}, configurable: true });
      model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
      const [list] = await given(model.optimizer, () => step(model));
      const mine = (list as Named[]).find(({ name }) => name === variable.name);
      return mine?.tensor == null && (list as Named[]).some(({ tensor }) => tensor != null);
    },
    plant(model) {
      Object.defineProperty(model.trainableWeights[0]!.read(), 'trainable', { value: true, configurable: false });
    },
  }),
];

export const VARIABLES: readonly Canary[] = [...layerVariables, ...optimizers, ...flags];
