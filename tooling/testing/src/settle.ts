import * as tf from '@tensorflow/tfjs-core';

/** What values are compared as: tensors and typed arrays are lists of numbers. */
export type Plain = string | number | boolean | null | undefined | readonly Plain[] | { readonly [key: string]: Plain };

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Awaits a value, downloads the tensors in it and disposes them. Maps become records. */
export async function settle(value: unknown): Promise<Plain> {
  const given = await value;
  if (given instanceof tf.Tensor) {
    const values = await given.data();
    given.dispose();
    return Array.from(values as ArrayLike<number>);
  }
  if (ArrayBuffer.isView(given)) return Array.from(given as unknown as ArrayLike<number>);
  if (Array.isArray(given)) return Promise.all(given.map(settle));
  if (!isRecord(given)) return given as Plain;
  const entries = given instanceof Map ? [...given] : Object.entries(given);
  return Object.fromEntries(await Promise.all(entries.map(async ([key, one]) => [key, await settle(one)])));
}

/**
 * Every place where a value differs from its reference: numbers by more than `atMost`, anything else at all. NaN is near to
 * nothing, infinity to itself.
 */
export function differences(value: Plain, reference: Plain, atMost: number, at = 'value'): string[] {
  if (typeof value === 'number' && typeof reference === 'number') {
    const isNear = value === reference || Math.abs(value - reference) <= atMost;
    return isNear ? [] : [`${at} must be ${reference} within ${atMost}, got ${value}`];
  }
  if (!isRecord(value) || !isRecord(reference))
    return value === reference ? [] : [`${at} must be ${String(reference)}, got ${String(value)}`];
  const keys = [...new Set([...Object.keys(value), ...Object.keys(reference)])];
  return keys.flatMap((key) => differences(value[key] as Plain, reference[key] as Plain, atMost, `${at}.${key}`));
}
