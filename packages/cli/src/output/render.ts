import { csv, tsv } from './delimited.ts';
import { json } from './json.ts';
import { markdown } from './markdown.ts';
import { type PrettyOptions, pretty } from './pretty.ts';
import { safeText } from './safe-text.ts';
import type { View } from './view.ts';

/** How results are written. */
export type OutputFormat = 'pretty' | 'json' | 'md' | 'csv' | 'tsv';

/** What goes where. */
export interface Rendered {
  /** What was asked for. */
  readonly out: string;
  /** What people should read beside it. */
  readonly err: string;
}

/** A result in a format: tables alone on standard output where a program reads them, and then the lines on standard error. */
export function render(format: OutputFormat, result: unknown, view: View, options: PrettyOptions): Rendered {
  if (format === 'pretty') return { out: pretty(view, options), err: '' };
  if (format === 'md') return { out: markdown(view), err: '' };
  if (format === 'json') return { out: json(result), err: '' };
  const lines = [...view.head, ...view.foot].map((line) => `${safeText(line)}\n`);
  return { out: format === 'csv' ? csv(view.table) : tsv(view.table), err: lines.join('') };
}
