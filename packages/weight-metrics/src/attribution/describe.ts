import type { ModelLike } from '@weightkit/core';
import { checkNumber, checkOptions } from '@weightkit/numerics/check';
import { readValues, sizeOf } from '../values/read-values.ts';
import { type Connection, connectionsOf, type ReadWeight } from './connections.ts';
import { activationOf, type ChainLayer, layerChain, outputShapeOf } from './layer-chain.ts';

/** Options of {@link describe}. */
export interface DescribeOptions {
  /**
   * So many numbers of each layer are told at most: a whole number of 0 or more, or Infinity.
   * @defaultValue 200
   */
  most?: number;
}

/** One layer in its connections. */
export interface DescribedLayer {
  /** Its path. */
  path: string;
  /** The name of its class. */
  kind: string;
  /** Its place: L1 for the first layer that computes; that of its input for one that hands on what it gets, as Dropout and Flatten. */
  place: number;
  /** Its activation; null for a layer without one. */
  activation: string | null;
  /** The shape of what it gives, without the batch; null for a size that is not fixed. */
  outputShape: (number | null)[];
  /** How many numbers it has. */
  parameters: number;
  /** The first of them. */
  connections: Connection[];
}

/** A model, told by its connections. */
export interface ModelDescription {
  /** The layers in the order in which they are called. */
  layers: DescribedLayer[];
  /** The same as text: a line that begins with `#` for each layer, then one for each number. */
  lines: string[];
}

const count = (n: number): string => n.toLocaleString('en-US');

function headOf({ path, kind, place, activation, outputShape }: DescribedLayer, isPassed: boolean): string {
  const shape = outputShape.map((size) => size ?? '?').join('x');
  const does = activation === null || activation === 'linear' ? kind : `${kind}, ${activation}`;
  return isPassed ? `# L${place} again: ${path} (${kind}), ${shape}` : `# L${place}: ${path} (${does}), ${shape}`;
}

const lineOf = ({ from, to, value }: Connection): string =>
  /^\d+B$/.test(from) ? `${from} -> ${to}: ${value}` : `${from} -> ${to} = ${value}`;

function linesOf(layer: DescribedLayer, isPassed: boolean): string[] {
  const left = layer.parameters - layer.connections.length;
  return [
    headOf(layer, isPassed),
    ...layer.connections.map(lineOf),
    ...(left > 0 ? [`... and ${count(left)} more of ${layer.path}`] : []),
  ];
}

async function readWeights({ weights }: ChainLayer, most: number): Promise<ReadWeight[]> {
  const read: ReadWeight[] = [];
  if (most === 0) return read;
  for (const weight of weights) {
    const { path, property, shape } = weight;
    read.push({ path, property, shape, values: await readValues(weight) });
  }
  return read;
}

/**
 * A model told number by number, by what each joins: `L0N1 -> L1N0 = 0.66` is the weight from input 1 to neuron 0 of the first layer,
 * `0B -> L1N0: 0.5` that neuron's bias. For models whose layers follow one another.
 *
 * - L0 is the input, and each layer that computes has the next number. Dropout, Flatten and others that hand on what they get keep the
 *   number of their input: after Flatten, `L1N<i>` is entry i of L1 in row-major order. A Dense layer with more axes does the same at
 *   each place of the others.
 * - A convolution's `L0C1(0,2) -> L1C3` joins channel 1 at row 0, column 2 of the window with filter 3.
 * - A recurrent layer's `L1N0(t-1)` is its own output of the step before; the gates are `.i .f .c .o` of LSTM and `.z .r .h` of GRU.
 * - An embedding's `L0=5 -> L1N0` is taken for the input 5. Weights of other layers are told by their entries, `gamma[0] -> L2`.
 *
 * Values are those that layers compute with, parametrizations applied, with all digits of their float32.
 *
 * @example
 * const out = tf.layers.dense({ units: 1, inputShape: [2], kernelInitializer: 'ones', name: 'out' });
 * const { lines } = await describe(tf.sequential({ layers: [out] }));
 * console.log(lines.join('; ')); // -> # L1: out (Dense), 1; 0B -> L1N0: 0; L0N0 -> L1N0 = 1; L0N1 -> L1N0 = 1
 *
 * @param model - a built LayersModel without branches; it need not be compiled
 * @returns layers with their connections, and the text
 * @throws TypeError for another model or bad options; RangeError when a layer has several inputs, outputs or calls
 */
export async function describe(model: ModelLike, options: DescribeOptions = {}): Promise<ModelDescription> {
  const fn = 'describe';
  checkOptions(fn, options, ['most']);
  const { most = 200 } = options;
  checkNumber(`${fn}: most must be a whole number of 0 or more, or Infinity`, most, isCount);
  const description: ModelDescription = { layers: [], lines: [] };
  let place = 0;
  for (const chained of layerChain(fn, model)) {
    const { path, kind, isPassed, weights } = chained;
    const read = await readWeights(chained, most);
    const connections: Connection[] = [];
    if (most > 0)
      for (const connection of connectionsOf(chained, read, place)) if (connections.push(connection) >= most) break;
    if (!isPassed) place++;
    const described: DescribedLayer = {
      path,
      kind,
      place,
      activation: activationOf(chained),
      outputShape: outputShapeOf(chained),
      parameters: weights.reduce((sum, weight) => sum + sizeOf(weight), 0),
      connections,
    };
    description.layers.push(described);
    description.lines.push(...linesOf(described, isPassed));
  }
  return description;
}

/** Whether a number counts, without end too. */
const isCount = (n: number): boolean => n >= 0 && (n === Number.POSITIVE_INFINITY || Number.isSafeInteger(n));
