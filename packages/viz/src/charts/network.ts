import { checkNumber, checkRange, checkType } from '@weightkit/numerics/check';
import { type Entry, readNamed } from '../marks/entries.ts';
import { countText } from '../marks/many.ts';
import { checkArray, checkData, checkEntries } from '../marks/options.ts';
import { type MatrixValues, readTensor, type Tensor } from '../marks/tensor.ts';
import { type ChartValue, readValue, type Value } from '../marks/values.ts';

/** A unit of a layer. */
export interface NetworkUnit {
  /** What stands in or beside it. @defaultValue nothing; it is called by its layer and number, as in `hidden[0]` */
  readonly name?: string;
  /** Its output for one example, written into it. @defaultValue none */
  readonly value?: ChartValue;
  /** Its bias, written beside it. @defaultValue none */
  readonly bias?: ChartValue;
}

/** A layer of units. */
export interface NetworkLayer {
  /** What stands above it. */
  readonly name: string;
  /** The units from top to bottom, or how many there are. */
  readonly units: number | readonly NetworkUnit[];
}

/** A network of dense layers. */
export interface NetworkData {
  /** The layers from the input to the output, two or more. */
  readonly layers: readonly NetworkLayer[];
  /** The kernels between neighboring layers, of the shape `[inputs, outputs]` that dense layers of Keras and TensorFlow.js have. */
  readonly weights: readonly (MatrixValues | readonly ArrayLike<ChartValue>[])[];
}

/** A unit that is drawn. */
export interface Unit {
  /** Its number in the layer. */
  index: number;
  /** Empty where it has none. */
  name: string;
  /** What it is called in sentences, in the table and when pointed at. */
  label: string;
  /** Undefined where there is none. */
  value: Value | undefined;
  bias: Value | undefined;
}

/** A layer that is drawn. */
export interface Layer {
  /** Its number in the network. */
  index: number;
  name: string;
  count: number;
  /** Those that are drawn: all, or the first and the last of many. */
  units: Unit[];
  /** How many of `units` stand above those that are folded; all where none is. */
  above: number;
}

/** A network that was read. */
export interface Network {
  /** How many layers there are. */
  count: number;
  /** Those that are drawn. */
  layers: Layer[];
  /** How many of `layers` stand before those that are folded; all where none is. */
  before: number;
  /** All kernels. */
  weights: Tensor[];
}

const FN = 'networkGraph';
const MOST_UNITS = 24;
const MOST_LAYERS = 12;
// Of too many units or layers so many are drawn at each end.
const END_UNITS = 8;
const END_LAYERS = 5;

/** Which of `count` things are drawn: all, or both ends of too many. */
function ends(count: number, most: number, end: number): { shown: number[]; before: number } {
  const size = count > most ? 2 * end : count;
  const shown = Array.from({ length: size }, (_, i) => (i < end || size === count ? i : count - size + i));
  return { shown, before: size === count ? count : end };
}

/** Copies a network. */
export function readNetwork(data: NetworkData): Network {
  checkData(FN, data);
  const counts = readNamed(FN, 'layers', data.layers, countUnits);
  checkRange(data.layers.length > 1, `${FN}: layers must be two or more`, data.layers.length);
  const { shown, before } = ends(data.layers.length, MOST_LAYERS, END_LAYERS);
  const weights = readWeights(data, counts);
  return { count: counts.length, before, layers: shown.map((i) => readLayer(data.layers[i]!, i, counts[i]!)), weights };
}

function countUnits({ units }: NetworkLayer, { where }: Entry<NetworkLayer>): number {
  if (Array.isArray(units)) {
    checkEntries(FN, where('units'), units);
    return units.length;
  }
  const rule = `${FN}: ${where('units')} must be a list of units or how many there are`;
  checkNumber(rule, units as number, (count) => Number.isSafeInteger(count) && count > 0);
  return units as number;
}

