import { checkRange } from '@weightkit/numerics/check';

/** Labelled images: one byte per pixel, 784 per image, row-major; one byte per label. */
export interface Digits {
  count: number;
  pixels: Uint8Array;
  labels: Uint8Array;
}

export const PIXELS = 28 * 28;

/** The digits from `start` to `end`, in their order; a view, nothing is copied. */
export function slice({ count, pixels, labels }: Digits, start: number, end: number): Digits {
  checkRange(Number.isSafeInteger(start) && start >= 0, 'slice: start must be an integer of 0 or more', start);
  checkRange(
    Number.isSafeInteger(end) && end >= start && end <= count,
    `slice: end must be an integer from start, ${start}, to the count, ${count}`,
    end,
  );
  return {
    count: end - start,
    pixels: pixels.subarray(start * PIXELS, end * PIXELS),
    labels: labels.subarray(start, end),
  };
}
