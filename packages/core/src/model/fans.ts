import { checkInteger, checkNumbers, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import type { FanLayout } from './fan-layout.ts';
import type { Weight } from './weight.ts';

/** How many inputs feed an output of a weight, and how many outputs an input feeds. */
export interface Fans {
  /** Number of inputs that one output sums over. */
  fanIn: number;
  /** Number of outputs that one input contributes to. */
  fanOut: number;
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

function ofShape(
  fn: string,
  shape: readonly number[],
  { kind = 'kernel', gates = 1, groups = 1 }: FanLayout = {},
): Fans {
  checkNumbers(
    `${fn}: shape must be a list of sizes, integers of 0 or more`,
    shape,
    (size) => Number.isSafeInteger(size) && size >= 0,
  );
  checkRange(
    ['kernel', 'depthwise', 'transposed'].includes(kind),
    `${fn}: kind must be kernel, depthwise or transposed`,
    kind,
  );
  for (const [name, value] of Object.entries({ gates, groups })) checkInteger(fn, name, value, 1);
  if (shape.length === 0) return { fanIn: 1, fanOut: 1 };
  const last = shape[shape.length - 1]!;
  if (shape.length === 1) return { fanIn: last, fanOut: last };
  const window = product(shape.slice(0, -2));
  const next = shape[shape.length - 2]!;
  checkRange(gates === 1 || kind === 'kernel', `${fn}: gates must be 1 for kind ${kind}`, gates);
  checkRange(groups === 1 || kind !== 'depthwise', `${fn}: groups must be 1 for kind ${kind}`, groups);
  checkRange(last % (gates * groups) === 0, `${fn}: gates and groups must divide the last axis of [${shape}]`, [
    gates,
    groups,
  ]);
  if (kind === 'depthwise') return { fanIn: window, fanOut: window * last };
  if (kind === 'transposed') return { fanIn: (window * last) / groups, fanOut: window * next };
  return { fanIn: window * next, fanOut: (window * last) / gates / groups };
}

const GATES: Record<string, number> = { LSTMCell: 4, ConvLSTM2DCell: 4, GRUCell: 3 };

function ofWeight(fn: string, { layer, property, shape, layout }: Weight): Fans {
  if (layout) return ofShape(fn, shape, layout);
  const type = layer?.getClassName() ?? '';
  if (property === 'depthwiseKernel') return ofShape(fn, shape, { kind: 'depthwise' });
  if (property !== 'kernel' && property !== 'recurrentKernel') return ofShape(fn, shape);
  if (/^Conv\d?DTranspose$/.test(type)) return ofShape(fn, shape, { kind: 'transposed' });
  return ofShape(fn, shape, { gates: GATES[type] ?? 1 });
}

/**
 * Fan-in and fan-out of a weight: what variance-scaling initializers divide by. Read off the layer or the graph's op, not off the bare shape,
 * which misleads every framework's defaults for depthwise, transposed and recurrent weights.
 *
 * | weight | shape | fan-in | fan-out |
 * | --- | --- | --- | --- |
 * | dense | [in, out] | in | out |
 * | convolution | [...k, in, out] | in · Πk | out · Πk |
 * | depthwise | [...k, in, m] | Πk | m · Πk |
 * | transposed | [...k, out, in] | in · Πk | out · Πk |
 * | RNN gates | [in, gates · units] | in | units |
 * | vector | [n] | n | n |
 * | scalar | [] | 1 | 1 |
 *
 * As everywhere, strides and dilation do not count. A separable convolution has a depthwise and a pointwise kernel, an
 * embedding is read as dense (Keras does). Sizes are as they are: an empty shape may have fan 0.
 *
 * @example
 * console.log(fans([3, 3, 64, 1], { kind: 'depthwise' })); // -> { fanIn: 9, fanOut: 9 }
 *
 * @param target - a weight from {@link weightsOf}, or a shape
 * @param layout - how to read a bare shape; a weight's layer, or the op of a GraphModel, says it by itself
 * @param fn - the function that asks, for the message of an error
 * @throws TypeError or RangeError when the shape or the layout cannot be
 */
export function fans(target: Weight | readonly number[], layout?: FanLayout, fn = 'fans'): Fans {
  checkOptions(fn, layout, ['kind', 'gates', 'groups'], 'layout');
  if (Array.isArray(target)) return ofShape(fn, target, layout);
  const weight = target as Weight;
  checkType(
    Array.isArray(weight?.shape) && typeof weight.read === 'function',
    `${fn}: target must be a weight or a shape`,
    target,
  );
  checkType(layout === undefined, `${fn}: layout must be left out for a weight, whose layer says it`, layout);
  return ofWeight(fn, weight);
}
