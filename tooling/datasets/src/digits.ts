/** Labelled images: one byte per pixel, 784 per image, row-major; one byte per label. */
export interface Digits {
  count: number;
  pixels: Uint8Array;
  labels: Uint8Array;
}
