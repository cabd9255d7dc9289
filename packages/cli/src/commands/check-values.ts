import { type Checkpoint, type CheckpointTensor, whyNoNumbers } from '@weightkit/checkpoint';
import { extent } from '@weightkit/numerics';
import { countText, numberText, plural } from '../output/numbers.ts';
import type { Finding } from './finding.ts';
import { sameBytes } from './same-bytes.ts';
import { entriesOf } from './stored-as.ts';

/** Entries in a piece: 1 MB of float32. */
const PIECE = 1 << 18;
/** Smaller tensors are alike by chance: scalars, three axes. */
const FEWEST_TWICE = 16;

const isFloat = (tensor: CheckpointTensor): boolean => /float/.test(tensor.dtype) && whyNoNumbers(tensor) === null;

interface Seen {
  min: number;
  max: number;
  /** Of all entries, in their order: the same for the same entries. */
  sum: number;
  nan: number;
  infinite: number;
  first: number;
}

/** Counts what is not finite in a piece that has some, and keeps the index of the first. */
function countNonFinite(values: Float32Array | Float64Array, from: number, seen: Seen): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value - value === 0) continue;
    if (seen.nan + seen.infinite === 0) seen.first = from + i;
    if (Number.isNaN(value)) seen.nan++;
    else seen.infinite++;
  }
}

async function look(tensor: CheckpointTensor, signal: AbortSignal | undefined): Promise<Seen> {
  const seen: Seen = {
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    nan: 0,
    infinite: 0,
    first: -1,
    sum: 0,
  };
  let at = 0;
  for await (const piece of tensor.chunks(PIECE)) {
    signal?.throwIfAborted();
    const values = piece as Float32Array | Float64Array;
    const { min, max, nonFinite } = extent(values);
    if (nonFinite > 0) countNonFinite(values, at, seen);
    if (nonFinite < values.length) {
      seen.min = Math.min(seen.min, min);
      seen.max = Math.max(seen.max, max);
    }
    for (let i = 0; i < values.length; i++) seen.sum += values[i]!;
    at += values.length;
  }
  return seen;
}

/** A place in a tensor as its indices: `[3, 0, 12]`. */
function placeText(index: number, shape: readonly number[]): string {
  let rest = index;
  const places = [...shape].reverse().map((size) => {
    const place = rest % size;
    rest = Math.floor(rest / size);
    return place;
  });
  return `[${places.reverse().join(', ')}]`;
}

/** Biases begin as zeros and scales as ones, so that one value in a vector says nothing. */
function constantFinding({ name, shape }: CheckpointTensor, { min, max, nan, infinite }: Seen): Finding[] {
  const entries = entriesOf({ shape });
  if (min !== max || nan + infinite > 0 || entries < 2) return [];
  const severity = shape.length >= 2 ? 'warning' : 'note';
  const message =
    min === 0 ? `all ${countText(entries)} values are 0` : `all ${countText(entries)} values are ${numberText(min)}`;
  const advice = severity === 'warning' ? 'a layer whose units are all alike: never trained, or not loaded' : null;
  return [{ severity, kind: min === 0 ? 'all-zero' : 'constant', where: name, message, advice }];
}

function nonFiniteFinding({ name, shape }: CheckpointTensor, { nan, infinite, first }: Seen): Finding[] {
  if (nan + infinite === 0) return [];
  const counts = [
    ...(nan > 0 ? [`${countText(nan)} NaN`] : []),
    ...(infinite > 0 ? [`${countText(infinite)} infinite`] : []),
  ];
  return [
    {
      severity: 'error',
      kind: 'not-finite',
      where: name,
      message: `${counts.join(' and ')} of ${countText(entriesOf({ shape }))} values, the first at ${placeText(first, shape)}`,
      advice: 'every prediction that uses them is NaN or infinite: training diverged, or the file is damaged',
    },
  ];
}

/** A tensor and what was seen of it. */
interface Looked {
  readonly tensor: CheckpointTensor;
  readonly seen: Seen;
}

/** What tensors with the same bytes have in common. */
const formOf = ({ tensor: { dtype, encoding, shape }, seen: { min, max, sum } }: Looked): string =>
  JSON.stringify([dtype, encoding, shape, min, max, sum]);

/** The first of some tensors that has the same bytes. */
async function twinOf(
  tensor: CheckpointTensor,
  others: readonly CheckpointTensor[],
  signal: AbortSignal | undefined,
): Promise<CheckpointTensor | undefined> {
  for (const other of others) if (await sameBytes(tensor, other, signal)) return other;
  return undefined;
}

/** Tensors that are stored more than once, by their bytes; only those are read again of which another has the same form, ends and sum. */
async function duplicates(looked: readonly Looked[], signal: AbortSignal | undefined): Promise<Finding[]> {
  const distinct = new Map<string, CheckpointTensor[]>();
  const findings: Finding[] = [];
  for (const one of looked) {
    const { tensor } = one;
    const alike = distinct.get(formOf(one)) ?? [];
    const twin = await twinOf(tensor, alike, signal);
    if (twin === undefined) {
      distinct.set(formOf(one), [...alike, tensor]);
      continue;
    }
    findings.push({
      severity: 'warning',
      kind: 'duplicate',
      where: tensor.name,
      message: `the same ${countText(tensor.byteLength)} bytes as ${twin.name}`,
      advice: 'tied weights stored twice, or layers that were initialized alike',
    });
  }
  return findings;
}

/**
 * What is wrong with the values of a checkpoint: NaN and infinity, tensors of one value, tensors that are there twice.
 *
 * @param checkpoint - borrowed
 */
export async function checkValues(
  checkpoint: Checkpoint,
  {
    onProgress,
    signal,
  }: { onProgress?: (tensor: string, done: number, total: number) => void; signal?: AbortSignal } = {},
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const varied: Looked[] = [];
  const { tensors } = checkpoint;
  if (tensors.length === 0)
    findings.push({
      severity: 'warning',
      kind: 'empty',
      where: checkpoint.format,
      message: `${plural(0, 'tensor')}`,
      advice: null,
    });
  for (const [i, tensor] of tensors.entries()) {
    if (isFloat(tensor)) {
      const seen = await look(tensor, signal);
      const found = [...nonFiniteFinding(tensor, seen), ...constantFinding(tensor, seen)];
      findings.push(...found);
      if (found.length === 0 && entriesOf(tensor) >= FEWEST_TWICE) varied.push({ tensor, seen });
    }
    onProgress?.(tensor.name, i + 1, tensors.length);
  }
  return [...findings, ...(await duplicates(varied, signal))];
}
