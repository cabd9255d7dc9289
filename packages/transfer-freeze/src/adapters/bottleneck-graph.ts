import * as tf from '@tensorflow/tfjs-core';
import { checkRange } from '@weightkit/numerics/check';
import {
  type CallNode,
  callAgain,
  callsBehind,
  connectionsOf,
  type GraphLayer,
  type GraphOfLayers,
  isInput,
  isMasked,
  layerOf,
  modelClass,
  type SymbolicTensorLike,
} from '../transfer/layer-graph.ts';

/** What is put behind or beside a layer. */
export interface Bottleneck {
  /** Path of the layer, which is its name. */
  path: string;
  layer: GraphLayer;
  /** How many channels go in. */
  inputs: number;
  /** How many come out. */
  outputs: number;
  down: GraphLayer;
  up: GraphLayer;
  sum: GraphLayer;
}

/** How they are made. */
export interface BottleneckPlan {
  size: number;
  activation: string;
  parallel: boolean;
}

/** A model with bottlenecks. */
export interface BottleneckGraph {
  model: GraphOfLayers;
  bottlenecks: Bottleneck[];
  /** Layers that can have none, and why. */
  skipped: { path: string; reason: string }[];
}

/** The names of the layers of a bottleneck. */
export const namesOf = (path: string): [down: string, up: string, sum: string] => [
  `${path}_adapter_down`,
  `${path}_adapter_up`,
  `${path}_adapter`,
];

type LayerMaker = new (config: object) => GraphLayer;

/** A class of layers by its name; whoever has a model has loaded these. */
function layerClass(name: string): LayerMaker {
  return tf.serialization.SerializationMap.getMap().classNameMap[name]![0] as unknown as LayerMaker;
}

const isContainer = (layer: GraphLayer | undefined): boolean =>
  Array.isArray((layer as GraphLayer & { layers?: unknown })?.layers);

interface Start {
  inputs: SymbolicTensorLike[];
  outputs: SymbolicTensorLike[];
  calls: CallNode[];
  /** What stands for what. */
  made: Map<SymbolicTensorLike, SymbolicTensorLike>;
}

/** Where a model that comes first in a Sequential is no call, all layers are called anew. */
function startOf(model: GraphOfLayers): Start {
  const { inputs, outputs } = model;
  if (!isContainer(model.layers[0]) || model.getClassName() !== 'Sequential')
    return { inputs, outputs, calls: callsBehind(outputs).filter((call) => !isInput(call)), made: new Map() };
  const { shape, dtype } = inputs[0]!;
  const InputLayer = inputs[0]!.sourceLayer.constructor as LayerMaker;
  const input = new InputLayer({ batchInputShape: shape, dtype, name: `${model.name}_input` });
  const start = input.inboundNodes[0]!.outputTensors[0]!;
  const tokens = [inputs[0]!, ...model.layers.map((sourceLayer) => ({ ...inputs[0]!, sourceLayer }))];
  const calls = model.layers.map((_, i) => ({ inputTensors: [tokens[i]!], outputTensors: [tokens[i + 1]!] }));
  return { inputs: [start], outputs: [tokens.at(-1)!], calls, made: new Map([[tokens[0]!, start]]) };
}

const widthOf = ({ shape }: SymbolicTensorLike): number | null => shape[shape.length - 1] ?? null;

const formatOf = (layer: GraphLayer): unknown => (layer as GraphLayer & { dataFormat?: unknown }).dataFormat;

/** Why no bottleneck can go there. */
function obstacle(
  layer: GraphLayer,
  inputs: readonly SymbolicTensorLike[],
  outputs: readonly SymbolicTensorLike[],
  parallel: boolean,
): string | undefined {
  const [output] = outputs;
  if (outputs.length > 1) return 'it gives several tensors';
  if (output!.dtype !== 'float32') return `it gives ${output!.dtype}`;
  if (output!.shape.length < 2 || widthOf(output!) === null) return 'how many channels it gives is not known';
  if (formatOf(layer) === 'channelsFirst') return 'its channels are not the last axis';
  if (isMasked(output!)) return 'its outputs have a mask, which sums of TensorFlow.js lose';
  if (!parallel) return undefined;
  const [input] = inputs;
  if (inputs.length > 1) return 'it takes several tensors';
  if (input!.dtype !== 'float32') return `it takes ${input!.dtype}`;
  const [a, b] = [input!.shape.slice(0, -1), output!.shape.slice(0, -1)];
  if (widthOf(input!) === null || a.join() !== b.join())
    return `what it takes, [${input!.shape}], and gives, [${output!.shape}], differ in more than channels`;
  return undefined;
}

