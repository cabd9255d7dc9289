import type { LayerLike } from '@weightkit/core';

/** From where on an activation counts as saturated; an infinite end never is. */
export interface Bounds {
  /** Entries at this or below are saturated. */
  low: number;
  /** Entries at this or above are saturated. */
  high: number;
}

/** The ends of what activations give; the lower one of relu6, its zeros, is no saturation. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  tanh: [-1, 1],
  softsign: [-1, 1],
  sigmoid: [0, 1],
  hardSigmoid: [0, 1],
};

/** Within so much of an end, as a part of the way between both: for tanh from 0.97 on, for sigmoid above 0.985 and below 0.015. */
const MARGIN = 0.015;

type Activated = LayerLike & { activation?: unknown; cell?: { activation?: unknown }; maxValue?: unknown };

const nameOf = (activation: unknown): string =>
  (activation as { getClassName?: () => string } | undefined)?.getClassName?.() ?? '';

/** Where what a layer returns is saturated; null where it has no ends, or is no activation but a product of such, as of LSTM and GRU. */
export function boundsOf(layer: LayerLike): Bounds | null {
  const { activation, cell, maxValue } = layer as Activated;
  const kind = layer.getClassName();
  if (/LSTM|GRU/.test(kind)) return null;
  const name = nameOf(activation) || (kind === 'SimpleRNN' ? nameOf(cell?.activation) : '');
  const top = name === 'relu6' ? 6 : kind === 'ReLU' && typeof maxValue === 'number' ? maxValue : null;
  if (top !== null) return { low: Number.NEGATIVE_INFINITY, high: top * (1 - MARGIN) };
  const range = RANGES[name];
  if (!range) return null;
  const [low, high] = range;
  const margin = MARGIN * (high - low);
  return { low: low + margin, high: high - margin };
}

/** The share of the finite entries that are saturated; 0 where none is finite. */
export function saturatedShare(values: Float32Array, { low, high }: Bounds): number {
  let [finite, saturated] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value - value !== 0) continue;
    finite++;
    if (value <= low || value >= high) saturated++;
  }
  return finite === 0 ? 0 : saturated / finite;
}
