import { type LayerLike, layersOf } from '@weightkit/core';

type Shape = (number | null)[];

/** The part of a call of a layer that is followed. */
interface CallNode {
  inboundLayers: FollowedLayer[];
  outboundLayer: FollowedLayer;
  inputShapes: Shape | Shape[];
  outputShapes: Shape | Shape[];
}

interface FollowedLayer extends LayerLike {
  inboundNodes?: CallNode[];
  outboundNodes?: CallNode[];
  dataFormat?: string;
  /** Of models. */
  inputs?: { sourceLayer: FollowedLayer }[];
  outputs?: { sourceLayer: FollowedLayer }[];
}

/** How features, or entries of a weight for each, stand in PyTorch. */
export interface FeatureOrder {
  /** The sizes of the map that they are there, channels first; of others their number. */
  readonly there: readonly number[];
  /** Which axis of it stands at each place here. */
  readonly order: readonly number[];
}

/** Features that stand there as here. */
export const inPlace = (size: number): FeatureOrder => ({ there: [size], order: [0] });

/** The sizes of the map here. */
export const sizesHere = ({ there, order }: FeatureOrder): number[] => order.map((axis) => there[axis]!);

/** Layers that give each feature to the next one at its own place. */
const IN_PLACE = [
  'Activation',
  'AlphaDropout',
  'BatchNormalization',
  'Dropout',
  'ELU',
  'GaussianDropout',
  'GaussianNoise',
  'LayerNormalization',
  'LeakyReLU',
  'ReLU',
  'ThresholdedReLU',
];

/** Layers whose maps have channels first in PyTorch. */
const OF_CHANNELS =
  /^((Depthwise|Separable)?Conv\dD(Transpose)?|(Max|Average)Pooling\dD|UpSampling\dD|ZeroPadding\dD|Cropping\dD)$/;

/** Layers whose outputs have features last in PyTorch too. */
const FEATURES_LAST = [
  'Bidirectional',
  'ConvLSTM2D',
  'Dense',
  'Embedding',
  'GRU',
  'LSTM',
  'Masking',
  'Permute',
  'RNN',
  'RepeatVector',
  'Reshape',
  'SimpleRNN',
  'TimeDistributed',
];

const sizesOf = (shapes: Shape | Shape[] | undefined): number[] | null => {
  const [first] = shapes ?? [];
  const sizes = ((Array.isArray(first) ? first : shapes) as Shape | undefined)?.slice(1);
  return sizes?.every((size) => size !== null) ? (sizes as number[]) : null;
};

/** The models that layers are the first or the last of. */
const startOf = new WeakMap<FollowedLayer, { model: FollowedLayer; place: number }>();
const endOf = new WeakMap<FollowedLayer, FollowedLayer>();

/** Notes how models within a model are connected with it: their layers know nothing of that. To be called before layers are asked. */
export function noteModels(fn: string, root: LayerLike): void {
  for (const { layer } of layersOf(root, fn)) {
    const model = layer as FollowedLayer;
    for (const [place, { sourceLayer }] of (model.inputs ?? []).entries()) startOf.set(sourceLayer, { model, place });
    for (const { sourceLayer } of model.outputs ?? []) endOf.set(sourceLayer, model);
  }
}

/** The layers that a layer takes from, across the edges of models. */
function before(layer: FollowedLayer): FollowedLayer[] {
  const within = (one: FollowedLayer): FollowedLayer[] => {
    if (one.outputs) return one.outputs.flatMap(({ sourceLayer }) => within(sourceLayer));
    const start = startOf.get(one);
    const outer = start?.model.inboundNodes?.find(({ inboundLayers }) => inboundLayers.length > 0);
    const given = outer?.inboundLayers[start!.place];
    return given ? within(given) : [one];
  };
  return (layer.inboundNodes?.[0]?.inboundLayers ?? []).flatMap(within);
}

/** The layers that take from a layer, across the edges of models. */
function after(layer: FollowedLayer): FollowedLayer[] {
  const within = (one: FollowedLayer): FollowedLayer[] =>
    one.inputs ? one.inputs.flatMap(({ sourceLayer }) => after(sourceLayer)) : [one];
  const own = (layer.outboundNodes ?? []).flatMap(({ outboundLayer }) => within(outboundLayer));
  const model = endOf.get(layer);
  return [...new Set([...own, ...(model ? after(model) : [])])];
}

/** Whether layers in one direction say that a map has channels first in PyTorch and last here; undefined where none does. */
function channelsMove(
  layer: FollowedLayer,
  next: (layer: FollowedLayer) => FollowedLayer[],
  seen = new Set<FollowedLayer>(),
): boolean | undefined {
  if (seen.has(layer)) return undefined;
  seen.add(layer);
  const kind = layer.getClassName();
  if (OF_CHANNELS.test(kind)) return layer.dataFormat !== 'channelsFirst';
  if (next === before && kind === 'Reshape') return isMapOfVector(layer);
  if (FEATURES_LAST.includes(kind)) return false;
  const said = next(layer).map((one) => channelsMove(one, next, seen));
  return said.includes(true) ? true : said.find((one) => one !== undefined);
}

