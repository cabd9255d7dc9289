import { JUDGE, type Scores } from './explain.ts';
import type { Row } from './measure.ts';

/** The rows of the flowers with random numbers of a spread, without weight decay. */
export const spreadRows = (rows: readonly Row[], spread: number): Row[] =>
  rows.filter((row) => ['spread', 'trained without'].includes(row.label) && row.spread === spread);
/** What one method says in a row. */
export const sharesIn = (row: Row, method: Scores['method']): number[] =>
  row.methods.find((one) => one.method === method)!.shares;
/** The share of the random numbers. */
export const randomIn = (row: Row, method: Scores['method']): number => sharesIn(row, method).at(-1)!;
/** How far a method is from the judge: the part of all shares that it gives to other inputs. */
export const awayIn = (row: Row, method: Scores['method']): number => {
  const judged = sharesIn(row, JUDGE);
  return sharesIn(row, method).reduce((sum, share, i) => sum + Math.abs(share - judged[i]!) / 2, 0);
};
