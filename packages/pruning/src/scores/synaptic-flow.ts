import * as tf from '@tensorflow/tfjs-core';
import {
  gradientsOf,
  type LayerLike,
  type LayerPlace,
  layersOf,
  type ModelLike,
  reaching,
  wrapCall,
} from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import { listOf } from './loss-gradients.ts';

/** What passes flow on as it is, once activations count as the identity. */
const IDENTITY = new Set([
  'InputLayer',
  'Activation',
  'ReLU',
  'LeakyReLU',
  'PReLU',
  'ELU',
  'ThresholdedReLU',
  'Softmax',
  'Dropout',
  'SpatialDropout1D',
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
  'Masking',
  'LayerNormalization',
]);

/** What multiplies its output by a number when its input is, once biases are left out. */
const SCALES = new Set([
  'Dense',
  'Conv1D',
  'Conv2D',
  'Conv3D',
  'Conv2DTranspose',
  'DepthwiseConv2D',
  'SeparableConv2D',
  'BatchNormalization',
  'Flatten',
  'Reshape',
  'Permute',
  'RepeatVector',
  'MaxPooling1D',
  'MaxPooling2D',
  'MaxPooling3D',
  'AveragePooling1D',
  'AveragePooling2D',
  'AveragePooling3D',
  'GlobalAveragePooling1D',
  'GlobalAveragePooling2D',
  'GlobalMaxPooling1D',
  'GlobalMaxPooling2D',
  'UpSampling2D',
  'ZeroPadding2D',
  'Cropping2D',
]);

/** What needs its inputs in one unit. */
const JOINS = new Set(['Add', 'Average', 'Maximum', 'Minimum', 'Concatenate']);
const MULTIPLIES = new Set(['Multiply', 'Dot']);

interface Activated extends LayerLike {
  activation?: unknown;
  layer?: LayerLike;
  embeddings?: { read(): tf.Tensor };
}

/** A model that computes on a batch. */
interface Applied extends ModelLike {
  apply(x: tf.Tensor[]): tf.Tensor | tf.Tensor[];
}

const LINEAR = { apply: (x: tf.Tensor): tf.Tensor => x, getClassName: (): string => 'linear' };

const isKnown = (layer: Activated): boolean => {
  const name = layer.getClassName();
  if (name === 'TimeDistributed') return SCALES.has(layer.layer!.getClassName());
  return [IDENTITY, SCALES, JOINS, MULTIPLIES].some((names) => names.has(name)) || name === 'Embedding';
};

/** The layers that are called from the model's graph, no models among them. */
export function flowLayers(fn: string, model: ModelLike): LayerPlace[] {
  const places = layersOf(model, fn).filter(({ layer, owner }) => layer === owner && !('layers' in layer));
  for (const { layer, path } of places)
    checkRange(
      isKnown(layer),
      `${fn}: layers must be linear but for their activation`,
      `${path} of class ${layer.getClassName()}`,
    );
  return places;
}

/** What a layer's property holds that is a weight. */
interface Holder {
  read(): tf.Tensor;
  readonly originalName: string;
}

const isHolder = (value: unknown): value is Holder =>
  typeof value === 'object' &&
  value !== null &&
  'originalName' in value &&
  typeof (value as Holder).read === 'function';

/** How weights count: kernels and scales by their size, shifts not at all; undefined for what stays as it is. */
function transformOf(property: string): ((w: tf.Tensor) => tf.Tensor) | undefined {
  if (/kernel|embeddings|gamma/i.test(property)) return tf.abs;
  return ['bias', 'beta', 'movingMean'].includes(property) ? tf.zerosLike : undefined;
}

/**
 * Makes a layer read functions of its weights until what is returned is called. No parametrization: nothing is awaited before that, and
 * one more for each of hundreds of weights would take longer than the flow.
 */
function* withSizes(layer: LayerLike): Generator<() => void> {
  const properties = layer as unknown as Record<string, unknown>;
  for (const [property, holder] of Object.entries(properties)) {
    if (!isHolder(holder)) continue;
    const transform = transformOf(property);
    if (!transform) continue;
    properties[property] = Object.create(holder, { read: { value: () => transform(holder.read()) } });
    yield () => {
      properties[property] = holder;
    };
  }
}

/** Exponents by tensor: a tensor stands for itself times 2 to its exponent, a whole number in a scalar. */
class Units {
  private readonly byTensor = new WeakMap<tf.Tensor, tf.Tensor>();
  private readonly kept: tf.Tensor[] = [];

  put(tensor: tf.Tensor, exponent: tf.Tensor): void {
    this.kept.push(tf.keep(exponent));
    this.byTensor.set(tensor, exponent);
  }

  of(tensor: tf.Tensor): tf.Tensor {
    const exponent = this.byTensor.get(tensor);
    if (!exponent) throw new Error('synFlow: layers must be handed what others gave, got a tensor of no layer');
    return exponent;
  }

  /** Tensors in the largest of their units, and that unit. */
  joined(tensors: readonly tf.Tensor[]): { tensors: tf.Tensor[]; exponent: tf.Tensor } {
    const exponents = tensors.map((tensor) => this.of(tensor));
    const exponent = exponents.reduce((a, b) => tf.maximum(a, b));
    return { tensors: tensors.map((tensor, i) => tf.mul(tensor, power(tf.sub(exponents[i]!, exponent)))), exponent };
  }

