import type * as tf from '@tensorflow/tfjs-core';
import { type CheckpointTensor, computedTensor, plainCodec, toArtifacts } from '@weightkit/checkpoint';
import { type FoldedModel, foldModel, type GraphModelLike } from '@weightkit/core';
import { checkFinite } from '@weightkit/numerics/check';
import { type Graph, type GraphWeight, graphOf } from './graph-flow.ts';
import { constantNode, dataInputs, type GraphNode, nodesIn } from './graph-nodes.ts';

/** The constructor that a GraphModel carries, and what it loads by. */
type GraphModelClass = new (handler: tf.io.IOHandler) => GraphModelLike & { load(): Promise<boolean> | boolean };

/** A GraphModel taken apart. */
export interface GraphParts {
  folded: FoldedModel;
  graph: Graph;
  /** Float weights by name; nothing is checked. */
  values: Map<string, Float32Array>;
}

/** What is to be other in a graph. */
export interface GraphChanges {
  /** All of its nodes; Const nodes without a reader go. */
  nodes: readonly GraphNode[];
  /** Weights with other values, and new ones with their shapes. */
  weights: ReadonlyMap<string, { shape: readonly number[]; values: Float32Array }>;
}

/** A float32 weight as its tensor in a file. */
function floatTensor(name: string, shape: readonly number[], values: Float32Array): CheckpointTensor {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return computedTensor({
    name,
    shape,
    dtype: 'float32',
    encoding: { kind: 'plain' },
    codec: plainCodec('float32'),
    byteLength: bytes.length,
    async *stream() {
      yield bytes;
    },
  });
}

/** Takes a GraphModel apart, with the weights that it has now. */
export async function graphParts(fn: string, model: GraphModelLike): Promise<GraphParts> {
  const folded = await foldModel(fn, model);
  const weights = new Map<string, GraphWeight>();
  const values = new Map<string, Float32Array>();
  const held: CheckpointTensor[] = [];
  for (const tensor of folded.tensors) {
    const { name, shape, dtype } = tensor;
    if (dtype !== 'float32' && dtype !== 'int32') {
      held.push(tensor);
      continue;
    }
    const own = (await tensor.values()).slice() as Float32Array | Int32Array;
    weights.set(name, { shape, values: own });
    if (own instanceof Float32Array) values.set(name, own);
    held.push(own instanceof Float32Array ? floatTensor(name, shape, own) : tensor);
  }
  const { signature, userDefinedMetadata } = folded.artifacts as {
    signature?: { outputs?: Record<string, { name: string }> };
    userDefinedMetadata?: { signature?: { outputs?: Record<string, { name: string }> } };
  };
  const named = signature?.outputs ?? userDefinedMetadata?.signature?.outputs ?? {};
  const outputs = Object.entries(named).map(([key, output]) => output?.name ?? key);
  const graph = graphOf(nodesIn(folded.artifacts.modelTopology), weights, outputs);
  return { folded: { ...folded, tensors: held }, graph, values };
}

/** Throws for NaN and infinity in weights that are to be changed. */
export function checkFiniteWeights(
  fn: string,
  values: ReadonlyMap<string, Float32Array>,
  names: Iterable<string>,
): void {
  for (const name of new Set(names)) checkFinite(fn, 'weights', name, values.get(name)!);
}

/** A GraphModel of the same class with other nodes and weights, which belongs to the caller. */
export async function rebuiltGraph<M extends GraphModelLike>(
  fn: string,
  model: M,
  { folded: { artifacts, tensors } }: GraphParts,
  { nodes, weights }: GraphChanges,
): Promise<M> {
  const known = new Set(nodes.map(({ name }) => name));
  const added = [...weights].filter(([name]) => !known.has(name));
  const all = [...nodes, ...added.map(([name, { shape }]) => constantNode(name, shape))];
  const read = new Set(all.flatMap(dataInputs));
  const before = new Set(tensors.map(({ name }) => name));
  const isKept = ({ name, op }: GraphNode): boolean => op !== 'Const' || read.has(name) || !before.has(name);
  const kept = all.filter(isKept);
  const names = new Set(kept.map(({ name }) => name));
  const written = [
    // Weights without a node of their own are read by functions or tables.
    ...tensors.filter(({ name }) => names.has(name) || !known.has(name)),
    ...added.map(([name, { shape, values }]) => floatTensor(name, shape, values)),
  ].map((tensor) => {
    const own = weights.get(tensor.name);
    return own ? floatTensor(tensor.name, own.shape, own.values) : tensor;
  });
  const { weightSpecs, weightData } = await toArtifacts(
    { format: 'tfjs', tensors: written, extras: {}, close: async () => {} },
    fn,
  );
  const made = {
    ...artifacts,
    modelTopology: { ...artifacts.modelTopology, node: kept },
    weightSpecs: weightSpecs as unknown as tf.io.WeightsManifestEntry[],
    weightData,
  } as tf.io.ModelArtifacts;
  const Class = model.constructor as unknown as GraphModelClass;
  const result = new Class({ load: async () => made });
  await result.load();
  return result as unknown as M;
}

/** Disposes a GraphModel. */
export const disposeGraph = (model: GraphModelLike): void => (model as GraphModelLike & { dispose(): void }).dispose();
