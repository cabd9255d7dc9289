import * as tf from '@tensorflow/tfjs';
import { slowReads } from '../src/pending-reads.ts';
import type { Surroundings } from '../src/refusals.ts';
import type { WrongValue } from '../src/wrong-values.ts';

/** Made at the first use and kept: what a call may do to them is nothing, for it is refused. */
const once = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

const gone = <T extends { dispose(): unknown }>(value: T): T => {
  value.dispose();
  return value;
};

const built = (): tf.Sequential =>
  tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2], name: 'refused' })] });
const tensor = once(() => tf.tensor2d([3, 1, 1, 2], [2, 2]));
let keptModel: { value: tf.Sequential; state: string } | undefined;
/** What a call may leave behind, weights' values apart. */
const stateOfLayers = (one: tf.Sequential): string =>
  JSON.stringify(one.layers.map((layer) => [layer.trainable, Object.keys(layer), layer.trainableWeights.length]));
/** A right call, of this file or of another one in the process, may have frozen or wrapped it; then there is a new one. */
const model = (): tf.Sequential => {
  if (!keptModel || stateOfLayers(keptModel.value) !== keptModel.state) {
    const value = built();
    keptModel = { value, state: stateOfLayers(value) };
  }
  return keptModel.value;
};
const keptVariable = once(() => tf.tidy(() => tf.variable(tf.tensor2d([3, 1, 1, 2], [2, 2]))));
/** A right call may have changed it. */
const variable = () => {
  keptVariable().assign(tensor());
  return keptVariable();
};

/** Tensors, variables, layers and models where something else is wanted. */
const TENSORS: readonly WrongValue[] = [
  ['tensor', tensor],
  ['scalar', once(() => tf.scalar(1))],
  ['empty tensor', once(() => tf.zeros([0, 2]))],
  ['int32 tensor', once(() => tf.tensor2d([3, 1, 1, 2], [2, 2], 'int32'))],
  ['bool tensor', once(() => tf.tensor2d([1, 0, 1, 1], [2, 2], 'bool'))],
  ['string tensor', once(() => tf.tensor2d(['a', 'b', 'c', 'd'], [2, 2]))],
  ['disposed tensor', once(() => gone(tf.tensor2d([3, 1, 1, 2], [2, 2])))],
  ['[disposed tensor]', once(() => [gone(tf.tensor2d([3, 1, 1, 2], [2, 2]))])],
  ['promise of a tensor', () => Promise.resolve(tensor())],
  ['variable', variable],
  ['[variable]', () => [variable()]],
  ['{ variable }', () => ({ variable: variable() })],
  ['disposed variable', once(() => gone(tf.tidy(() => tf.variable(tf.scalar(1)))))],
  ['{ disposed variable }', once(() => ({ v: gone(tf.tidy(() => tf.variable(tf.scalar(1)))) }))],
  ['model', model],
  ['disposed model', once(() => gone(built()))],
  ['unbuilt model', once(() => tf.sequential())],
  ['promise of a model', () => Promise.resolve(model())],
  ['layer', () => model().layers[0]],
  ['disposed layer', once(() => gone(built()).layers[0])],
  ['optimizer', once(() => tf.train.sgd(0.1))],
];

async function stateOfModel(one: tf.LayersModel): Promise<unknown> {
  const weights = await Promise.all(one.weights.map(async (weight) => Array.from(await weight.read().data())));
  const layers = one.layers.map((layer) => [layer.name, layer.trainable, Object.keys(layer)]);
  return { weights, layers };
}

const isModel = (value: unknown): value is tf.LayersModel => value instanceof tf.LayersModel;

/** A model of one dense layer, a [2, 2] kernel and a bias. */
export const made = (): tf.Sequential =>
  tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'a' })] });

/** Disposes the models and tensors among arguments. */
export function dispose(args: readonly unknown[]): void {
  for (const one of args) if (one instanceof tf.LayersModel || one instanceof tf.Tensor) one.dispose();
}

/** Disposes the tensors in a result. */
export const free = (result: unknown): void => tf.dispose(result as never);

/** Labels of functions that run and fail themselves, where a function is right. */
export const FUNCTIONS = ['function', 'async function', 'class'] as const;

/** Labels of true and false. */
export const FLAGS = ['true', 'false'] as const;

/** Of so many wrong values one is tried: arguments are checked before a backend has work, so all of them only on cpu. */
const EVERY: Readonly<Record<string, number>> = { cpu: 1, webgpu: 7 };

/** What is watched around each call: tensors, and the models among the right arguments. */
export const withTensors: Surroundings = {
  more: TENSORS,
  every: EVERY[tf.getBackend()] ?? 3,
  held: () => tf.memory().numTensors,
  reads: slowReads,
  stateOf: (args) => Promise.all(args.filter(isModel).map(stateOfModel)),
};
