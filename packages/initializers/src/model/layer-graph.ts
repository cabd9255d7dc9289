import type { LayerLike, ModelLike } from '@weightkit/core';
import { layersOf } from '@weightkit/core';

/** A value that flows through a model: one output of one call, or an input. */
export interface Value {
  /** The call that gives it; null for an input of the model. */
  call: LayerCall | null;
  /** Which of the call's outputs, or of the model's inputs, it is. */
  index: number;
  /** For one example; null where the model takes any size. */
  shape: (number | null)[];
  isOutput: boolean;
}

/** A value where a layer takes it. */
export interface Use {
  value: Value;
  /** Whether the value's mask comes with it: none crosses the border of a nested model. */
  masked: boolean;
}

/** One call of one layer in a forward pass; a shared layer has several. */
export interface LayerCall {
  layer: LayerLike;
  path: string;
  inputs: Use[];
  outputs: Value[];
  /** What calls of one model share: tfjs hands one object of arguments to all of them. */
  scope: Scope;
}

/** A model, or one call of a nested one. */
export interface Scope {
  parent: Scope | null;
  inputs: Use[];
}

/** The calls of a model in an order in which they can run, its inputs and outputs. */
export interface LayerGraph {
  inputs: Value[];
  steps: (LayerCall | Scope)[];
  calls: LayerCall[];
  outputs: Value[];
}

/** The fields of tfjs 4.22's SymbolicTensor, Node and Container that are read here. */
interface Symbolic {
  shape: (number | null)[];
  dtype: string;
  name: string;
  inputs: Symbolic[];
  sourceLayer: Container;
  nodeIndex: number;
  tensorIndex: number;
}
interface Container extends LayerLike {
  inboundNodes: { outputTensors: Symbolic[] }[];
  inputs: Symbolic[];
  outputs: Symbolic[];
  layers?: LayerLike[];
}

/** What a model takes: name, shape with its batch axis, type. */
export const inputsOf = (model: ModelLike): Pick<Symbolic, 'name' | 'shape' | 'dtype'>[] =>
  (model as unknown as Container).inputs;

/** A nested model that runs its layers as tfjs does: of its own classes, its `call` not replaced. */
const isTransparent = (layer: Container): boolean =>
  layer.layers !== undefined &&
  ['Model', 'Functional', 'Sequential'].includes(layer.getClassName()) &&
  !Object.hasOwn(layer, 'call');

class Builder {
  readonly steps: (LayerCall | Scope)[] = [];
  readonly #paths: Map<LayerLike, string>;

  constructor(model: ModelLike) {
    this.#paths = new Map(layersOf(model).map(({ layer, path }) => [layer, path]));
  }

  /** Follows the outputs back to what is known, and gives each call on the way once, inputs first. */
  expand(outputs: readonly Symbolic[], known: Map<Symbolic, Use>, scope: Scope): Use[] {
    const visit = (wanted: Symbolic): void => {
      const stack = [wanted];
      while (stack.length > 0) {
        const top = stack[stack.length - 1]!;
        const missing = known.has(top) ? [] : top.inputs.filter((input) => !known.has(input));
        if (missing.length > 0) stack.push(...missing);
        else {
          stack.pop();
          if (!known.has(top)) this.#call(top, known, scope);
        }
      }
    };
    return outputs.map((output) => {
      visit(output);
      return known.get(output)!;
    });
  }

  #call({ sourceLayer: layer, nodeIndex, inputs: given }: Symbolic, known: Map<Symbolic, Use>, scope: Scope): void {
    const inputs = given.map((input) => known.get(input)!);
    const { outputTensors } = layer.inboundNodes[nodeIndex]!;
    if (isTransparent(layer)) {
      const inner: Scope = { parent: scope, inputs };
      this.steps.push(inner);
      const fed = new Map(layer.inputs.map((input, i) => [input, { value: inputs[i]!.value, masked: false }]));
      const outputs = this.expand(layer.outputs, fed, inner);
      for (const [i, tensor] of outputTensors.entries()) known.set(tensor, { value: outputs[i]!.value, masked: false });
      return;
    }
    const path = this.#paths.get(layer) ?? layer.name;
    const call: LayerCall = { layer, path, inputs, outputs: [], scope };
    for (const [index, tensor] of outputTensors.entries()) {
      const value = { call, index, shape: tensor.shape.slice(1), isOutput: false };
      call.outputs.push(value);
      known.set(tensor, { value, masked: true });
    }
    this.steps.push(call);
  }
}

/**
 * What feeds what in a model, by the layers' inbound nodes: nested models opened, a shared layer once for each call. Nothing
 * runs, and tensors' data are no part of it: a layer that hands on its input makes a new value here on every backend.
 */
export function layerGraph(model: ModelLike): LayerGraph {
  const root = model as unknown as Container;
  const scope: Scope = { parent: null, inputs: [] };
  const builder = new Builder(model);
  const inputs = root.inputs.map(
    ({ shape }, index): Value => ({ call: null, index, shape: shape.slice(1), isOutput: false }),
  );
  const fed = new Map(root.inputs.map((input, i) => [input, { value: inputs[i]!, masked: true }]));
  const outputs = builder.expand(root.outputs, fed, scope).map(({ value }) => value);
  for (const value of outputs) value.isOutput = true;
  const calls = builder.steps.filter((step) => 'layer' in step);
  return { inputs, steps: builder.steps, calls, outputs };
}
