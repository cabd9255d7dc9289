export { decodeDigits, encodeDigits } from './binary.ts';
export { type Digits, PIXELS, slice } from './digits.ts';
export { type Flowers, IRIS_FEATURES, IRIS_KINDS, irisFlowers } from './iris.ts';
export { encodeForPage, MNIST_ATTRIBUTION, PAGE_DIGITS, pageData } from './parts.ts';
export { decodePictures, firstPictures, type PictureFile, type Pictures, RECORD } from './pictures.ts';
