import { checkRange } from '@weightkit/numerics/check';

/** Labelled color images of 32 × 32: bytes by row, column and color; one byte per label, 0 to 9. */
export interface Pictures {
  count: number;
  pixels: Uint8Array;
  labels: Uint8Array;
}

const PLANE = 32 * 32;
/** Bytes of an image in the binary format of CIFAR-10: the label, then the red, the green and the blue plane. */
export const RECORD = 1 + 3 * PLANE;

const checkSize = (bytes: number, name: string): void =>
  checkRange(
    bytes > 0 && bytes % RECORD === 0,
    `pictures: ${name} must have records of ${RECORD} bytes, as the binary version of CIFAR-10 has`,
    `${bytes} bytes`,
  );

/**
 * Pictures from bytes in the binary format of CIFAR-10 (Krizhevsky 2009), whose colors come plane by plane; here the three colors of a
 * pixel stand together, as TensorFlow.js has them.
 *
 * @param bytes - whole records
 * @param name - what they are called in an error, as `data_batch_1.bin`
 * @throws RangeError when they are no whole records, or a label is above 9
 */
export function decodePictures(bytes: Uint8Array, name: string): Pictures {
  checkSize(bytes.length, name);
  const count = bytes.length / RECORD;
  const pixels = new Uint8Array(count * 3 * PLANE);
  const labels = new Uint8Array(count);
  for (let image = 0; image < count; image++) {
    const from = image * RECORD;
    labels[image] = bytes[from]!;
    checkRange(labels[image]! <= 9, `pictures: labels of ${name} must be 0 to 9 (label ${image})`, labels[image]);
    for (let color = 0; color < 3; color++) {
      const plane = from + 1 + color * PLANE;
      for (let pixel = 0; pixel < PLANE; pixel++) pixels[(image * PLANE + pixel) * 3 + color] = bytes[plane + pixel]!;
    }
  }
  return { count, pixels, labels };
}

/** A file of pictures, of which a part can be read. */
export interface PictureFile {
  name: string;
  size: number;
  /** Its first bytes. */
  first(bytes: number): Promise<Uint8Array>;
}

/** Pictures one part behind the other. */
function joinPictures(parts: readonly Pictures[]): Pictures {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const joined: Pictures = { count, pixels: new Uint8Array(count * 3 * PLANE), labels: new Uint8Array(count) };
  let at = 0;
  for (const { count, pixels, labels } of parts) {
    joined.pixels.set(pixels, at * 3 * PLANE);
    joined.labels.set(labels, at);
    at += count;
  }
  return joined;
}

/**
 * The first pictures of files in the binary format of CIFAR-10, in the order of the files, at most so many; what is not needed is not read.
 *
 * @param count - 1 or more
 * @throws RangeError when a file is something else
 */
export async function firstPictures(files: readonly PictureFile[], count: number): Promise<Pictures> {
  checkRange(Number.isSafeInteger(count) && count > 0, 'firstPictures: count must be an integer of 1 or more', count);
  const parts: Pictures[] = [];
  let left = count;
  for (const { name, size, first } of files) {
    if (left === 0) break;
    checkSize(size, name);
    const part = decodePictures(await first(Math.min(size, left * RECORD)), name);
    parts.push(part);
    left -= part.count;
  }
  return joinPictures(parts);
}
