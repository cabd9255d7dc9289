import { checkRange } from '@weightkit/numerics/check';
import { decodeDigits, encodeDigits } from './binary.ts';
import { type Digits, PIXELS, slice } from './digits.ts';
import { joinReviews, type Reviews, sliceReviews } from './reviews.ts';
import { decodeReviews, encodeReviewsFile } from './reviews-binary.ts';

/** Digits per file, so that a lesson that needs few of them loads few. */
const PER_FILE = 2000;

/** How many digits a page has: the first of the originals. */
export const PAGE_DIGITS = { train: 20_000, test: 2_000 } as const;

/** Reviews per file, and how many a page has. */
const REVIEWS_PER_FILE = 500;
export const PAGE_REVIEWS = { train: 4_000, test: 2_500 } as const;

/** Who made the digits, and under which license: for every page and file that shows them. */
export const MNIST_ATTRIBUTION = 'MNIST: Y. LeCun, C. Cortes, C. Burges, CC BY-SA 3.0';

const fileName = (part: 'train' | 'test', i: number): string => `mnist-${part}-${String(i).padStart(2, '0')}.bin`;

const reviewsName = (part: 'train' | 'test', i: number): string => `reviews-${part}-${String(i).padStart(2, '0')}.bin`;

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

/** The files from which a page reads its reviews: name and content. */
export async function encodeReviewsForPage(all: {
  train: Reviews;
  test: Reviews;
}): Promise<{ name: string; bytes: Uint8Array }[]> {
  const files: { name: string; bytes: Uint8Array }[] = [];
  for (const part of ['train', 'test'] as const)
    for (let i = 0; i * REVIEWS_PER_FILE < PAGE_REVIEWS[part]; i++) {
      const some = sliceReviews(all[part], i * REVIEWS_PER_FILE, (i + 1) * REVIEWS_PER_FILE);
      files.push({ name: reviewsName(part, i), bytes: await encodeReviewsFile(some) });
    }
  return files;
}

/** What an experiment asks a page or Node for. */
export interface ExperimentData {
  digits(counts: { train: number; test: number }): Promise<{ train: Digits; test: Digits }>;
  reviews(counts: { train: number; test: number }): Promise<{ train: Reviews; test: Reviews }>;
}

/** How a kind of data lies in files. */
interface Kind<Part> {
  fn: string;
  most: { readonly train: number; readonly test: number };
  perFile: number;
  nameOf: (part: 'train' | 'test', i: number) => string;
  decode: (bytes: Uint8Array) => Promise<Part>;
  join: (parts: readonly Part[]) => Part;
  slice: (part: Part, start: number, end: number) => Part;
}

const DIGITS: Kind<Digits> = {
  fn: 'digits',
  most: PAGE_DIGITS,
  perFile: PER_FILE,
  nameOf: fileName,
  decode: decodeDigits,
  join,
  slice,
};

const REVIEWS: Kind<Reviews> = {
  fn: 'reviews',
  most: PAGE_REVIEWS,
  perFile: REVIEWS_PER_FILE,
  nameOf: reviewsName,
  decode: decodeReviews,
  join: joinReviews,
  slice: sliceReviews,
};

/** Loads the first of a kind from the files that have them, each once. */
function loaderOf<Part>(kind: Kind<Part>, load: (name: string) => Promise<Uint8Array>) {
  const loaded = new Map<string, Promise<Part>>();
  const file = (name: string): Promise<Part> => {
    const known = loaded.get(name);
    if (known) return known;
    const loading = load(name).then(kind.decode);
    loaded.set(name, loading);
    loading.catch(() => loaded.delete(name)); // so that the next run tries again
    return loading;
  };
  const first = async (part: 'train' | 'test', count: number): Promise<Part> => {
    const files = Array.from({ length: Math.ceil(count / kind.perFile) }, (_, i) => file(kind.nameOf(part, i)));
    return kind.slice(kind.join(await Promise.all(files)), 0, count);
  };
  return async (counts: { train: number; test: number }): Promise<{ train: Part; test: Part }> => {
    for (const part of ['train', 'test'] as const)
      checkRange(
        Number.isSafeInteger(counts[part]) && counts[part] >= 0 && counts[part] <= kind.most[part],
        `${kind.fn}: ${part} must be an integer from 0 to ${kind.most[part]}, which is what the page has`,
        counts[part],
      );
    const [train, test] = await Promise.all([first('train', counts.train), first('test', counts.test)]);
    return { train, test };
  };
}

/**
 * The data of a page: `digits` and `reviews` load the files that they need and no others, each once.
 *
 * @param load - the bytes of a file of {@link encodeForPage} or {@link encodeReviewsForPage}, by name
 */
export const pageData = (load: (name: string) => Promise<Uint8Array>): ExperimentData => ({
  digits: loaderOf(DIGITS, load),
  reviews: loaderOf(REVIEWS, load),
});
