// The shapes of a layer's weights by rule, in both libraries. Nothing here loads TensorFlow.js or PyTorch.
import { countOf, type Flow, flowsOf, KINDS, type Layer, type LayerKind, type Stack } from './stack.ts';

/** One weight of a layer. */
export interface Shape {
  /** As the library calls it. */
  name: string;
  shape: number[];
  /** The matrix that it is drawn as: parts of a kernel of a convolution lie side by side. */
  rows: number;
  columns: number;
  rowParts: number | readonly string[];
  columnParts: number | readonly string[];
}

/** A layer of a stack with its weights. */
export interface Planned {
  name: string;
  layer: Layer;
  label: string;
  from: Flow;
  to: Flow;
  tfjs: Shape[];
  torch: Shape[];
  /** Weights and biases together. */
  count: number;
  torchCount: number;
  /** How the count comes about. */
  sum: string;
}

/** The gates of an LSTM in the order in which both libraries keep them. */
export const GATES = ['input', 'forget', 'cell', 'output'] as const;

const product = (shape: readonly number[]): number => shape.reduce((all, size) => all * size, 1);
export const countText = (count: number): string => count.toLocaleString('en-US');

const matrix = (name: string, rows: number, columns: number, parts: Partial<Shape> = {}): Shape => ({
  name,
  shape: [rows, columns],
  rows,
  columns,
  rowParts: 1,
  columnParts: 1,
  ...parts,
});
/** A bias: a row under the columns of TensorFlow.js, a column beside the rows of PyTorch. */
const row = (name: string, length: number, parts: Partial<Shape> = {}) =>
  matrix(name, 1, length, { shape: [length], ...parts });
const column = (name: string, length: number, parts: Partial<Shape> = {}) =>
  matrix(name, length, 1, { shape: [length], ...parts });

/** A kernel of a convolution, `[side, side, inputs, outputs]`: one small square for each input and output. */
const kernel = (name: string, side: number, inputs: number, outputs: number): Shape => ({
  name,
  shape: [side, side, inputs, outputs],
  rows: side * inputs,
  columns: side * outputs,
  rowParts: inputs,
  columnParts: outputs,
});
/** The same in PyTorch, `[outputs, inputs, side, side]`. */
const filters = (name: string, side: number, inputs: number, outputs: number): Shape => ({
  name,
  shape: [outputs, inputs, side, side],
  rows: side * outputs,
  columns: side * inputs,
  rowParts: outputs,
  columnParts: inputs,
});

/** The weights of a layer that reads `inputs` numbers, channels or features. */
function shapesOf({ kind, sizes }: Layer, inputs: number): { tfjs: Shape[]; torch: Shape[]; sum: string } {
  const [first, second] = sizes as [number, number];
  switch (kind) {
    case 'dense':
      return {
        tfjs: [matrix('kernel', inputs, first), row('bias', first)],
        torch: [matrix('weight', first, inputs), column('bias', first)],
        sum: `${inputs} · ${first} + ${first}`,
      };
    case 'conv':
      return {
        tfjs: [kernel('kernel', second, inputs, first), row('bias', first)],
        torch: [filters('weight', second, inputs, first), column('bias', first)],
        sum: `${second} · ${second} · ${inputs} · ${first} + ${first}`,
      };
    case 'depthwise':
      return {
        tfjs: [kernel('depthwise_kernel', first, inputs, 1), row('bias', inputs)],
        torch: [filters('weight', first, 1, inputs), column('bias', inputs)],
        sum: `${first} · ${first} · ${inputs} + ${inputs}`,
      };
    case 'separable':
      return {
        tfjs: [
          kernel('depthwise_kernel', second, inputs, 1),
          kernel('pointwise_kernel', 1, inputs, first),
          row('bias', first),
        ],
        torch: [
          filters('depthwise.weight', second, 1, inputs),
          filters('pointwise.weight', 1, inputs, first),
          column('pointwise.bias', first),
        ],
        sum: `${second} · ${second} · ${inputs} + ${inputs} · ${first} + ${first}`,
      };
    case 'embedding':
      return {
        tfjs: [matrix('embeddings', first, second)],
        torch: [matrix('weight', first, second)],
        sum: `${first} · ${second}`,
      };
    case 'rnn':
      return {
        tfjs: [matrix('kernel', inputs, first), matrix('recurrent_kernel', first, first), row('bias', first)],
        torch: [
          matrix('weight_ih_l0', first, inputs),
          matrix('weight_hh_l0', first, first),
          column('bias_ih_l0', first),
          column('bias_hh_l0', first),
        ],
        sum: `${inputs} · ${first} + ${first} · ${first} + ${first}`,
      };
    case 'lstm': {
      const gated = 4 * first;
      const [across, down] = [{ columnParts: GATES }, { rowParts: GATES }];
      return {
        tfjs: [
          matrix('kernel', inputs, gated, across),
          matrix('recurrent_kernel', first, gated, across),
          row('bias', gated, across),
        ],
        torch: [
          matrix('weight_ih_l0', gated, inputs, down),
          matrix('weight_hh_l0', gated, first, down),
          column('bias_ih_l0', gated, down),
          column('bias_hh_l0', gated, down),
        ],
        sum: `4 · (${inputs} · ${first} + ${first} · ${first} + ${first})`,
      };
    }
    default:
      return { tfjs: [], torch: [], sum: '0' };
  }
}

/** A stack with the shapes and counts of all its weights. */
export function plan(stack: Stack): Planned[] {
  const flows = flowsOf(stack);
  const seen = new Map<LayerKind, number>();
  return stack.layers.map((layer, i): Planned => {
    const { kind } = layer;
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
    const from = flows[i]!;
    const shapes = shapesOf(layer, from.sizes.at(-1)!);
    return {
      name: `${kind}${seen.get(kind)}`,
      layer,
      label: KINDS[kind].label,
      from,
      to: flows[i + 1]!,
      ...shapes,
      count: countOf(layer, from),
      torchCount: shapes.torch.reduce((sum, { shape }) => sum + product(shape), 0),
    };
  });
}

export const totalOf = (planned: readonly Planned[]): number => planned.reduce((sum, { count }) => sum + count, 0);
export const torchTotalOf = (planned: readonly Planned[]): number =>
  planned.reduce((sum, { torchCount }) => sum + torchCount, 0);
