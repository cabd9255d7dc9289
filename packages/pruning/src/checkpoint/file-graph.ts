import { checkRange } from '@weightkit/numerics/check';
import type { GraphLayer, Shape, SymbolicTensor } from '../shrink/flow.ts';
import { type FileLayer, type FileNode, fileLayer, type Json, partsOf } from './file-layer.ts';
import { shapesOf } from './layer-shapes.ts';

/** A tensor between layers of a file; of one of no known shape, the layer whose output that is. */
interface FileTensor extends SymbolicTensor {
  unknown?: string;
}

/** A model that a file describes, as what follows its graph takes it. */
export interface FileModel extends FileLayer {
  layers: FileLayer[];
  inputs: FileTensor[];
  outputs: FileTensor[];
}

/** A graph while it is read: its layers by name, and the calls of each that are made. */
interface Reading {
  fn: string;
  calls: Map<string, FileTensor[][]>;
}

type Reference = readonly [layer: string, call: number, output: number];

const CONTAINERS = new Set(['Model', 'Functional', 'Sequential']);

/** An output of a call that is made; of a layer whose outputs nobody knows, the one that stands for all. */
function outputAt(calls: Reading['calls'], [name, call, output]: Reference): FileTensor | undefined {
  const outputs = calls.get(name)?.[call];
  return outputs?.[output] ?? (outputs?.[0]?.unknown === undefined ? undefined : outputs[0]);
}

const isReference = (value: unknown): value is Reference =>
  Array.isArray(value) && typeof value[0] === 'string' && Number.isInteger(value[1]) && Number.isInteger(value[2]);

/** What a call gives: one tensor for each shape. */
function call(layer: FileLayer, inputs: readonly FileTensor[]): FileTensor[] {
  const outputs = 'outputs' in layer ? nestedOutputs(layer as FileModel, inputs) : ownOutputs(layer, inputs);
  const inboundLayers = inputs.map(({ sourceLayer }) => sourceLayer);
  const node: FileNode = {
    inboundLayers,
    outboundLayer: layer,
    inputTensors: [...inputs],
    outputTensors: [],
    inputShapes: inputs.map(({ shape }) => shape),
    outputShapes: outputs.map(({ shape }) => shape),
  };
  const unknown = inputs.find((one) => one.unknown !== undefined)?.unknown;
  if (unknown !== undefined) node.unknown = `comes after ${unknown}, of whose output a file says no shape`;
  for (const before of new Set(inboundLayers)) (before as FileLayer).outboundNodes.push(node);
  const nodeIndex = layer.inboundNodes.push(node) - 1;
  node.outputTensors = outputs.map((one, tensorIndex) => ({ ...one, sourceLayer: layer, nodeIndex, tensorIndex }));
  return node.outputTensors;
}

/** Shapes without their places. */
type Given = Pick<FileTensor, 'shape' | 'unknown'>;

function ownOutputs(layer: FileLayer, inputs: readonly Given[]): Given[] {
  const before = inputs.find(({ unknown }) => unknown !== undefined);
  const shapes = before ? undefined : shapesOf(layer);
  if (!shapes) return [{ shape: [], unknown: before?.unknown ?? layer.name }];
  return shapes(
    layer,
    inputs.map(({ shape }) => shape),
  ).map((shape) => ({ shape }));
}

/** What a nested model gives for shapes that it is given here. */
function nestedOutputs(model: FileModel, inputs: readonly Given[]): Given[] {
  const known = new Map<SymbolicTensor, Given>(model.inputs.map((tensor, i) => [tensor, inputs[i]!]));
  const given = (tensor: SymbolicTensor): Given => {
    const found = known.get(tensor);
    if (found) return found;
    const layer = tensor.sourceLayer as FileLayer;
    const node = layer.inboundNodes[tensor.nodeIndex]!;
    const from = node.inputTensors.map(given);
    const outputs = 'outputs' in layer ? nestedOutputs(layer as FileModel, from) : ownOutputs(layer, from);
    for (const [i, output] of outputs.entries()) known.set(node.outputTensors[i]!, output);
    return outputs[tensor.tensorIndex]!;
  };
  return model.outputs.map(given);
}

/** A node that begins a graph. */
const nothingInto = (layer: FileLayer): FileNode => ({
  inputTensors: [],
  outputTensors: [],
  inputShapes: [],
  outputShapes: [],
  inboundLayers: [],
  outboundLayer: layer,
});

/** An input, which is there as soon as it is made. */
function inputOf(layer: FileLayer, shape: Shape): FileTensor {
  const tensor: FileTensor = { sourceLayer: layer, nodeIndex: 0, tensorIndex: 0, shape };
  layer.inboundNodes.push({ ...nothingInto(layer), outputTensors: [tensor], outputShapes: [shape] });
  return tensor;
}

function layerOf(fn: string, { class_name, config, name }: Json): FileLayer {
  checkRange(
    typeof class_name === 'string' && Object(config) === config,
    `${fn}: layers of model.json must have a class_name and a config`,
    name ?? config,
  );
  if (CONTAINERS.has(class_name)) return modelOf(fn, { class_name, config });
  const own = String(config.name ?? name);
  const layer = fileLayer(class_name, config, own, own);
  checkLoadable(fn, layer);
  return layer;
}

