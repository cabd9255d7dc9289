import type { Fields } from './Controls.tsx';
import { ReviewField } from './ReviewField.tsx';

/** The control of the lesson on sentiment. */
export const reviewFields: Fields = { review: ReviewField };
