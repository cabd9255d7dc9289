import { checkNumber, checkRange, checkType } from '@weightkit/numerics/check';
import { ink, palette } from '../marks/colors.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { type LegendEntry, saidEntries } from '../marks/header.ts';
import { hint } from '../marks/hints.ts';
import { countText } from '../marks/many.ts';
import { checkData, checkEntries, checkFigureOptions, type FigureOptions } from '../marks/options.ts';
import { group, rect, texts } from '../marks/shapes.ts';
import { node, type SvgNode } from '../marks/tree.ts';
import { layoutShapes, NOTE, type Placed, placeShapes, type Shape, type ShapeParts } from './shape-layout.ts';

/** A matrix by its shape; a kernel of more dimensions is given as the matrix in which its parts lie side by side. */
export interface ShapeMatrix {
  /** What stands below it. */
  readonly name: string;
  /** How many rows it has, in [1, 1e7]. */
  readonly rows: number;
  /** How many columns it has, in [1, 1e7]. */
  readonly columns: number;
  /** Into how many equal parts lines divide its rows, or the names of these parts. @defaultValue 1 */
  readonly rowParts?: number | readonly string[];
  /** Into how many equal parts lines divide its columns, or the names of these parts. @defaultValue 1 */
  readonly columnParts?: number | readonly string[];
  /** A second line below it. @defaultValue its rows, columns and entries */
  readonly note?: string;
  /** What it is, such as `'kernel'`: those of one kind have one color. @defaultValue 'matrix' */
  readonly kind?: string;
}

/** Matrices to be drawn at one scale. */
export interface ShapeChartData {
  /** The matrices in order, one or more. */
  readonly matrices: readonly ShapeMatrix[];
}

/** Options of {@link shapeChart}. */
export interface ShapeChartOptions extends FigureOptions {}

const FN = 'shapeChart';
const MOST_MATRICES = 60;
const MOST_SIDE = 1e7;
const MOST_TOLD = 8;

interface Read extends Shape {
  kind: string;
}

/**
 * Shapes of matrices as rectangles at one scale: how large each is beside the others, and which of its sides is the longer.
 *
 * An entry has the same area in all of them; a side thinner than a pixel is drawn as one pixel. Lines divide a matrix into its parts
 * where these are 3 pixels or more. Of more than 60 matrices the first 60 are drawn, and the figure says so.
 *
 * @param data - the matrices
 * @throws RangeError if there is no matrix, a side is not a whole number in [1, 1e7], or parts do not divide a side
 * @throws TypeError if a name, note or kind is not a text, or an option is unknown or of the wrong kind
 *
 * @example
 * ```js
 * import { shapeChart } from '@weightkit/viz';
 * const matrices = [{ name: 'hidden', rows: 784, columns: 64 }, { name: 'output', rows: 64, columns: 10 }];
 * console.log(shapeChart({ matrices }).description); // -> 2 matrices at one scale, 50,816 entries: hidden 784 × 64 = 50,176; output 64 × 10 = 640.
 * ```
 */
export function shapeChart(data: ShapeChartData, options: ShapeChartOptions = {}): Figure {
  checkFigureOptions(FN, options, []);
  const all = read(data);
  const shown = all.slice(0, MOST_MATRICES);
  const kinds = [...new Set(all.map(({ kind }) => kind))];
  const colorOf = (kind: string) => palette[kinds.indexOf(kind) % palette.length]!;
  const remarks = all.length > shown.length ? [`the first ${shown.length} of ${countText(all.length)} are drawn`] : [];
  const entries: LegendEntry[] = [
    ...(kinds.length > 1 ? kinds.map((name): LegendEntry => ({ name, mark: 'square', color: colorOf(name) })) : []),
    ...saidEntries(remarks),
  ];
  return makeFigure({
    chart: 'shapeChart',
    title: options.title ?? 'Shapes',
    description: describe(all, remarks),
    table: () => ({
      columns: ['matrix', 'rows', 'columns', 'entries'],
      rows: all.map(({ name, rows, columns }) => [name, rows, columns, rows * columns]),
    }),
    options,
    legend: entries.length === 0 ? undefined : { kind: 'names', entries },
    plotHeight: (width) => layoutShapes(shown, width).height,
    leastHeight: (width) => layoutShapes(shown, width, 1).height,
    plot: ({ width, height }) => placeShapes(shown, width, height).map((one) => mark(one, colorOf(one.shape.kind))),
  });
}

function read(data: ShapeChartData): Read[] {
  checkData(FN, data);
  checkEntries(FN, 'matrices', data.matrices);
  return data.matrices.map((matrix, i): Read => {
    const where = `matrices[${i}]`;
    const side = (name: 'rows' | 'columns') => {
      const whole = (value: number) => Number.isSafeInteger(value) && value >= 1 && value <= MOST_SIDE;
      checkNumber(`${FN}: ${where}.${name} must be a whole number in [1, 1e7]`, matrix?.[name], whole);
      return matrix[name];
    };
    const [rows, columns] = [side('rows'), side('columns')];
    const { name, kind = 'matrix', note = sizeText(rows, columns) } = matrix;
    for (const [key, value] of Object.entries({ name, kind, note }))
      checkType(typeof value === 'string', `${FN}: ${where}.${key} must be a string`, value);
    return {
      name,
      note,
      kind,
      rows,
      columns,
      rowParts: readParts(`${where}.rowParts`, matrix.rowParts, rows),
      columnParts: readParts(`${where}.columnParts`, matrix.columnParts, columns),
    };
  });
}

function readParts(where: string, parts: number | readonly string[] = 1, side: number): ShapeParts {
  const named = Array.isArray(parts);
  const names: readonly string[] = named ? Array.from(parts as readonly string[]) : [];
  const ok = named ? names.every((name) => typeof name === 'string') : typeof parts === 'number';
  checkType(ok, `${FN}: ${where} must be a number or a list of strings`, parts);
  const count = named ? names.length : (parts as number);
  const divides = Number.isSafeInteger(count) && count >= 1 && side % count === 0;
  checkRange(divides, `${FN}: ${where} must divide ${side}`, count);
  return { count, names };
}

const sizeText = (rows: number, columns: number): string =>
  `${countText(rows)} × ${countText(columns)} = ${countText(rows * columns)}`;

function describe(all: readonly Read[], remarks: readonly string[]): string {
  const entries = all.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  const told = all.slice(0, MOST_TOLD).map(({ name, note }) => `${name} ${note}`);
  const more = all.length > MOST_TOLD ? [`and ${all.length - MOST_TOLD} more`] : [];
  const count = all.length === 1 ? 'One matrix' : `${all.length} matrices at one scale`;
  return [`${count}, ${countText(entries)} entries: ${[...told, ...more].join('; ')}.`, ...remarks].join(' ');
}

/** A matrix with the lines between its parts and its texts. */
function mark({ left, top, width, height, lines, partNames, labels }: Placed<Read>, color: string): SvgNode {
  return group(
    'matrix',
    {},
    rect([left, top], [left + width, top + height], { fill: color, 'fill-opacity': 0.25, stroke: color }),
    ...(lines === '' ? [] : [node('path', { d: lines, fill: 'none', stroke: color, 'stroke-opacity': 0.6 })]),
    ...(partNames.length === 0 ? [] : [texts('parts', partNames)]),
    texts('name', labels.slice(0, 1), { 'text-anchor': 'start' }),
    texts('note', labels.slice(1), { 'text-anchor': 'start', size: NOTE, fill: ink.quiet }),
    hint(left + width / 2, top + height / 2, labels.map(({ text }) => text).join(' ')),
  );
}
