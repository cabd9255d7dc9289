export { encodeReviews, frequentWords, readImdb } from './imdb.ts';
export { readMnist } from './mnist.ts';
export { nodeData } from './node-data.ts';
