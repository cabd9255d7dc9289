import { checkRange } from '@weightkit/numerics/check';
import { decodeDigits, encodeDigits } from './binary.ts';
import { type Digits, PIXELS, slice } from './digits.ts';

/** Digits per file, so that a lesson that needs few of them loads few. */
const PER_FILE = 2000;

/** How many digits a page has: the first of the originals. */
export const PAGE_DIGITS = { train: 20_000, test: 2_000 } as const;

/** Who made the digits, and under which license: for every page and file that shows them. */
export const MNIST_ATTRIBUTION = 'MNIST: Y. LeCun, C. Cortes, C. Burges, CC BY-SA 3.0';

const fileName = (part: 'train' | 'test', i: number): string => `mnist-${part}-${String(i).padStart(2, '0')}.bin`;

function join(parts: readonly Digits[]): Digits {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const joined: Digits = { count, pixels: new Uint8Array(count * PIXELS), labels: new Uint8Array(count) };
  let at = 0;
  for (const { count, pixels, labels } of parts) {
    joined.pixels.set(pixels, at * PIXELS);
    joined.labels.set(labels, at);
    at += count;
  }
  return joined;
}

/** The files from which a page reads its digits: name and content. */
export async function encodeForPage(all: {
  train: Digits;
  test: Digits;
}): Promise<{ name: string; bytes: Uint8Array }[]> {
  const files: { name: string; bytes: Uint8Array }[] = [];
  for (const part of ['train', 'test'] as const)
    for (let i = 0; i * PER_FILE < PAGE_DIGITS[part]; i++) {
      const bytes = await encodeDigits(slice(all[part], i * PER_FILE, (i + 1) * PER_FILE));
      files.push({ name: fileName(part, i), bytes });
    }
  return files;
}

/**
 * The data of a page: `digits` loads the files that it needs and no others, each once.
 *
 * @param load - the bytes of a file of {@link encodeForPage}, by name
 */
export function pageData(load: (name: string) => Promise<Uint8Array>): {
  digits(counts: { train: number; test: number }): Promise<{ train: Digits; test: Digits }>;
} {
  const loaded = new Map<string, Promise<Digits>>();
  const file = (name: string): Promise<Digits> => {
    const known = loaded.get(name);
    if (known) return known;
    const loading = load(name).then(decodeDigits);
    loaded.set(name, loading);
    loading.catch(() => loaded.delete(name)); // so that the next run tries again
    return loading;
  };
  const first = async (part: 'train' | 'test', count: number): Promise<Digits> => {
    const files = Array.from({ length: Math.ceil(count / PER_FILE) }, (_, i) => file(fileName(part, i)));
    return slice(join(await Promise.all(files)), 0, count);
  };
  return {
    async digits(counts) {
      for (const part of ['train', 'test'] as const)
        checkRange(
          Number.isSafeInteger(counts[part]) && counts[part] >= 0 && counts[part] <= PAGE_DIGITS[part],
          `digits: ${part} must be an integer from 0 to ${PAGE_DIGITS[part]}, which is what the page has`,
          counts[part],
        );
      const [train, test] = await Promise.all([first('train', counts.train), first('test', counts.test)]);
      return { train, test };
    },
  };
}
