import type { NearText } from '@weightkit/lesson';

/** Characters of a review that is typed: it stands in the page's address. */
const MOST = 600;

/** A text that can be read: one line with a letter or a digit in it. */
export function nearestReview(text: string): NearText {
  const line = text.replace(/\s+/g, ' ').trim().slice(0, MOST).trim();
  if (/[a-z0-9]/i.test(line)) return { value: line };
  return { value: 'good', said: 'there is no word in it' };
}
