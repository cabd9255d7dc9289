import { layersOf, type ModelLike } from '@weightkit/core';

interface SymbolicTensor {
  name: string;
  nodeIndex: number;
  sourceLayer: Layer;
}

interface Layer {
  inboundNodes: readonly { inputTensors: readonly SymbolicTensor[] }[];
  getClassName(): string;
  inputDim?: number;
  /** The layer in a wrapper. */
  layer?: Layer;
  /** Those of a model, and what it is given. */
  layers?: readonly Layer[];
  inputs?: readonly SymbolicTensor[];
}

/** A table's rows for each input, in order; undefined where none is looked up. */
type Rows = (number | undefined)[];

/** From which inputs of a model a tensor is made. */
function originsOf(
  inputs: readonly SymbolicTensor[],
  tensor: SymbolicTensor,
  seen = new Set<SymbolicTensor>(),
): number[] {
  if (seen.has(tensor)) return [];
  seen.add(tensor);
  const place = inputs.findIndex(({ name }) => name === tensor.name);
  if (place >= 0) return [place];
  const made = tensor.sourceLayer.inboundNodes[tensor.nodeIndex]?.inputTensors ?? [];
  return made.flatMap((one) => originsOf(inputs, one, seen));
}

function rowsRead(layer: Layer): Rows {
  if (layer.getClassName() === 'Embedding') return [layer.inputDim];
  if (layer.layer) return rowsRead(layer.layer);
  const { inputs = [], layers = [] } = layer;
  const read: Rows = inputs.map(() => undefined);
  for (const one of layers)
    for (const [i, rows] of rowsRead(one).entries()) {
      if (rows === undefined) continue;
      const given = one.inboundNodes.flatMap(({ inputTensors }) => inputTensors[i] ?? []);
      for (const place of given.flatMap((tensor) => originsOf(inputs, tensor)))
        read[place] = Math.min(read[place] ?? Number.POSITIVE_INFINITY, rows);
    }
  return read;
}

/**
 * How many rows the smallest Embedding has that looks up an input of a model, for each input; undefined where there is none. Where the
 * graph does not say which input a table reads, all have the rows of the first.
 */
export function embeddingRows(model: ModelLike): Rows {
  const read = rowsRead(model as unknown as Layer);
  if (read.some((rows) => rows !== undefined)) return read;
  const first = layersOf(model).find(({ layer }) => layer.getClassName() === 'Embedding')?.layer;
  return read.map(() => (first as Layer | undefined)?.inputDim);
}
