export const LEAST_BITS = 2;
export const MOST_BITS = 8;
/** Bits of a weight: as many as the budget has room for, or so many. */
export const BITS = ['as many as fit', '8', '7', '6', '5', '4', '3', '2'] as const;
export type Bits = (typeof BITS)[number];