  /** Brings a tensor to a largest entry between 1 and 2, and remembers its unit. */
  scaled(tensor: tf.Tensor, exponent: tf.Tensor): tf.Tensor {
    // One layer may grow by 2^100, and more where its inputs differ: what is left over the next one takes.
    const most = tf.log(tf.maximum(tf.max(tensor), 2 ** -100));
    const k = tf.minimum(tf.floor(tf.div(most, Math.LN2)), 100);
    const result = tf.mul(tensor, power(tf.neg(k)));
    this.put(result, tf.add(exponent, k));
    return result;
  }

  dispose(): void {
    tf.dispose(this.kept);
  }
}

const power = (k: tf.Tensor): tf.Tensor => tf.pow(tf.scalar(2), tf.maximum(k, -126));

/** What a layer gives out in the flow. */
function flowThrough(
  layer: Activated,
  inputs: tf.Tensor[],
  units: Units,
  call: (x: tf.Tensor[]) => unknown,
): tf.Tensor {
  const name = layer.getClassName();
  const result = (given: tf.Tensor[]) => listOf(call(given) as tf.Tensor | tf.Tensor[])[0]!;
  if (name === 'Embedding') {
    // Each row counts: the input is a 1 for every word.
    const rows = tf.sum(layer.embeddings!.read(), 0);
    const [first] = inputs;
    return units.scaled(tf.mul(tf.ones([...first!.shape, rows.shape[0]!]), rows), tf.scalar(0));
  }
  if (IDENTITY.has(name)) {
    const copy = tf.clone(inputs[0]!);
    units.put(copy, tf.clone(units.of(inputs[0]!)));
    return copy;
  }
  if (MULTIPLIES.has(name))
    return units.scaled(
      result(inputs),
      inputs.map((input) => units.of(input)).reduce((a, b) => tf.add(a, b)),
    );
  const { tensors, exponent } = units.joined(inputs);
  return units.scaled(result(tensors), exponent);
}

const tensorsIn = (value: unknown): tf.Tensor[] =>
  value instanceof tf.Tensor ? [value] : Array.isArray(value) ? value.flatMap(tensorsIn) : [];

/** Makes layers pass flow on while `run` runs: activations the identity, weights by size, tensors in units of their own. */
function withFlow<T>(places: readonly LayerPlace[], units: Units, run: () => T): T {
  const undo: (() => void)[] = [];
  try {
    for (const { layer } of places) {
      undo.push(
        wrapCall(layer, (call, given, kwargs) => flowThrough(layer, tensorsIn(given), units, (x) => call(x, kwargs))),
      );
      for (const one of [layer, (layer as Activated).layer] as (Activated | undefined)[]) {
        if (one === undefined) continue;
        undo.push(...withSizes(one));
        if (one.activation === undefined || one.activation === null) continue;
        const { activation } = one;
        one.activation = LINEAR;
        undo.push(() => {
          one.activation = activation;
        });
      }
    }
    return run();
  } finally {
    for (const one of undo.reverse()) one();
  }
}

function onesFor(fn: string, model: ModelLike): tf.Tensor[] {
  const { inputs } = model as unknown as { inputs: { shape: (number | null)[]; dtype: tf.DataType }[] };
  return inputs.map(({ shape, dtype }) => {
    const sizes = shape.map((size, i) => (i === 0 ? 1 : size));
    checkRange(!sizes.includes(null), `${fn}: model must have inputs of known size`, shape.map(String));
    return tf.ones(sizes as number[], dtype === 'int32' ? 'int32' : 'float32');
  });
}

/** The flow and its gradients, in one unit. */
export interface Flow {
  /** What flows out, a scalar. */
  total: tf.Tensor;
  /** Its gradients by the variables. */
  gradients: tf.Tensor[];
}

/**
 * The synaptic flow of a model, the sum of its outputs for an input of ones with every weight replaced by its size, and its gradients,
 * both in a unit that is not told: between layers tensors are divided by powers of two, so that no depth overflows.
 *
 * @param places - from {@link flowLayers}
 * @param variables - what to differentiate by
 * @returns tensors that the caller disposes
 */
export function synapticFlow(
  fn: string,
  model: ModelLike,
  places: readonly LayerPlace[],
  variables: tf.Variable[],
): Flow {
  const units = new Units();
  const ones = onesFor(fn, model);
  let total: tf.Tensor | undefined;
  const flow = (): tf.Tensor => {
    for (const one of ones) units.put(one, tf.scalar(0));
    const outputs = listOf((model as Applied).apply(ones));
    const sums = units.joined(outputs).tensors.map((output) => tf.sum(output));
    const sum = reaching(tf.addN(sums), variables);
    total = tf.keep(tf.clone(sum));
    return sum;
  };
  try {
    const gradients = withFlow(places, units, () => gradientsOf(flow, variables));
    return { total: total!, gradients };
  } catch (error) {
    total?.dispose();
    throw error;
  } finally {
    units.dispose();
    tf.dispose(ones);
  }
}
