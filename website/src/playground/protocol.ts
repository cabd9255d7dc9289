import type { Table } from '@weightkit/viz';

/** From the page to the worker: one program for each worker. */
export interface Request {
  code: string;
  /** The site's base address. */
  base: string;
  /** How wide figures are drawn, in pixels. */
  width: number;
}

/** How a line was printed. */
export type Level = 'log' | 'warn' | 'error';

/** A figure that the program showed, or kept in one of its names. */
export interface Shown {
  /** The name that it is kept in, if it is. */
  name: string | undefined;
  title: string;
  description: string;
  table: Table;
  svg: string;
}

/** From the worker to the page. */
export type Reply =
  | { type: 'began'; backend: string }
  | { type: 'line'; level: Level; text: string }
  | { type: 'figure'; figure: Shown }
  /** More was printed than a page can show: the page ends the worker. */
  | { type: 'overflow'; lines: number }
  | { type: 'done'; seconds: number; tensors: number }
  | { type: 'failed'; message: string; line: number | undefined };
