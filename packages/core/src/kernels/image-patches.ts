import type { FilterShape } from './filter-gradient.ts';

/** How many lines of places all images have: a line is a row of the output of one image. */
export const linesOf = ({ batch, rows }: FilterShape): number => batch * rows.outputs;

/** How many numbers the patches of one line of places have. */
export const lineLength = (shape: FilterShape): number =>
  shape.columns.outputs * shape.rows.size * shape.columns.size * shape.inChannels;

/** Where in the images the entries of the patches of one line begin, place by place; −1 in the padding. */
function startsOf(shape: FilterShape, line: number, starts: Int32Array): void {
  const { rows, columns, xStrides } = shape;
  const [xBatch, xRow, xColumn] = xStrides;
  const image = Math.floor(line / rows.outputs) * xBatch;
  const top = (line % rows.outputs) * rows.stride - rows.before;
  for (let place = 0, at = 0; place < columns.outputs; place++) {
    const left = place * columns.stride - columns.before;
    for (let row = top; row < top + rows.size; row++)
      for (let column = left; column < left + columns.size; column++, at++) {
        const inside = row >= 0 && row < rows.inputs && column >= 0 && column < columns.inputs;
        starts[at] = inside ? image + row * xRow + column * xColumn : -1;
      }
  }
}

/**
 * Writes what a filter sees at its places, a row a place ("im2col").
 *
 * @param x - the images
 * @param shape - sizes, steps and padding
 * @param from - the first line of places
 * @param patches - room for whole lines, zero
 */
export function writePatches(x: ArrayLike<number>, shape: FilterShape, from: number, patches: Float32Array): void {
  const { inChannels, xStrides } = shape;
  const step = xStrides[3];
  const starts = new Int32Array(lineLength(shape) / inChannels);
  for (let to = 0, line = from; to < patches.length; line++) {
    startsOf(shape, line, starts);
    for (const start of starts) {
      if (start >= 0)
        for (let channel = 0, at = start; channel < inChannels; channel++, at += step) patches[to + channel] = x[at]!;
      to += inChannels;
    }
  }
}

/**
 * Adds numbers laid out as patches to the images, where they were seen ("col2im"): the transpose of {@link writePatches}.
 *
 * @param patches - whole lines
 * @param shape - sizes, steps and padding
 * @param from - the first line of places
 * @param x - the images, which are added to
 */
export function addPatches(patches: Float32Array, shape: FilterShape, from: number, x: Float32Array): void {
  const { inChannels, xStrides } = shape;
  const step = xStrides[3];
  const starts = new Int32Array(lineLength(shape) / inChannels);
  for (let of = 0, line = from; of < patches.length; line++) {
    startsOf(shape, line, starts);
    for (const start of starts) {
      if (start >= 0)
        for (let channel = 0, at = start; channel < inChannels; channel++, at += step) x[at]! += patches[of + channel]!;
      of += inChannels;
    }
  }
}
