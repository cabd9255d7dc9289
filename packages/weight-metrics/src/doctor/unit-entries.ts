import type { Weight } from '@weightkit/core';
import type { UnitEntries } from './exam.ts';

const GATES: Readonly<Record<string, number>> = { LSTMCell: 4, ConvLSTM2DCell: 4, GRUCell: 3 };

/** Kernels whose units each see another input. */
const APART = new Set(['depthwiseKernel', 'embeddings']);

/** How the entries of a weight belong to the units of its layer; null where it has none, or each sees other inputs. */
export function unitEntries({
  layer,
  property,
  shape,
}: Pick<Weight, 'layer' | 'property' | 'shape'>): UnitEntries | null {
  const isBias = property === 'bias' && shape.length === 1;
  if (!isBias && (!/[kK]ernel$/.test(property ?? '') || shape.length < 2 || APART.has(property!))) return null;
  const type = layer?.getClassName() ?? '';
  const last = shape.at(-1)!;
  const entries = shape.reduce((a, b) => a * b, 1);
  // [..., out, in]
  if (!isBias && /^Conv\d?DTranspose$/.test(type)) {
    const units = shape.at(-2)!;
    const at = (unit: number, i: number) => (Math.floor(i / last) * units + unit) * last + (i % last);
    return { units, size: units === 0 ? 0 : entries / units, entry: at };
  }
  const gates = GATES[type] ?? 1;
  const units = last / gates;
  const size = units === 0 ? 0 : entries / units;
  // Of each gate a column, the gates side by side.
  const entry = (unit: number, i: number) => Math.floor(i / gates) * last + (i % gates) * units + unit;
  return { units, size, entry };
}
