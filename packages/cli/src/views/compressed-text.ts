import type { Compressed } from '../files/compressed.ts';
import { exactBytesText } from '../output/numbers.ts';

/** `gzip 812 kB (811,904 bytes), brotli …`, and whether it is an estimate. */
export function compressedText({ gzip, brotli, exact }: Compressed): string {
  const sizes = `gzip ${exactBytesText(gzip)}, brotli ${exactBytesText(brotli)}`;
  return exact ? sizes : `about ${sizes}, estimated from 64 blocks; --sizes compresses all`;
}
