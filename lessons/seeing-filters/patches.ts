import { SIDE } from '../siamese/size.ts';
import { FILTERS, KERNEL } from './network.ts';

/** Places along a side of an image at which a filter fits, and in all. */
export const ALONG = SIDE - KERNEL + 1;
export const PLACES = ALONG * ALONG;
/** Pixels of a patch, which are as many as weights of a filter. */
export const PATCH = KERNEL * KERNEL;
/** How many patches are kept for each filter. */
export const KEPT = 9;

/** The patches that excite the filters most, those of a filter one after the other, the strongest first. */
export interface Patches {
  /** The pixels of each, row by row. */
  pixels: Float32Array;
  /** What the convolution answered there. */
  answers: Float32Array;
  /** From which image each is, and the row and the column in it where it begins. */
  from: Int32Array;
}

/** The pixels of the patch that begins at a row and a column of an image. */
export const patchOf = (images: ArrayLike<number>, image: number, row: number, column: number): number[] =>
  Array.from({ length: PATCH }, (_, i) => {
    const [down, across] = [row + Math.floor(i / KERNEL), column + (i % KERNEL)];
    return images[(image * SIDE + down) * SIDE + across]!;
  });

/** What a filter answers to a patch: the products of weights and pixels, and the bias. */
export const answerTo = (patch: ArrayLike<number>, filter: readonly number[], bias: number): number =>
  filter.reduce((sum, weight, i) => sum + weight * patch[i]!, bias);

/** The largest answer that a filter can give: pixels are ink where a weight is above 0, and nowhere else. */
export const most = (filter: readonly number[], bias: number): number =>
  filter.reduce((sum, weight) => sum + Math.max(0, weight), bias);

/** The place of the strongest answer of each filter in each image, and of these those of the images where it is strongest. */
export function strongest(images: ArrayLike<number>, answers: ArrayLike<number>): Patches {
  const count = answers.length / (PLACES * FILTERS);
  const kept = FILTERS * KEPT;
  const found: Patches = {
    pixels: new Float32Array(kept * PATCH),
    answers: new Float32Array(kept),
    from: new Int32Array(3 * kept),
  };
  for (let filter = 0; filter < FILTERS; filter++) {
    const best = Array.from({ length: count }, (_, image) => {
      let [place, answer] = [0, Number.NEGATIVE_INFINITY];
      for (let i = 0; i < PLACES; i++) {
        const here = answers[(image * PLACES + i) * FILTERS + filter]!;
        if (here > answer) [place, answer] = [i, here];
      }
      return { image, place, answer };
    });
    best.sort((a, b) => b.answer - a.answer || a.image - b.image);
    for (const [i, { image, place, answer }] of best.slice(0, KEPT).entries()) {
      const at = filter * KEPT + i;
      const [row, column] = [Math.floor(place / ALONG), place % ALONG];
      found.pixels.set(patchOf(images, image, row, column), at * PATCH);
      found.answers[at] = answer;
      found.from.set([image, row, column], 3 * at);
    }
  }
  return found;
}
