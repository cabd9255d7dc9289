export { decodeDigits, encodeDigits, through } from './binary.ts';
export { type Digits, PIXELS, slice } from './digits.ts';
export { type Flowers, IRIS_FEATURES, IRIS_KINDS, irisFlowers } from './iris.ts';
export {
  type ExperimentData,
  encodeForPage,
  encodeReviewsForPage,
  MNIST_ATTRIBUTION,
  PAGE_DIGITS,
  PAGE_REVIEWS,
  pageData,
} from './parts.ts';
export { decodePictures, firstPictures, type PictureFile, type Pictures, RECORD } from './pictures.ts';
export { FIRST_WORD, numbersOf, PADDING, REVIEW_LENGTH, type Reviews, tokensOf, UNKNOWN, wordsOf } from './reviews.ts';
