import { checkRange } from '@weightkit/numerics/check';
import { through, unpacked } from './binary.ts';
import { REVIEW_LENGTH, type Reviews } from './reviews.ts';

const MAGIC = [0x57, 0x4b, 0x52, 0x31]; // WKR1
const HEADER = 8;

/** Reviews as bytes: `WKR1`, their count (uint32), labels, numbers of words (uint16), all little-endian; all of it gzipped. */
export function encodeReviewsFile({ count, tokens, labels }: Reviews): Promise<Uint8Array> {
  const bytes = new Uint8Array(HEADER + count * (1 + 2 * REVIEW_LENGTH));
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(4, count, true);
  bytes.set(labels, HEADER);
  for (const [i, token] of tokens.entries()) view.setUint16(HEADER + count + 2 * i, token, true);
  return through(bytes, new CompressionStream('gzip'));
}

/**
 * The reviews that {@link encodeReviewsFile} wrote.
 *
 * @throws RangeError when the bytes are something else
 */
export async function decodeReviews(encoded: Uint8Array): Promise<Reviews> {
  const bytes = await unpacked(encoded);
  checkRange(
    bytes.length >= HEADER && MAGIC.every((byte, i) => bytes[i] === byte),
    'decodeReviews: bytes must be reviews written by encodeReviewsFile',
    bytes.subarray(0, HEADER),
  );
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const count = view.getUint32(4, true);
  const expected = HEADER + count * (1 + 2 * REVIEW_LENGTH);
  checkRange(bytes.length === expected, `decodeReviews: ${count} reviews must have ${expected} bytes`, bytes.length);
  const tokens = Uint16Array.from({ length: count * REVIEW_LENGTH }, (_, i) =>
    view.getUint16(HEADER + count + 2 * i, true),
  );
  return { count, tokens, labels: bytes.slice(HEADER, HEADER + count) };
}