function layersFor(layer: GraphLayer, path: string, inputs: number, outputs: number, plan: BottleneckPlan): Bottleneck {
  const [down, up, sum] = namesOf(path);
  const [Dense, Add] = [layerClass('Dense'), layerClass('Add')];
  const dense = { kernelInitializer: 'zeros' };
  return {
    path,
    layer,
    inputs,
    outputs,
    down: new Dense({ ...dense, units: plan.size, activation: plan.activation, name: down }),
    up: new Dense({ ...dense, units: outputs, name: up }),
    sum: new Add({ name: sum }),
  };
}

/** Gives layers their counts of before, and what one more model adds: tfjs counts calls, and a model lets each layer go once. */
function countOnce(model: GraphOfLayers, before: ReadonlyMap<GraphLayer, number | null>): void {
  for (const [layer, count] of before) layer._refCount = count;
  for (const layer of [...model.layers, ...model.internalContainerRefs])
    if (!before.has(layer)) layer._refCount = 1;
    else if (layer._refCount !== null) layer._refCount++;
}

/**
 * Builds a functional model with bottlenecks, on the layers of another. What lies below the first one is not called anew.
 *
 * @param wanted - the layers that are to have one
 * @param isOptional - whether a layer that can have none goes without
 * @throws RangeError where one can have none; all is as it was then
 */
export function bottleneckGraph(
  fn: string,
  model: GraphOfLayers,
  wanted: ReadonlySet<unknown>,
  isOptional: boolean,
  plan: BottleneckPlan,
): BottleneckGraph {
  const { inputs, outputs, calls, made } = startOf(model);
  const touched = new Set([...model.layers, ...calls.map(layerOf), ...model.internalContainerRefs]);
  const before = new Map([...touched].map((layer) => [layer, layer._refCount] as const));
  const undo = connectionsOf([...touched]);
  const bottlenecks = new Map<GraphLayer, Bottleneck>();
  const skipped = new Map<string, string>();
  const now = (tensor: SymbolicTensorLike): SymbolicTensorLike => made.get(tensor) ?? tensor;

  const behind = (layer: GraphLayer, given: SymbolicTensorLike[], gives: SymbolicTensorLike[]): SymbolicTensorLike => {
    const [output] = gives as [SymbolicTensorLike];
    const reason = obstacle(layer, given, gives, plan.parallel);
    if (reason !== undefined) {
      checkRange(isOptional, `${fn}: layers must be able to have an adapter: of ${layer.name} ${reason}`, layer.name);
      skipped.set(layer.name, reason);
      return output;
    }
    const from = plan.parallel ? given[0]! : output;
    const own = bottlenecks.get(layer) ?? layersFor(layer, layer.name, widthOf(from)!, widthOf(output)!, plan);
    bottlenecks.set(layer, own);
    const sum = own.sum.apply as unknown as (terms: SymbolicTensorLike[]) => SymbolicTensorLike;
    return sum.call(own.sum, [output, own.up.apply(own.down.apply(from))]);
  };

  try {
    for (const call of calls) {
      const layer = layerOf(call);
      const given = call.inputTensors.map(now);
      const isSame = call.inputTensors.every((tensor, i) => tensor === given[i]);
      const gives = isSame ? call.outputTensors : callAgain(call, given);
      const last = wanted.has(layer) ? [behind(layer, given, gives), ...gives.slice(1)] : gives;
      for (const [i, tensor] of last.entries())
        if (tensor !== call.outputTensors[i]) made.set(call.outputTensors[i]!, tensor);
    }
    checkRange(
      bottlenecks.size > 0,
      `${fn}: model must have a layer for an adapter`,
      [...skipped].map(([path, reason]) => `${path}: ${reason}`).join('; ') || 'none',
    );
    const result = new (modelClass(model))({ inputs, outputs: outputs.map(now), name: model.name });
    countOnce(result, before);
    const all = [...bottlenecks.values()];
    return { model: result, bottlenecks: all, skipped: [...skipped].map(([path, reason]) => ({ path, reason })) };
  } catch (error) {
    for (const { down, up } of bottlenecks.values())
      for (const layer of [down, up]) {
        if (!layer.built) continue;
        layer._refCount = 1;
        layer.dispose();
      }
    undo();
    throw error;
  }
}
