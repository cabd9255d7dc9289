import { blockExtents, extent } from '@weightkit/numerics';
import { checkFinite, checkInteger, checkRange, checkType } from '@weightkit/numerics/check';
import { blockOf, checkShape } from '../grids/block-plan.ts';
import type { ObserverState } from './observer.ts';

/** Throws unless an option names an axis, which may count from the end. */
export function checkAxis(fn: string, axis: unknown): asserts axis is number | undefined {
  if (axis !== undefined) checkInteger(fn, 'axis', axis, -8, 7);
}

/** Throws unless values are a batch that can be observed. */
export function checkBatch(fn: string, values: unknown): asserts values is Float32Array {
  checkType(values instanceof Float32Array, `${fn}: values must be a Float32Array`, values);
}

/**
 * The least and the greatest value of a batch, or of each of its channels.
 *
 * @param channels - how many there were before, 0 for the first batch
 * @returns null for a batch without values
 */
export function channelExtents(
  fn: string,
  values: Float32Array,
  shape: readonly number[] | undefined,
  axis: number | null,
  channels: number,
): { min: Float32Array; max: Float32Array } | null {
  checkBatch(fn, values);
  if (shape !== undefined) checkShape(fn, shape, values.length);
  checkType(axis === null || shape !== undefined, `${fn}: shape must be given for an observer with an axis`, shape);
  const block = axis === null ? null : blockOf(fn, shape!, { axis });
  if (values.length === 0) return null;
  const whole = extent(values);
  if (whole.nonFinite > 0) checkFinite(fn, 'values', 'values', values);
  if (block === null) return { min: Float32Array.of(whole.min), max: Float32Array.of(whole.max) };
  const found = blockExtents(values, { shape: shape!, block });
  checkRange(
    channels === 0 || found.min.length === channels,
    `${fn}: shape must have ${channels} channels at axis ${axis}, as before`,
    shape,
  );
  return { min: found.min.map((x) => x + 0), max: found.max.map((x) => x + 0) };
}

/** Throws unless two states can be one. */
export function checkSameAxis(
  fn: string,
  own: { axis: number | null; min: readonly number[] },
  other: { axis: number | null; min: readonly number[] },
): void {
  checkRange(other.axis === own.axis, `${fn}: other must have axis ${own.axis}`, other.axis);
  const channels = own.min.length;
  checkRange(
    channels === 0 || other.min.length === 0 || other.min.length === channels,
    `${fn}: other must have ${channels} channels`,
    other.min.length,
  );
}

/** The state of what may be an observer, of the kind that is wanted. */
export function stateOf<K extends ObserverState['kind']>(
  fn: string,
  other: unknown,
  kind: K,
  check: (fn: string, what: string, state: unknown) => Extract<ObserverState, { kind: K }>,
): Extract<ObserverState, { kind: K }> {
  const plain =
    typeof other === 'object' && other !== null && 'toJSON' in other && typeof other.toJSON === 'function'
      ? (other.toJSON() as unknown)
      : other;
  const found = typeof plain === 'object' && plain !== null ? (plain as { kind?: unknown }).kind : plain;
  checkType(found === kind, `${fn}: other must be an observer of kind ${kind}, or its state`, found);
  return check(fn, 'other', plain);
}
