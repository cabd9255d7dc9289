import type { SkippedWeight } from '@weightkit/core';
import type { Call, Edge, GraphLayer } from './calls.ts';
import { sharedLayers } from './calls.ts';
import { type LinearLayer, linearLayer } from './kernel-units.ts';

/** Two layers of which the second reads what the first makes, through layers that let a factor of a unit pass. */
export interface LinearPair {
  from: Call;
  to: Call;
  first: LinearLayer;
  second: LinearLayer;
  /** The layers between, or the first itself, that cut at 6: with `relu6: 'replace'` they will not. */
  cuts: GraphLayer[];
  /** Whether a constant that is added to a unit is the same everywhere once it arrives. */
  shifts: boolean;
}

/** Positively homogeneous: f(s x) = s f(x) for s > 0, unit by unit. */
const HOMOGENEOUS = new Set(['linear', 'relu']);
const PASSING = new Set([
  'Dropout',
  'SpatialDropout1D',
  'LeakyReLU',
  'PReLU',
  'Flatten',
  'ZeroPadding2D',
  'Cropping2D',
  'UpSampling2D',
  ...['1D', '2D', '3D'].flatMap((rank) => [`MaxPooling${rank}`, `AveragePooling${rank}`]),
  ...['1D', '2D'].flatMap((rank) => [`GlobalMaxPooling${rank}`, `GlobalAveragePooling${rank}`]),
]);
/** Of those, the ones that do not keep a constant that is added: they bend elsewhere than at 0, or put zeros beside. */
const BENDING = new Set(['LeakyReLU', 'PReLU', 'ZeroPadding2D']);

/** What a call does with a factor: `pass`, `cut` (at 6), or why it does not let it pass. */
export function passage({ layer, path }: Call): 'pass' | 'cut' | string {
  const name = layer.getClassName();
  const reason = `${path} (${name})`;
  if (layer.dataFormat === 'channelsFirst') return `${reason} has its units first`;
  if (name === 'Activation') return activationPassage(layer.getConfig().activation as string, reason);
  if (name === 'ReLU') {
    if (layer.maxValue == null) return 'pass';
    return layer.maxValue === 6 ? 'cut' : `${reason} cuts at ${layer.maxValue}`;
  }
  if (name === 'BatchNormalization') return `${reason} stands between: fold it first`;
  return PASSING.has(name) ? 'pass' : `${reason} does not let a factor pass`;
}

/** The same of an activation by its name. */
export function activationPassage(activation: string, reason: string): 'pass' | 'cut' | string {
  if (HOMOGENEOUS.has(activation)) return 'pass';
  return activation === 'relu6' ? 'cut' : `${reason} applies ${activation}, which no factor passes`;
}

/** Whether a layer puts zeros around what it reads. */
const pads = ({ layer }: Call): boolean => {
  const size = (layer.kernelSize ?? []) as number[];
  return layer.padding === 'same' && [size].flat().some((one) => one > 1);
};

/** The layer that reads what a call makes, or why there is none. */
function follow(
  from: Call,
  first: LinearLayer,
  shared: ReadonlySet<GraphLayer>,
  replaces: boolean,
): Omit<LinearPair, 'from' | 'first'> | string {
  if (shared.has(from.layer)) return 'it is called twice';
  if (from.layer.dataFormat === 'channelsFirst') return 'it has its units first';
  const cuts: GraphLayer[] = [];
  // Once ReLU6 is replaced it is a ReLU.
  let shifts = HOMOGENEOUS.has(first.activation) ? first.activation === 'relu' : replaces;
  const own = activationPassage(first.activation, 'it');
  if (own === 'cut') cuts.push(from.layer);
  else if (own !== 'pass') return own;
  let edge: Edge = from.outputs[0]!;
  for (;;) {
    if (edge.isOutput) return 'the model gives it out';
    if (edge.readers.length !== 1) return 'several layers read it';
    const next = edge.readers[0]!;
    const { layer } = next;
    if (shared.has(layer)) return `${next.path} is called twice`;
    const second = linearLayer(next.path, layer);
    if (second) {
      if (layer.dataFormat === 'channelsFirst') return `${next.path} has its units first`;
      if (second.stages[0]!.units.inputs % first.stages.at(-1)!.units.outputs !== 0)
        return `${next.path} reads other units`;
      if (cuts.length > 0 && !replaces)
        return `ReLU6 between it and ${next.path} cuts at 6, which no factor passes; relu6: 'replace' makes it a ReLU`;
      return { to: next, second, cuts, shifts: shifts && !pads(next) };
    }
    const how = passage(next);
    if (how === 'cut') cuts.push(layer);
    else if (how !== 'pass') return how;
    const name = layer.getClassName();
    if (how === 'cut' || name === 'ReLU' || (name === 'Activation' && layer.getConfig().activation === 'relu'))
      shifts = true;
    if (BENDING.has(name) || layer.padding === 'same') shifts = false;
    edge = next.outputs[0]!;
  }
}

/**
 * Every two layers between which units can be scaled without a change of what the model gives.
 *
 * @param calls - of the model
 * @param replaces - whether ReLU6 will be a ReLU
 */
export function linearPairs(
  calls: readonly Call[],
  replaces: boolean,
): { pairs: LinearPair[]; skipped: SkippedWeight[] } {
  const shared = sharedLayers(calls);
  const pairs: LinearPair[] = [];
  const skipped: SkippedWeight[] = [];
  const seen = new Set<GraphLayer>();
  for (const from of calls) {
    const first = linearLayer(from.path, from.layer);
    if (!first || seen.has(from.layer)) continue;
    seen.add(from.layer);
    const found = follow(from, first, shared, replaces);
    if (typeof found === 'string') skipped.push({ path: from.path, reason: found });
    else pairs.push({ from, first, ...found });
  }
  return { pairs, skipped };
}
