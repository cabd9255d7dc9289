import { textTable } from '@weightkit/lesson/node';
import type { Stage } from './measure.ts';

const size = (bytes: number): string => (bytes < 10_000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`);

/** The stages as columns of text: accuracy, parameters, zeros, bytes raw and gzipped. */
export function tableOf(stages: readonly Stage[]): { columns: string[]; rows: string[][] } {
  return {
    columns: ['stage', 'accuracy', 'parameters', 'zeros', 'on disk', 'gzipped'],
    rows: stages.map(({ name, accuracy, parameters, zeros, bytes, gzipBytes }) => [
      name,
      `${(100 * accuracy).toFixed(2)} %`,
      parameters.toLocaleString('en-US'),
      `${zeros.toLocaleString('en-US')} (${((100 * zeros) / parameters).toFixed(1)} %)`,
      size(bytes),
      size(gzipBytes),
    ]),
  };
}

/** The same as lines for a terminal. */
export function printable(stages: readonly Stage[]): string {
  const { columns, rows } = tableOf(stages);
  return textTable(columns, rows);
}
