import type { CheckpointTensor, Extras } from '@weightkit/checkpoint';
import { checkRange } from '@weightkit/numerics/check';
import type { Loaded } from '../shrink/links.ts';
import { type FileModel, filePaths } from './file-graph.ts';
import { type FileLayer, partsOf, snake } from './file-layer.ts';

/** A tensor of a file, the weight that it is, and its values. */
export interface FileWeight extends Loaded {
  tensor: CheckpointTensor;
  /** The layer of the model that has the weight's layer in it, or is it; null for a tensor of no layer. */
  owner: FileLayer | null;
}

/** The weights without which a layer of a class is none. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  BatchNormalization: ['movingMean', 'movingVariance'],
  Conv1D: ['kernel'],
  Conv2D: ['kernel'],
  Conv2DTranspose: ['kernel'],
  Conv3D: ['kernel'],
  Conv3DTranspose: ['kernel'],
  ConvLSTM2DCell: ['kernel', 'recurrentKernel'],
  Dense: ['kernel'],
  DepthwiseConv2D: ['depthwiseKernel'],
  Embedding: ['embeddings'],
  GRUCell: ['kernel', 'recurrentKernel'],
  LSTMCell: ['kernel', 'recurrentKernel'],
  SeparableConv2D: ['depthwiseKernel', 'pointwiseKernel'],
  SimpleRNNCell: ['kernel', 'recurrentKernel'],
};

const PROPERTIES = [
  'kernel',
  'recurrentKernel',
  'depthwiseKernel',
  'pointwiseKernel',
  'bias',
  'gamma',
  'beta',
  'movingMean',
  'movingVariance',
  'embeddings',
  'alpha',
];

/** Where a weight stands in a model. */
interface Place {
  path: string;
  layer: FileLayer;
  owner: FileLayer;
  property: string;
}

/** The places of weights by the names that TensorFlow.js looks for. */
function placesOf(fn: string, model: FileModel): { byName: Map<string, Place>; needed: Map<string, string> } {
  const byName = new Map<string, Place>();
  const needed = new Map<string, string>();
  for (const [layer, path] of filePaths(model)) {
    if ('outputs' in layer) continue;
    for (const [part, segment] of partsOf(layer)) {
      // Who has an inner layer has its weights there.
      if (part.cell || part.forwardLayer || part.getClassName() === 'TimeDistributed') continue;
      const at = segment === '' ? path : `${path}/${segment}`;
      const wanted = NEEDED[part.getClassName()] ?? [];
      for (const property of PROPERTIES) {
        const name = `${part.scope}/${snake(property)}`;
        const twice = wanted.includes(property) && byName.has(name);
        checkRange(!twice, `${fn}: layers must have names of their own, as TensorFlow.js loads them`, part.scope);
        if (!byName.has(name)) byName.set(name, { path: `${at}/${property}`, layer: part, owner: layer, property });
        if (wanted.includes(property)) needed.set(`${at}/${property}`, name);
      }
    }
  }
  return { byName, needed };
}

/** A name without the part before its last, which Keras writes for cells and TensorFlow.js leaves out. */
const shortened = (name: string): string => {
  const parts = name.split('/');
  return [...parts.slice(0, -2), parts.at(-1)!].join('/');
};

/** Whether a tensor is of an optimizer that was saved with the model. */
export const isOptimizers = ({ entries }: Extras, { name }: CheckpointTensor): boolean =>
  entries?.get(name)?.some(([key, json]) => key === 'group' && json === '"optimizer"') ?? false;

async function valuesOf(fn: string, tensor: CheckpointTensor): Promise<Float32Array> {
  const { name, dtype } = tensor;
  checkRange(dtype !== 'string' && dtype !== 'complex64', `${fn}: weights must be numbers at ${name}`, dtype);
  const values = await tensor.values();
  const floats = values instanceof Float32Array ? values : Float32Array.from(values as Iterable<number>);
  const i = floats.findIndex((value) => !Number.isFinite(value));
  if (i >= 0) throw new RangeError(`${fn}: values must be finite at ${name}[${i}], got ${floats[i]}`);
  return floats;
}

/**
 * The weights of a model in a file, with their values and what they are of which layer.
 *
 * @throws RangeError for a layer without its weights, two layers of one name, and NaN or infinity
 */
export async function fileWeights(
  fn: string,
  model: FileModel,
  tensors: readonly CheckpointTensor[],
  signal: AbortSignal | undefined,
): Promise<FileWeight[]> {
  const { byName, needed } = placesOf(fn, model);
  const weights: FileWeight[] = [];
  for (const tensor of tensors) {
    signal?.throwIfAborted();
    const { name, shape, dtype } = tensor;
    const place = byName.get(name) ?? byName.get(shortened(name));
    const { path = name, layer = null, property = null, owner = null } = place ?? {};
    needed.delete(path);
    const values = place ? await valuesOf(fn, tensor) : new Float32Array(0);
    weights.push({ tensor, weight: { path, shape, dtype, layer, property }, owner, values });
  }
  const [missing] = needed.values();
  checkRange(
    missing === undefined,
    `${fn}: weights must have the names by which TensorFlow.js loads them, as ${missing}`,
    tensors.slice(0, 3).map(({ name }) => name),
  );
  return weights;
}
