import { checkRange } from '@weightkit/numerics/check';
import { type Digits, PIXELS } from './digits.ts';

const MAGIC = [0x57, 0x4b, 0x44, 0x31]; // WKD1
const HEADER = 8;

/** Bytes that went through a stream. */
export async function through(bytes: Uint8Array, stream: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  const blob = new Blob([bytes as Uint8Array<ArrayBuffer>]);
  return new Uint8Array(await new Response(blob.stream().pipeThrough(stream)).arrayBuffer());
}

/** What was gzipped. A server may have said `content-encoding: gzip`, and the browser unpacked the file already. */
export async function unpacked(encoded: Uint8Array): Promise<Uint8Array> {
  const gzipped = encoded[0] === 0x1f && encoded[1] === 0x8b;
  return gzipped ? await through(encoded, new DecompressionStream('gzip')) : encoded;
}

/** Digits as bytes: `WKD1`, their count (uint32, little-endian), labels, pixels; all of it gzipped. */
export function encodeDigits({ count, labels, pixels }: Digits): Promise<Uint8Array> {
  checkRange(
    labels.length === count && pixels.length === count * PIXELS,
    `encodeDigits: digits must have ${count} labels and ${count * PIXELS} pixels`,
    [labels.length, pixels.length],
  );
  const bytes = new Uint8Array(HEADER + count * (1 + PIXELS));
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint32(4, count, true);
  bytes.set(labels, HEADER);
  bytes.set(pixels, HEADER + count);
  return through(bytes, new CompressionStream('gzip'));
}

/**
 * The digits that {@link encodeDigits} wrote.
 *
 * @throws RangeError when the bytes are something else
 */
export async function decodeDigits(encoded: Uint8Array): Promise<Digits> {
  const bytes = await unpacked(encoded);
  checkRange(
    bytes.length >= HEADER && MAGIC.every((byte, i) => bytes[i] === byte),
    'decodeDigits: bytes must be digits written by encodeDigits',
    bytes.subarray(0, HEADER),
  );
  const count = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  const expected = HEADER + count * (1 + PIXELS);
  checkRange(bytes.length === expected, `decodeDigits: ${count} digits must have ${expected} bytes`, bytes.length);
  return { count, labels: bytes.subarray(HEADER, HEADER + count), pixels: bytes.subarray(HEADER + count) };
}
