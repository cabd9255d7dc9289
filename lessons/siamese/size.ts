/** Pixels along a side of a digit as the tower sees it: half of those of MNIST. */
export const SIDE = 14;
/** And in all. */
export const INPUTS = SIDE * SIDE;
