import { type FoldedModel, type Weight, type WeightFilter, weightsOf } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import { isGraph, type Runnable } from '../effect/runnable.ts';
import type { QuantizedDtype } from '../grids/quantized.ts';
import { type Default, defaultFor } from './default-dtype.ts';
import { dtypeRules } from './dtype-rules.ts';
import { type FineNames, fineNames } from './fine-names.ts';

/** A data type, or why there is none. */
export type Choice = { dtype: QuantizedDtype | Default } | { reason: string };

/** One data type for all, or data types by pattern of the path (glob, see core's WeightFilter); the first that matches counts. */
export type DtypeOption = QuantizedDtype | Readonly<Record<string, QuantizedDtype>>;

const NOTHING: FineNames = { fine: new Set(), beforeLogarithm: new Set() };

/** What the graph of a GraphModel says of its weights; layers say it of theirs. */
export const knownOf = (model: Runnable, { tensors, artifacts }: FoldedModel): FineNames =>
  isGraph(model)
    ? fineNames(tensors, { modelJson: [['modelTopology', JSON.stringify(artifacts.modelTopology ?? null)]] })
    : NOTHING;

const PATTERNS = 'patterns of dtype';

/** What the patterns say of the weights that a filter lets through, by path. */
export function matchedDtypes(
  fn: string,
  model: Runnable,
  dtype: DtypeOption,
  allowed: ReadonlySet<string>,
): Map<string, QuantizedDtype> {
  const matched = new Map<string, QuantizedDtype>();
  for (const [pattern, value] of dtypeRules(fn, dtype)) {
    const paths = weightsOf(model, pattern, fn, PATTERNS).flatMap(({ path }) => (allowed.has(path) ? [path] : []));
    checkRange(paths.length > 0, `${fn}: ${PATTERNS} must match a weight that filter lets through`, pattern);
    for (const path of paths) if (!matched.has(path)) matched.set(path, value);
  }
  return matched;
}

/**
 * Decides for each weight of a model, by its path, what it is quantized to.
 *
 * @param model - a built LayersModel, or a GraphModel
 * @param dtype - see {@link DtypeOption}; undefined for the plain default
 * @param filter - which weights may be quantized; all when undefined
 * @param known - what a graph says, see {@link knownOf}
 * @returns a choice for every weight
 * @throws RangeError when the filter or a pattern matches none, TypeError for an unknown data type
 */
export function chooseDtypes(
  model: Runnable,
  dtype: DtypeOption | undefined,
  filter?: WeightFilter,
  known: FineNames = NOTHING,
): Map<string, Choice> {
  const allowed = new Set(weightsOf(model, filter, 'quantizeModel').map(({ path }) => path));
  const matched = dtype === undefined ? new Map() : matchedDtypes('quantizeModel', model, dtype, allowed);
  const choices = weightsOf(model, undefined, 'quantizeModel').map((weight): [string, Choice] => {
    const { path, dtype: stored } = weight;
    if (!allowed.has(path)) return [path, { reason: 'left out by filter' }];
    const chosen = matched.get(path);
    if (chosen === undefined && dtype !== undefined) return [path, { reason: 'no pattern of dtype matches' }];
    if (stored !== 'float32') return [path, { reason: `${stored}: only float32 is quantized` }];
    const plain = () => defaultFor(weight.shape, weight.property ?? path, staysFine(weight), known, path);
    return [path, { dtype: chosen ?? plain() }];
  });
  return new Map(choices);
}

/** Whether the layer convolves each channel by itself, or is the cell of a layer that steps. */
const staysFine = ({ property, layer, owner }: Weight): boolean =>
  property === 'depthwiseKernel' ||
  property === 'recurrentKernel' ||
  layer?.getClassName() === 'DepthwiseConv2D' ||
  /(RNN|LSTM|GRU)(Cell)?$|^ConvLSTM/.test(`${owner?.getClassName()}`) ||
  /Cell$/.test(`${layer?.getClassName()}`);
