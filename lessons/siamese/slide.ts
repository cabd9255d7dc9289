import { type Planned, plan } from '../what-a-weight-is/sizes.ts';
import { readStack } from '../what-a-weight-is/stack.ts';

/** The sizes of an input for which the convolution and the pooling of the slide leave the 62 × 62 pixels that it names. */
export const SLIDE_SIDES = [133, 134] as const;

/** The slide's tower for an input of this many pixels along a side, layer by layer: shapes and counts, without a weight. */
export const slideTower = (side: number): Planned[] =>
  plan(readStack(`image-${side}-${side}-1.conv-64-10.pool-2.flatten.dense-128`).stack);
