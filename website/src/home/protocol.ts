import type { Table } from '@weightkit/viz';
import type { Params } from './params.ts';

/** From the page to the worker: what to run, and how wide to draw. */
export interface Request {
  id: number;
  params: Params;
  width: number;
}

/** What came out, ready to be shown. */
export interface Outcome {
  std: number;
  measuredStd: number;
  deviation: number | null;
  fanIn: number;
  zeros: number;
  parameters: number;
  /** Bytes of the weights in the file, as they are and gzipped. */
  bytes: number;
  gzipped: number;
  /** Largest error of the rounding and its bound; nothing where nothing is rounded. */
  error: { max: number; bound: number } | undefined;
  picture: { svg: string; description: string; table: Table };
  milliseconds: number;
}

/** What came out when the site was built; its picture is a file. */
export type Prepared = Omit<Outcome, 'picture' | 'milliseconds'> & { picture: Omit<Outcome['picture'], 'svg'> };

/** From the worker to the page. */
export type Reply = { id: number; outcome: Outcome } | { id: number; message: string };
