import { checkFinite, checkType } from '@weightkit/numerics/check';
import { decoded, encoded } from '../masks/masks-json.ts';

/** Numbers as base64 of float32, the lowest byte first. */
export function packFloats(values: Float32Array): string {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (const [i, value] of values.entries()) view.setFloat32(i * 4, value, true);
  return encoded(new Uint8Array(view.buffer));
}

/**
 * The numbers of {@link packFloats}.
 *
 * @param fn - the function that was called, for messages
 * @param what - what they are, for messages
 * @param path - of which weight, for messages
 * @param size - how many there must be
 */
export function unpackFloats(fn: string, what: string, path: string, text: unknown, size: number): Float32Array {
  const rule = `${fn}: ${what} of ${path} must be base64 of ${size * 4} bytes`;
  checkType(typeof text === 'string', rule, text);
  const bytes = decoded(text as string);
  checkType(bytes?.length === size * 4, rule, text);
  const view = new DataView(Uint8Array.from(bytes!, (c) => c.charCodeAt(0)).buffer);
  const values = Float32Array.from({ length: size }, (_, i) => view.getFloat32(i * 4, true));
  checkFinite(fn, what, path, values);
  return values;
}
