import type { Weight } from '@weightkit/core';
import { channelsLast, denseInputs, denseUnits, type FeatureOrder, inPlace } from '../transfer/feature-order.ts';

/** How a weight is read as a matrix, and what peft calls its factors. */
export interface AdaptedMatrix {
  /** Rows: what goes in. */
  readonly rows: number;
  /** Columns: what comes out. */
  readonly cols: number;
  /** What the factors are called behind the layer's name. */
  readonly names: readonly [a: string, b: string];
  /** The axes that are rows: windows, then channels; the weight's but the last. */
  readonly inner: readonly number[];
  /** How PyTorch has the rows. */
  readonly rowOrder: FeatureOrder;
  /** How PyTorch has the columns. */
  readonly colOrder: FeatureOrder;
  /** Whether the first factor starts at 0, and not the second. */
  readonly table: boolean;
}

const KINDS: Readonly<Record<string, readonly string[]>> = {
  kernel: ['Dense', 'Conv1D', 'Conv2D', 'Conv3D', 'SimpleRNNCell', 'LSTMCell', 'GRUCell'],
  pointwiseKernel: ['SeparableConv2D'],
  recurrentKernel: ['SimpleRNNCell', 'LSTMCell', 'GRUCell'],
  embeddings: ['Embedding'],
};

/** The matrix that a weight is; null for those that have no inputs and outputs of their own, as depthwise kernels. */
export function adaptedMatrix({ layer, property, shape }: Weight): AdaptedMatrix | null {
  const kind = layer?.getClassName() ?? '';
  if (property === null || !KINDS[property]?.includes(kind)) return null;
  const cols = shape[shape.length - 1]!;
  const inner = shape.slice(0, -1);
  const table = property === 'embeddings';
  const rows = inner.reduce((product, size) => product * size, 1);
  const isDense = kind === 'Dense';
  return {
    rows,
    rowOrder: inner.length > 1 ? channelsLast(inner) : isDense ? denseInputs(layer!, rows) : inPlace(rows),
    colOrder: isDense ? denseUnits(layer!, cols) : inPlace(cols),
    cols,
    names: table ? ['lora_embedding_A', 'lora_embedding_B'] : ['lora_A.weight', 'lora_B.weight'],
    inner,
    table,
  };
}
