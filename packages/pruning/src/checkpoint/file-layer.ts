import type { GraphLayer, GraphNode } from '../shrink/flow.ts';

// biome-ignore lint/suspicious/noExplicitAny: what JSON gives
export type Json = any;

/** A layer that a file describes. */
export interface FileLayer extends GraphLayer {
  /** Its configuration in the file; null for an input that stands in none. */
  config: Json;
  /** What the names of its weights begin with, where it has any. */
  scope: string;
  inboundNodes: FileNode[];
  /** The calls that read its outputs. */
  outboundNodes: FileNode[];
}

/** A call of a layer in a file, with what it goes between. */
export interface FileNode extends GraphNode {
  inboundLayers: GraphLayer[];
  outboundLayer: FileLayer;
}

const camel = (text: string): string => text.replace(/(?<=[a-z0-9])_(\w)/gi, (_, letter) => letter.toUpperCase());
/** A name as files write it. */
export const snake = (text: string): string =>
  text
    .replace(/(.)([A-Z][a-z0-9]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

/** What TensorFlow.js takes where a file says nothing. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  BatchNormalization: { epsilon: 1e-3 },
  ELU: { alpha: 1 },
  LeakyReLU: { alpha: 0.3 },
  ThresholdedReLU: { theta: 1 },
};
const WINDOWS: Readonly<Record<string, number>> = {
  AveragePooling1D: 1,
  AveragePooling2D: 2,
  AveragePooling3D: 3,
  Conv1D: 1,
  Conv2D: 2,
  Conv2DTranspose: 2,
  Conv3D: 3,
  Conv3DTranspose: 3,
  ConvLSTM2DCell: 2,
  DepthwiseConv2D: 2,
  MaxPooling1D: 1,
  MaxPooling2D: 2,
  MaxPooling3D: 3,
  SeparableConv2D: 2,
};

const listOf = (value: Json, count: number): number[] =>
  Array.isArray(value) ? (value.length === 1 ? Array(count).fill(value[0]) : value) : Array(count).fill(value);

/** Borders of both axes: one number, one for each axis, or two for each. */
const borders = (value: Json): Json => listOf(value, 2).map((one: Json) => listOf(one, 2));

/** An activation by its name, in whichever of the forms of files. */
function activationOf(value: Json): Json {
  if (value == null) return undefined;
  const name = camel(typeof value === 'string' ? value : String(value.class_name));
  return { getClassName: () => name };
}

/** A configuration as a layer's properties. */
function propertiesOf(className: string, config: Json): Record<string, Json> {
  const found: Record<string, Json> = { ...DEFAULTS[className] };
  for (const [key, value] of Object.entries(config as object)) if (value !== null) found[camel(key)] = value;
  for (const key of ['dataFormat', 'padding', 'mergeMode'])
    if (typeof found[key] === 'string') found[key] = camel(found[key]);
  found.activation = activationOf(config.activation);
  const axes = WINDOWS[className];
  if (axes !== undefined) {
    found.padding ??= 'valid';
    found.kernelSize = listOf(found.kernelSize ?? 1, axes);
    found.poolSize = listOf(found.poolSize ?? 2, axes);
    found.strides = listOf(found.strides ?? (/Pooling/.test(className) ? found.poolSize : 1), axes);
    found.dilationRate = /Pooling/.test(className) ? undefined : listOf(found.dilationRate ?? 1, axes);
    found.depthMultiplier ??= 1;
  }
  if (className === 'ZeroPadding2D') found.padding = borders(found.padding ?? 1);
  if (className === 'Cropping2D') found.cropping = borders(found.cropping ?? 0);
  if (className === 'UpSampling2D') found.size = listOf(found.size ?? 2, 2);
  if (className === 'Bidirectional') found.mergeMode = config.merge_mode === undefined ? 'concat' : config.merge_mode;
  return found;
}

const RNNS = new Set(['SimpleRNN', 'GRU', 'LSTM', 'ConvLSTM2D']);

/** A cell of an RNN, which has its weights. */
function cellOf(className: string, config: Json, scope: string): FileLayer {
  const inner = className === 'RNN' ? Object(config.cell) : { class_name: `${className}Cell`, config };
  return fileLayer(String(inner.class_name), inner.config ?? {}, scope, scope);
}

/**
 * A layer of a file with the properties that rules read of it.
 *
 * @param className - its class
 * @param config - its configuration
 * @param name - its name
 * @param scope - what the names of its weights begin with
 */
export function fileLayer(className: string, config: Json, name: string, scope: string): FileLayer {
  const layer: FileLayer = {
    ...propertiesOf(className, config),
    name,
    scope,
    config,
    inboundNodes: [],
    outboundNodes: [],
    getClassName: () => className,
  };
  if (RNNS.has(className) || className === 'RNN') {
    layer.cell = cellOf(className, config, scope);
    // The same numbers are of both.
    layer.activation = undefined;
  }
  if (className === 'TimeDistributed') {
    const { class_name, config: inner } = config.layer;
    layer.layer = fileLayer(class_name, inner, inner.name, scope);
    if (Array.isArray(inner.layers)) layer.layer.layers = [];
  }
  if (className === 'Bidirectional') {
    const { class_name, config: inner } = config.layer;
    for (const direction of ['forward', 'backward']) {
      const own = `${direction}_${inner.name}`;
      layer[`${direction}Layer`] = fileLayer(class_name, inner, own, `${scope}/${own}`);
    }
    layer.layer = undefined;
  }
  return layer;
}

/** Each layer in a layer that may have weights, with where it stands in it. */
export function* partsOf(layer: FileLayer): Generator<[FileLayer, path: string]> {
  yield [layer, ''];
  for (const [property, segment] of [
    ['cell', 'cell'],
    ['layer', 'layer'],
    ['forwardLayer', 'forward'],
    ['backwardLayer', 'backward'],
  ] as const) {
    const inner = layer[property] as FileLayer | undefined;
    if (inner) for (const [part, path] of partsOf(inner)) yield [part, path === '' ? segment : `${segment}/${path}`];
  }
}
