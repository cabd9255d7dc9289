import type { Values } from '../values/read-values.ts';
import { type ChainLayer, outputShapeOf } from './layer-chain.ts';

/** One number of a layer, and what it joins. */
export interface Connection {
  /** Where it comes from: `L0N1`, the bias `0B`, `L0C1(0,2)` of a convolution, `L1N0(t-1)` of a recurrence; of other layers, the weight's entry. */
  from: string;
  /** Where it goes: `L1N0`, a filter `L1C0`, a gate `L1N0.f`. */
  to: string;
  /** The number, as float64 holds the float32. */
  value: number;
}

/** A weight with its values on the host. */
export interface ReadWeight {
  readonly path: string;
  readonly property: string | null;
  readonly shape: readonly number[];
  readonly values: Values;
}

type Namer = (index: readonly number[]) => readonly [from: string, to: string];

/** The gates along the last axis of a recurrent layer's weights, in the order of TensorFlow.js. */
const GATES: Readonly<Record<string, readonly string[]>> = {
  SimpleRNN: [''],
  GRU: ['.z', '.r', '.h'],
  LSTM: ['.i', '.f', '.c', '.o'],
};

/** How the weights of a layer are named by what they join, by property; null where only their entries have names. */
function namers(kind: string, from: number, units: number): Readonly<Record<string, Namer>> | null {
  const to = from + 1;
  if (kind === 'Dense')
    return { bias: ([j]) => [`${from}B`, `L${to}N${j}`], kernel: ([i, j]) => [`L${from}N${i}`, `L${to}N${j}`] };
  if (/^Conv[123]D$/.test(kind))
    return {
      bias: ([f]) => [`${from}B`, `L${to}C${f}`],
      kernel: (index) => [`L${from}C${index.at(-2)}(${index.slice(0, -2)})`, `L${to}C${index.at(-1)}`],
    };
  if (kind === 'Embedding') return { embeddings: ([i, j]) => [`L${from}=${i}`, `L${to}N${j}`] };
  const gates = GATES[kind];
  if (!gates) return null;
  const gate = (j: number): string => `L${to}N${j % units}${gates[Math.floor(j / units)]}`;
  return {
    bias: ([j]) => [`${from}B`, gate(j!)],
    kernel: ([i, j]) => [`L${from}N${i}`, gate(j!)],
    recurrentKernel: ([i, j]) => [`L${to}N${i}(t-1)`, gate(j!)],
  };
}

function indexOf(entry: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  for (let axis = shape.length - 1, rest = entry; axis >= 0; rest = Math.floor(rest / shape[axis--]!))
    index.unshift(rest % shape[axis]!);
  return index;
}

/** The numbers of a layer one after the other, biases first, then row by row. */
export function* connectionsOf(layer: ChainLayer, weights: readonly ReadWeight[], from: number): Generator<Connection> {
  const named = namers(layer.kind, from, outputShapeOf(layer).at(-1) ?? 1);
  const first = named
    ? [...weights].sort((a, b) => Number(b.property === 'bias') - Number(a.property === 'bias'))
    : weights;
  for (const weight of first) {
    const own = weight.path.slice(layer.path.length + 1);
    const name = named?.[weight.property ?? ''] ?? ((index) => [`${own}[${index}]`, `L${from + 1}`]);
    for (let i = 0; i < weight.values.length; i++) {
      const [source, target] = name(indexOf(i, weight.shape));
      yield { from: source, to: target, value: weight.values[i]! };
    }
  }
}
