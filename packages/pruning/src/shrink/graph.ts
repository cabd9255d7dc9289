import type { Flow, GraphLayer, GraphNode, SymbolicTensor } from './flow.ts';
import { Links, type Loaded } from './links.ts';
import { ruleOf } from './rules.ts';

/** A model as tfjs has it, with what its graph begins and ends with. */
interface Container extends GraphLayer {
  layers: GraphLayer[];
  inputs: SymbolicTensor[];
  outputs: SymbolicTensor[];
  inputLayers?: GraphLayer[];
}

const isContainer = (layer: GraphLayer): layer is Container => Array.isArray(layer.layers);

/**
 * What a model's graph says of its units, found by following the layers' inbound nodes from the outputs: nothing is run. Nested models
 * are followed at each place where they stand.
 *
 * @param model - a built LayersModel, or what a file says of one
 * @param paths - where its layers stand
 * @param weights - all its weights, with their values
 */
export function linksOf(model: GraphLayer, paths: ReadonlyMap<unknown, string>, weights: readonly Loaded[]): Links {
  const links = new Links(weights);

  const callOf = (layer: GraphLayer, node: GraphNode, inputs: Flow[]): Flow[] => {
    if (isContainer(layer)) return outputsOf(layer, inputs);
    const { inputShapes, outputShapes } = node;
    const path = paths.get(layer) ?? layer.name;
    const call = { path, layer, host: layer, within: [], inputs, inputShapes, outputShapes };
    if (node.unknown !== undefined) return links.barrier(call, `${path} ${node.unknown}`);
    const rule = ruleOf(layer);
    const outputs = rule
      ? rule(call, links)
      : links.barrier(call, `${path} is a ${layer.getClassName()}, of which no rule is known`);
    // A file may say of any layer what it is given.
    const given = layer.batchInputShape as (number | null)[] | undefined;
    const [flow] = inputs;
    if (flow && given && given.length > flow.axis && given[flow.axis] === flow.atoms.length)
      links.size(call, ['batchInputShape', flow.axis], flow.atoms);
    return outputs;
  };

  const outputsOf = (container: Container, inputs: readonly Flow[]): Flow[] => {
    const found = new Map<GraphNode, Flow[]>();
    const begins = new Map(container.inputs.map((tensor, i) => [tensor, inputs[i]!]));
    for (const [i, { sourceLayer: layer }] of container.inputs.entries()) {
      const { axis, atoms } = inputs[i]!;
      if (atoms.length > 0) links.size({ host: layer, within: [] }, ['batchInputShape', axis], atoms);
    }
    const nodeOf = ({ sourceLayer, nodeIndex }: SymbolicTensor): GraphNode => sourceLayer.inboundNodes[nodeIndex]!;
    const flowOf = (tensor: SymbolicTensor): Flow =>
      begins.get(tensor) ?? found.get(nodeOf(tensor))![tensor.tensorIndex]!;
    // Deep graphs would exhaust the stack.
    const open = [...container.outputs];
    while (open.length > 0) {
      const tensor = open.at(-1)!;
      const node = nodeOf(tensor);
      const missing =
        begins.has(tensor) || found.has(node)
          ? []
          : node.inputTensors.filter((one) => !begins.has(one) && !found.has(nodeOf(one)));
      if (missing.length > 0) {
        open.push(...missing.reverse());
        continue;
      }
      open.pop();
      if (begins.has(tensor) || found.has(node)) continue;
      found.set(node, callOf(tensor.sourceLayer, node, node.inputTensors.map(flowOf)));
    }
    return container.outputs.map(flowOf);
  };

  const root = model as Container;
  const inputs = root.inputs.map(
    ({ shape }, source): Flow => ({ ...links.opaque(shape, shape.length - 1, 'the model is given it'), source }),
  );
  for (const { atoms } of outputsOf(root, inputs)) links.atoms.pin(atoms, 'the model gives it out');
  return links;
}
