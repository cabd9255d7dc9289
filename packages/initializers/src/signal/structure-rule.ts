import type { LayerLike } from '@weightkit/core';
import { alongAxis, collapse, combine, expanded, type Grid, meanOf, permuted, reshaped, uniform } from './grid.ts';
import { numbersOf } from './linear-rule.ts';
import { configOf } from './signal-activation.ts';

type Shape = readonly (number | null)[];

/** Layers that hand on each number at inference. */
export const IDENTITIES = new Set([
  'AlphaDropout',
  'Dropout',
  'GaussianDropout',
  'GaussianNoise',
  'Masking',
  'SpatialDropout1D',
]);

/** A layer that moves numbers about: what it makes of moments, and of mean squares of gradients on the way back. */
export interface Structure {
  forward(x: Grid): Grid;
  backward(y: Grid): Grid;
  /** Whether an input goes to several places, so that gradients which depend on each other would add up. */
  repeats: boolean;
}

const isKnown = (shape: Shape): shape is number[] => shape.every((size) => size !== null);

const between = (grid: Grid, from: Shape, to: Shape): Grid =>
  isKnown(from) && isKnown(to) ? reshaped(grid, from, to) : uniform(to.length, meanOf(grid));

const inverse = (order: readonly number[]): number[] => order.map((_, i) => order.indexOf(i));

function flatten(layer: LayerLike, from: Shape, to: Shape): Structure {
  const channelsFirst = configOf(layer).dataFormat === 'channelsFirst' && from.length > 1;
  const order = channelsFirst ? [...from.keys()].slice(1).concat(0) : [...from.keys()];
  const moved = order.map((axis) => from[axis]!);
  return {
    forward: (x) => between(permuted(x, order), moved, to),
    backward: (y) => permuted(between(y, to, moved), inverse(order)),
    repeats: false,
  };
}

/** Along an axis of the given size `before` numbers are put before it and `after` after it; below 0 they are taken off. */
function shifted(grid: Grid, axis: number, size: number | null, before: number, after: number): Grid {
  if (size === null) return grid;
  const length = size + before + after;
  return collapse(
    alongAxis(expanded(grid, axis, size), axis, length, (line) =>
      Float64Array.from({ length }, (_, i) => line[i - before] ?? 0),
    ),
    axis,
  );
}

function padding(layer: LayerLike, from: Shape, to: Shape, sign: 1 | -1): Structure {
  const { padding: pads, cropping, dataFormat } = configOf(layer);
  const sides = (sign === 1 ? pads : cropping) as [number, number][];
  const first = dataFormat === 'channelsFirst' ? 1 : 0;
  const all = (grid: Grid, shape: Shape, by: 1 | -1): Grid =>
    sides.reduce((x, [a, b], i) => shifted(x, first + i, shape[first + i]!, by * a, by * b), grid);
  return {
    forward: (x) => all(x, from, sign),
    backward: (y) => all(y, to, sign === 1 ? -1 : 1),
    repeats: false,
  };
}

function upSampling(layer: LayerLike): Structure {
  const { size, dataFormat } = configOf(layer);
  const first = dataFormat === 'channelsFirst' ? 1 : 0;
  const factors = numbersOf(size ?? 2, 2);
  const each = (grid: Grid, f: (line: Float64Array, k: number) => Float64Array): Grid =>
    factors.reduce((x, k, i) => {
      const even = x.dims[first + i] === 1;
      const length = f(new Float64Array(x.dims[first + i]!), k).length;
      return alongAxis(x, first + i, even ? 1 : length, (line) => f(line, k));
    }, grid);
  return {
    forward: (x) =>
      each(x, (line, k) => Float64Array.from({ length: line.length * k }, (_, i) => line[Math.floor(i / k)]!)),
    backward: (y) => {
      const total = factors.reduce((a, b) => a * b, 1);
      const means = each(y, (line, k) =>
        Float64Array.from({ length: Math.max(1, line.length / k) }, (_, i) =>
          line.length === 1 ? line[0]! : line.subarray(i * k, i * k + k).reduce((a, b) => a + b, 0) / k,
        ),
      );
      return combine([means], (mean) => mean * total);
    },
    repeats: true,
  };
}

function repeatVector(layer: LayerLike): Structure {
  const count = Number(configOf(layer).n);
  return {
    forward: (x) => ({ dims: [1, ...x.dims], values: x.values }),
    backward: (y) => {
      const even = y.dims[0] === 1;
      const sum = alongAxis(y, 0, 1, (line) => [line.reduce((a, b) => a + b, 0) * (even ? count : 1)]);
      return { dims: sum.dims.slice(1), values: sum.values };
    },
    repeats: true,
  };
}

/** The rule of a layer that moves numbers, or null for any other. */
export function structureOf(layer: LayerLike, from: Shape, to: Shape): Structure | null {
  const className = layer.getClassName();
  if (IDENTITIES.has(className)) return { forward: (x) => x, backward: (y) => y, repeats: false };
  switch (className) {
    case 'Flatten':
      return flatten(layer, from, to);
    case 'Reshape':
      return { forward: (x) => between(x, from, to), backward: (y) => between(y, to, from), repeats: false };
    case 'Permute': {
      const order = (configOf(layer).dims as number[]).map((axis) => axis - 1);
      return { forward: (x) => permuted(x, order), backward: (y) => permuted(y, inverse(order)), repeats: false };
    }
    case 'ZeroPadding2D':
      return padding(layer, from, to, 1);
    case 'Cropping2D':
      return padding(layer, from, to, -1);
    case 'UpSampling2D':
      return configOf(layer).interpolation === 'nearest' ? upSampling(layer) : null;
    case 'RepeatVector':
      return repeatVector(layer);
    default:
      return null;
  }
}