/** Refuses what Keras can and TensorFlow.js cannot load. */
function checkLoadable(fn: string, layer: FileLayer): void {
  checkRange(
    layer.getClassName() !== 'InputLayer' || Array.isArray(layer.batchInputShape),
    `${fn}: an InputLayer must have a batch_input_shape, as TensorFlow.js loads it`,
    layer.name,
  );
  for (const [part] of partsOf(layer)) {
    const isGrouped = /^Conv/.test(part.getClassName()) && (part.groups ?? 1) !== 1;
    checkRange(!isGrouped, `${fn}: groups must be 1 for TensorFlow.js to load a convolution`, part.name);
    checkRange(part.resetAfter !== true, `${fn}: reset_after must be false for TensorFlow.js to load a GRU`, part.name);
  }
}

function sequential(fn: string, model: FileModel, nodes: readonly Json[]): void {
  let at: FileTensor | undefined;
  for (const node of nodes) {
    const layer = layerOf(fn, node);
    model.layers.push(layer);
    if (at === undefined) {
      const shape: Shape | undefined =
        'outputs' in layer ? (layer as FileModel).inputs[0]?.shape : layer.batchInputShape;
      checkRange(
        Array.isArray(shape),
        `${fn}: the first layer of a Sequential must have a batch_input_shape`,
        layer.name,
      );
      const isInput = layer.getClassName() === 'InputLayer';
      const input = isInput ? layer : fileLayer('InputLayer', {}, `${layer.name}_input`, '');
      if (!isInput) input.config = null;
      at = inputOf(input, shape!);
      model.inputs.push(at);
      if (isInput) continue;
    }
    at = call(layer, [at])[0]!;
  }
  checkRange(at !== undefined, `${fn}: a Sequential must have layers`, model.name);
  model.outputs.push(at);
}

/** Makes the calls in the order in which stock TensorFlow.js makes them, by which files number them. */
function functional({ fn, calls }: Reading, model: FileModel, nodes: readonly Json[]): void {
  const waiting = nodes.map((node) => {
    const layer = layerOf(fn, node);
    model.layers.push(layer);
    const isInput = layer.getClassName() === 'InputLayer';
    calls.set(layer.name, isInput ? [[inputOf(layer, layer.batchInputShape)]] : []);
    const own: Reference[][] = node.inbound_nodes ?? [];
    checkRange(
      own.every((call) => Array.isArray(call) && call.every(isReference)),
      `${fn}: inbound_nodes must be lists of [layer, call, output], as TensorFlow.js reads them`,
      layer.name,
    );
    // Node 0 of a nested model is its own.
    if ('outputs' in layer) calls.get(layer.name)!.push([]);
    return { layer, calls: isInput ? [] : own };
  });
  for (let before = -1, left = 0; before !== left; ) {
    before = left;
    left = 0;
    for (const one of waiting) {
      const pending = one.calls;
      one.calls = [];
      for (const references of pending) {
        const inputs = references.map((reference) => outputAt(calls, reference));
        if (inputs.every((tensor) => tensor !== undefined)) calls.get(one.layer.name)!.push(call(one.layer, inputs));
        else one.calls.push(references);
      }
      left += one.calls.length;
    }
  }
  const stuck = waiting.find((one) => one.calls.length > 0);
  checkRange(stuck === undefined, `${fn}: layers of model.json must be reached from its inputs`, stuck?.layer.name);
}

/** Some files have one reference in place of a list of one, which TensorFlow.js does not load. */
const references = (value: Json): Reference[] => (isReference(value) ? [value] : value);

function modelOf(fn: string, { class_name, config }: Json): FileModel {
  const nodes: Json = Array.isArray(config) ? config : config.layers;
  const name = String(config.name ?? 'sequential');
  const model = {
    ...fileLayer(class_name, Array.isArray(config) ? { layers: config } : config, name, ''),
    layers: [] as GraphLayer[],
    inputs: [] as FileTensor[],
    outputs: [] as FileTensor[],
  } as FileModel;
  checkRange(Array.isArray(nodes), `${fn}: a model of model.json must have a list of layers`, name);
  if (class_name === 'Sequential') {
    sequential(fn, model, nodes);
    // As stock has it: a node of its own comes first.
    model.inboundNodes.push(nothingInto(model));
    return model;
  }
  const reading: Reading = { fn, calls: new Map() };
  functional(reading, model, nodes);
  const at = (list: Reference[]): FileTensor[] =>
    list.map((reference) => {
      const tensor = outputAt(reading.calls, reference);
      checkRange(tensor !== undefined, `${fn}: inputs and outputs of a model must be of its layers`, reference);
      return tensor;
    });
  for (const key of ['input_layers', 'output_layers']) config[key] = references(config[key]);
  model.inputs.push(...at(config.input_layers));
  model.outputs.push(...at(config.output_layers));
  model.inboundNodes.push(nothingInto(model));
  return model;
}

/** The model that a topology describes; its configurations are those of the topology. */
export function fileModel(fn: string, topology: Json): FileModel {
  const root = topology?.model_config ?? topology;
  checkRange(
    CONTAINERS.has(root?.class_name),
    `${fn}: model.json must hold a Sequential or a functional model`,
    root?.class_name,
  );
  return modelOf(fn, root);
}

/** Where the layers of a model stand. */
export function filePaths(model: FileModel): Map<FileLayer, string> {
  const paths = new Map<FileLayer, string>([[model, '']]);
  const visit = ({ layers }: FileModel, above: string): void => {
    for (const layer of layers) {
      const path = above === '' ? layer.name : `${above}/${layer.name}`;
      paths.set(layer, path);
      if ('outputs' in layer) visit(layer as FileModel, path);
    }
  };
  visit(model, '');
  return paths;
}
