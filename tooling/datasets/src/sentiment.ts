import words from './review-words.json' with { type: 'json' };
import model from './sentiment-model.json' with { type: 'json' };

/** The most frequent words of the reviews for training, the most frequent first; made by `scripts/train-sentiment.mjs`. */
export const REVIEW_WORDS: readonly string[] = words.words.split(' ');

/**
 * The network that `scripts/train-sentiment.mjs` has trained on reviews: how it was made, what share of unseen reviews it has right,
 * how many bytes its file has, and the file in base64.
 */
export const SENTIMENT_MODEL = model;
