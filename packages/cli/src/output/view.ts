import { numberText, shapeText } from './numbers.ts';

/** How a cell stands out where there is color. */
export type Tone = 'good' | 'bad' | 'dim';

/** A cell of a table. */
export interface Cell {
  /** What people read. */
  readonly text: string;
  /** What programs read. */
  readonly value: string | number | boolean | null;
  readonly tone?: Tone | undefined;
}

/** A column of a table. */
export interface Column {
  /** Its name for programs: `max_abs`. */
  readonly key: string;
  /** Its name for people. */
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Where a terminal is too narrow: 1 for what is left out first, 2 for the next; undefined for what stays. */
  readonly dispensable?: number | undefined;
}

/** A table. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** What a command shows: lines, one table, lines. */
export interface View {
  readonly head: readonly string[];
  readonly table: Table;
  readonly foot: readonly string[];
}

/** A column of text. */
export const left = (title: string, key = title.replaceAll(' ', '_')): Column => ({ key, title, align: 'left' });
/** A column of numbers. */
export const right = (title: string, key = title.replaceAll(' ', '_')): Column => ({ key, title, align: 'right' });

/** A column that may be left out. */
export const dispensable = (column: Column, place: number): Column => ({ ...column, dispensable: place });

/** A cell of text. */
export const text = (value: string, tone?: Tone): Cell => ({ text: value, value, tone });
/** A cell of a number, in four digits for people. */
export const number = (value: number | null, tone?: Tone): Cell => ({ text: numberText(value), value, tone });
/** A cell that people read in another way than programs. */
export const cell = (value: Cell['value'], shown: string, tone?: Tone): Cell => ({ text: shown, value, tone });
/** A cell of a shape. */
export const shapeCell = (shape: readonly number[]): Cell => text(shapeText(shape));