function readLayer({ name, units }: NetworkLayer, index: number, count: number): Layer {
  const { shown, before } = ends(count, MOST_UNITS, END_UNITS);
  const all = shown.map((i): Unit => {
    const where = `layers[${index}].units[${i}]`;
    const unit = Array.isArray(units) ? (units[i] as NetworkUnit) : {};
    checkType(typeof unit === 'object' && unit !== null, `${FN}: ${where} must be an object`, unit);
    const named = unit.name === undefined || typeof unit.name === 'string';
    checkType(named, `${FN}: ${where}.name must be a string`, unit.name);
    const read = (key: 'value' | 'bias') =>
      unit[key] === undefined ? undefined : readValue(FN, `${where}.${key}`, unit[key]);
    return {
      index: i,
      name: unit.name ?? '',
      label: unit.name || `${name}[${i}]`,
      value: read('value'),
      bias: read('bias'),
    };
  });
  return { index, name, count, units: all, above: before };
}

function readWeights({ weights }: NetworkData, counts: readonly number[]): Tensor[] {
  checkArray(FN, 'weights', weights);
  const pairs = counts.length - 1;
  const rule = `${FN}: weights must be one kernel between each layer and the next`;
  checkRange(weights.length === pairs, rule, `${weights.length} for ${pairs + 1} layers`);
  return Array.from(weights, (raw, k) => {
    const name = `weights[${k}]`;
    checkType(typeof raw === 'object' && raw !== null, `${FN}: ${name} must be values with a shape or rows`, raw);
    const kernel = Array.isArray(raw)
      ? readTensor(FN, `${name}.`, { values: raw }, 2)
      : readTensor(FN, `${name}.`, raw as MatrixValues, 2);
    const [inputs, outputs] = kernel.shape;
    const fits = inputs === counts[k] && outputs === counts[k + 1];
    const asked = `${FN}: ${name} must have the shape [${counts[k]}, ${counts[k + 1]}] of its layers`;
    checkRange(fits, asked, kernel.shape);
    return kernel;
  });
}

/** A line between two units that are drawn. */
export interface Edge {
  /** Places in `layers` and `units` of the network that was read. */
  layer: number;
  from: number;
  to: number;
  weight: Value;
}

/** The edges between units that are drawn, layer by layer. */
export function edgesOf({ layers, weights, before }: Network): Edge[] {
  return layers.slice(0, -1).flatMap(({ index, units }, layer) => {
    if (layer === before - 1) return [];
    const { values, shape } = weights[index]!;
    const next = layers[layer + 1]!.units;
    return units.flatMap((a, from) =>
      next.map((b, to): Edge => ({ layer, from, to, weight: values[a.index * shape[1]! + b.index]! })),
    );
  });
}

/**
 * The units of each drawn layer that have equal incoming weights, and equal biases where these are given, to a tolerance:
 * `groups[layer][unit]` is the number of a group of two or more, else undefined.
 *
 * A unit belongs to the first group whose first unit it equals. Numbers go on from layer to layer. NaN and what is missing equal nothing.
 */
export function equalUnits({ layers, weights }: Network, tolerance: number): (number | undefined)[][] {
  let next = 0;
  return layers.map(({ index, units }) => {
    const kernel = weights[index - 1];
    if (kernel === undefined) return units.map(() => undefined);
    const firsts: { unit: Unit; members: number[] }[] = [];
    units.forEach((unit, i) => {
      const found = firsts.find(({ unit: first }) => sameUnit(kernel, first, unit, tolerance));
      if (found === undefined) firsts.push({ unit, members: [i] });
      else found.members.push(i);
    });
    const groups = units.map((): number | undefined => undefined);
    for (const { members } of firsts) {
      if (members.length < 2) continue;
      for (const i of members) groups[i] = next;
      next++;
    }
    return groups;
  });
}

function sameUnit({ values, shape }: Tensor, a: Unit, b: Unit, tolerance: number): boolean {
  const same = (x: Value | undefined, y: Value | undefined) =>
    typeof x === 'number' && typeof y === 'number' && (x === y || Math.abs(x - y) <= tolerance);
  if (!(a.bias === undefined && b.bias === undefined) && !same(a.bias, b.bias)) return false;
  const [inputs, outputs] = shape as [number, number];
  for (let i = 0; i < inputs; i++) {
    if (!same(values[i * outputs + a.index], values[i * outputs + b.index])) return false;
  }
  return true;
}

/** `… 784 units`, or empty where all are drawn. */
export const foldText = ({ count, units }: Layer): string =>
  count === units.length ? '' : `… ${countText(count)} units`;
