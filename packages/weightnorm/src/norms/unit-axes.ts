import type { Weight } from '@weightkit/core';
import { checkRange, checkType } from '@weightkit/numerics/check';

/** The axes that number the output units, ascending, each of 0 … rank − 1; empty when the whole tensor is one unit. */
export function unitAxes(fn: string, rank: number, axis: number | readonly number[] | null): number[] {
  if (axis === null) return [];
  const given = typeof axis === 'number' ? [axis] : axis;
  checkType(Array.isArray(given), `${fn}: axis must be a number, a list of numbers or null`, axis);
  const axes = Array.from(given, (one: number) => {
    checkRange(
      Number.isInteger(one) && one >= -rank && one < rank,
      `${fn}: axis must be an integer in [-${rank}, ${rank})`,
      one,
    );
    return one < 0 ? one + rank : one;
  });
  checkRange(new Set(axes).size === axes.length, `${fn}: axis must name each axis once`, axis);
  checkRange(
    axes.length < rank,
    `${fn}: axis must leave an axis to take the norm over (or be null), for rank ${rank}`,
    axis,
  );
  return axes.sort((a, b) => a - b);
}

/** Where a layer keeps its output units: see the table at `weightNorm`. */
export function defaultAxis({ layer, property, shape }: Weight): number | readonly number[] {
  if (property === 'depthwiseKernel') return [shape.length - 2, shape.length - 1];
  if (property === 'kernel' && /^Conv\d?DTranspose$/.test(layer?.getClassName() ?? '')) return shape.length - 2;
  return shape.length - 1;
}
