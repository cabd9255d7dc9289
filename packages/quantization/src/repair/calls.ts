import { type LayerLike, layersOf } from '@weightkit/core';

/** A shape; null where it is not known. */
type Shape = readonly (number | null)[];

/** A layer as tfjs has it, with what its class has of its own. */
export interface GraphLayer extends LayerLike {
  layers?: GraphLayer[];
  inboundNodes: GraphNode[];
  getConfig(): Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: what each class of layers has
  [property: string]: any;
}

interface SymbolicTensor {
  sourceLayer: GraphLayer;
  nodeIndex: number;
  tensorIndex: number;
  shape: Shape;
}

interface GraphNode {
  inputTensors: SymbolicTensor[];
  outputTensors: SymbolicTensor[];
}

/** What flows from one call to others. */
export interface Edge {
  shape: Shape;
  /** Nothing where the model is given it. */
  from: Call | undefined;
  readers: Call[];
  /** Whether the model gives it out. */
  isOutput: boolean;
}

/** One call of a layer that is no model, in the order in which they can be made. */
export interface Call {
  path: string;
  layer: GraphLayer;
  /** The model whose list of layers has it. */
  within: GraphLayer;
  inputs: Edge[];
  outputs: Edge[];
}

/**
 * The calls that a model's outputs are made of, by the layers' inbound nodes: nothing is run. Nested models are followed at each
 * place where they stand.
 *
 * @param fn - the function that asks, for messages
 * @param model - a built LayersModel
 */
export function callsOf(fn: string, model: LayerLike): Call[] {
  const paths = new Map<unknown, string>(layersOf(model, fn).map(({ layer, path }) => [layer, path]));
  const owners = new Map<GraphLayer, GraphLayer>();
  const own = (container: GraphLayer): void => {
    for (const layer of container.layers ?? []) {
      if (!owners.has(layer)) owners.set(layer, container);
      own(layer);
    }
  };
  own(model as GraphLayer);
  const calls: Call[] = [];

  const callOf = (layer: GraphLayer, node: GraphNode, inputs: Edge[]): Edge[] => {
    if (layer.layers) return outputsOf(layer, inputs);
    const call: Call = {
      path: paths.get(layer) ?? layer.name,
      layer,
      within: owners.get(layer) ?? (model as GraphLayer),
      inputs,
      outputs: [],
    };
    call.outputs = node.outputTensors.map(({ shape }) => ({ shape, from: call, readers: [], isOutput: false }));
    for (const edge of inputs) edge.readers.push(call);
    calls.push(call);
    return call.outputs;
  };

  const outputsOf = (container: GraphLayer, inputs: readonly Edge[]): Edge[] => {
    const found = new Map<GraphNode, Edge[]>();
    const begins = new Map<SymbolicTensor, Edge>(
      container.inputs.map((tensor: SymbolicTensor, i: number) => [tensor, inputs[i]!]),
    );
    const nodeOf = ({ sourceLayer, nodeIndex }: SymbolicTensor): GraphNode => sourceLayer.inboundNodes[nodeIndex]!;
    const edgeOf = (tensor: SymbolicTensor): Edge =>
      begins.get(tensor) ?? found.get(nodeOf(tensor))![tensor.tensorIndex]!;
    // Deep graphs would exhaust the stack.
    const open: SymbolicTensor[] = [...container.outputs];
    while (open.length > 0) {
      const tensor = open.at(-1)!;
      const node = nodeOf(tensor);
      const isKnown = (one: SymbolicTensor) => begins.has(one) || found.has(nodeOf(one));
      const missing = isKnown(tensor) ? [] : node.inputTensors.filter((one) => !isKnown(one));
      if (missing.length > 0) {
        open.push(...missing.reverse());
        continue;
      }
      open.pop();
      if (!isKnown(tensor)) found.set(node, callOf(tensor.sourceLayer, node, node.inputTensors.map(edgeOf)));
    }
    return container.outputs.map(edgeOf);
  };

  const root = model as GraphLayer;
  const given = root.inputs.map(
    ({ shape }: SymbolicTensor): Edge => ({ shape, from: undefined, readers: [], isOutput: false }),
  );
  for (const edge of outputsOf(root, given)) edge.isOutput = true;
  return calls;
}

/** The layers that are called more than once. */
export function sharedLayers(calls: readonly Call[]): Set<GraphLayer> {
  const [once, more] = [new Set<GraphLayer>(), new Set<GraphLayer>()];
  for (const { layer } of calls) (once.has(layer) ? more : once).add(layer);
  return more;
}