/** A map alone is taken for an image where it has two axes or more beside its channels. */
function isMoved(
  layers: readonly FollowedLayer[],
  next: (layer: FollowedLayer) => FollowedLayer[],
  { length }: readonly number[],
): boolean {
  const said = layers.map((layer) => channelsMove(layer, next));
  return said.includes(true) || (!said.includes(false) && length > 2);
}

const channelsToEnd = (sizes: readonly number[]): number[] => [...sizes.slice(1).map((_, i) => i + 1), 0];

/** Whether a layer makes a map of a vector that has channels first in PyTorch. */
function isMapOfVector(reshape: FollowedLayer): boolean {
  const [call] = reshape.inboundNodes ?? [];
  const sizes = sizesOf(call?.outputShapes);
  if (!sizes || sizes.length < 2 || sizesOf(call?.inputShapes)?.length !== 1) return false;
  return isMoved(after(reshape), after, sizes);
}

/** Channels last here and first there. */
export const channelsLast = (sizes: readonly number[]): FeatureOrder => ({
  there: [sizes[sizes.length - 1]!, ...sizes.slice(0, -1)],
  order: channelsToEnd(sizes),
});

/** The only layer in a direction, through those that leave each feature at its place. */
function partner(layer: FollowedLayer, next: (layer: FollowedLayer) => FollowedLayer[]): FollowedLayer | null {
  const seen = new Set<FollowedLayer>();
  for (let at = layer; !seen.has(at); ) {
    seen.add(at);
    const [one, ...others] = next(at);
    if (!one || others.length > 0) return null;
    if (!IN_PLACE.includes(one.getClassName())) return one;
    at = one;
  }
  return null;
}

/**
 * How the inputs of a layer stand in PyTorch that were flattened from a map of channels: TensorFlow.js flattens rows, columns and then
 * channels, PyTorch channels first. What an embedding, a recurrent or a dense layer computes has features last on both sides, and so has a
 * sequence or a gray image that the model is given.
 *
 * @param layer - of a built model
 * @returns null where they stand as here
 */
function flattenedBefore(layer: LayerLike): FeatureOrder | null {
  const flat = partner(layer, before);
  const kind = flat?.getClassName();
  if (!flat || (kind !== 'Flatten' && kind !== 'Reshape')) return null;
  const [call] = flat.inboundNodes ?? [];
  const sizes = sizesOf(call?.inputShapes);
  if (!sizes || sizes.length < 2 || sizesOf(call?.outputShapes)?.length !== 1) return null;
  // This one moves them itself.
  if (flat.dataFormat === 'channelsFirst') return { there: sizes, order: channelsToEnd(sizes) };
  return isMoved(before(flat), before, sizes) ? channelsLast(sizes) : null;
}

/**
 * How the outputs of a layer stand in PyTorch that become a map of channels, as in a generator: `view(-1, channels, rows, columns)` there.
 *
 * @param layer - of a built model
 * @returns null where they stand as here
 */
function reshapedAfter(layer: LayerLike): FeatureOrder | null {
  const map = partner(layer, after);
  if (map?.getClassName() !== 'Reshape' || !isMapOfVector(map)) return null;
  return channelsLast(sizesOf(map.inboundNodes![0]!.outputShapes)!);
}

const ofSize = (order: FeatureOrder | null, size: number): FeatureOrder =>
  order?.there.reduce((product, one) => product * one, 1) === size ? order : inPlace(size);

/** How the rows of a dense kernel stand in PyTorch. */
export const denseInputs = (layer: LayerLike, inputs: number): FeatureOrder => ofSize(flattenedBefore(layer), inputs);

/** How the columns of a dense kernel stand in PyTorch, and its biases. */
export const denseUnits = (layer: LayerLike, units: number): FeatureOrder => ofSize(reshapedAfter(layer), units);

/** How features stand in PyTorch that a normalization takes one by one. */
export const normalizedFeatures = (layer: LayerLike, size: number): FeatureOrder =>
  ofSize(flattenedBefore(layer) ?? reshapedAfter(layer), size);

/**
 * How the map stands in PyTorch that a layer takes in.
 *
 * @param layer - of a built model
 * @returns null where it stands as here
 */
export function mapBefore(layer: LayerLike): FeatureOrder | null {
  const sizes = sizesOf((layer as FollowedLayer).inboundNodes?.[0]?.inputShapes);
  if (!sizes || sizes.length < 2) return null;
  return isMoved(before(layer), before, sizes) ? channelsLast(sizes) : null;
}
