import { checkRange, checkType } from '@weightkit/numerics/check';
import { blocksOf } from '../marks/blocks.ts';
import { divergingScale } from '../marks/color-scale.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import { countText } from '../marks/many.ts';
import {
  checkArray,
  checkChoice,
  checkData,
  checkFigureOptions,
  checkTexts,
  type FigureOptions,
} from '../marks/options.ts';
import { rangeOf, readTensor, type Tensor } from '../marks/tensor.ts';
import { type ChartValue, describeOdd, isDrawn, type Value } from '../marks/values.ts';
import { blockText, type Cells, cellParts, cellTable, readNames } from './cells.ts';

/** What was classified: counts by class, or the classes of all examples. */
export interface ConfusionMatrixData {
  /** Counts, a row for each actual class and a column for each predicted one; not beside `actual`. */
  readonly values?: ArrayLike<ChartValue> | readonly ArrayLike<ChartValue>[];
  /** Rows and columns of `values`, equal. @defaultValue that of the nested arrays */
  readonly shape?: readonly number[];
  /** The class of each example, from 0; not beside `values`. */
  readonly actual?: ArrayLike<number>;
  /** The class that was predicted for each example, as many as `actual`. */
  readonly predicted?: ArrayLike<number>;
  /** Names of the classes. @defaultValue their numbers */
  readonly classes?: readonly string[];
}

/** Options of {@link confusionMatrix}. */
export interface ConfusionMatrixOptions extends FigureOptions {
  /** Name of what the columns are. @defaultValue 'predicted' */
  xLabel?: string;
  /** Name of what the rows are. @defaultValue 'actual' */
  yLabel?: string;
  /** Shares in place of counts: of the actual class (a row is 100 %), of the predicted class, or of all examples. @defaultValue counts */
  normalize?: 'actual' | 'predicted' | 'all';
}

const FN = 'confusionMatrix';
const MOST = 200;
const MOST_CLASSES = 10_000;

/**
 * How often examples of each class are taken for each: right ones on the diagonal.
 *
 * Darker cells have more; colors are linear from 0. What is NaN, infinite or missing is gray, as is a share of a class without examples.
 * Of more than 200 classes neighbors share a cell, the largest of them; the figure says so.
 *
 * @param data - counts of actual (rows) by predicted classes (columns), or the classes of each example
 * @throws RangeError if counts are negative or not as many rows as columns, or a class is not a whole number of those there are
 * @throws TypeError if a count is neither a number nor one of the texts for NaN and infinity nor missing, or an option is unknown or of the wrong kind
 *
 * @example
 * ```js
 * import { confusionMatrix } from '@weightkit/viz';
 * const figure = confusionMatrix({ actual: [0, 0, 1, 1], predicted: [0, 1, 1, 1], classes: ['cat', 'dog'] });
 * console.log(figure.description); // -> 4 examples of 2 classes, 75 % of them right. Most often cat is taken for dog (1).
 * ```
 */
export function confusionMatrix(data: ConfusionMatrixData, options: ConfusionMatrixOptions = {}): Figure {
  checkFigureOptions(FN, options, ['xLabel', 'yLabel', 'normalize']);
  checkTexts(FN, options, ['xLabel', 'yLabel']);
  const { title = 'Confusion matrix', xLabel = 'predicted', yLabel = 'actual', normalize } = options;
  if (normalize !== undefined) checkChoice(FN, 'normalize', normalize, ['actual', 'predicted', 'all']);
  const { counts, classes } = readCounts(data);
  const shown = normalize === undefined ? counts : sharesOf(counts, normalize);
  const { to } = rangeOf(shown);
  const side = { count: counts.shape[0]!, names: classes };
  const percent = (digits: number) => (value: number) => `${formatNumber(100 * value, digits)} %`;
  const cells: Cells = {
    ...blocksOf(shown, MOST),
    rows: { ...side, label: yLabel },
    columns: { ...side, label: xLabel },
    scale: divergingScale([0, to || 1], [0, to]),
    notes:
      normalize === undefined
        ? [(value) => formatNumber(value), (value) => formatNumber(value, 2)]
        : [3, 2, 1].map(percent),
    told:
      normalize === undefined ? [] : [`shares of ${normalize === 'all' ? 'all examples' : `the ${normalize} class`}`],
  };
  return makeFigure({
    chart: 'confusionMatrix',
    title,
    description: describe(counts, classes, cells),
    table: () => cellTable(cells),
    options,
    ...cellParts(cells),
  });
}

function readCounts(data: ConfusionMatrixData): { counts: Tensor; classes: string[] | undefined } {
  checkData(FN, data);
  const { values, shape, actual, predicted } = data;
  const both = values !== undefined && actual !== undefined;
  checkType(!both, `${FN}: data must have values or actual and predicted classes, not both`, Object.keys(data));
  if (actual !== undefined) return countClasses(actual, predicted, data.classes);
  const counts = readTensor(FN, '', { values, shape }, 2);
  const [rows, columns] = counts.shape;
  checkRange(rows === columns, `${FN}: values must have as many rows as columns`, counts.shape);
  counts.values.forEach((value, i) => {
    const ok = !isDrawn(value) || value >= 0;
    if (!ok) checkRange(false, `${FN}: values must be at least 0`, `${value} at values[${i}]`);
  });
  return { counts, classes: readNames(FN, 'classes', data.classes, rows!) };
}

/** Counts examples by their actual and predicted classes. */
function countClasses(
  actual: ArrayLike<number>,
  predicted: ArrayLike<number> | undefined,
  names: readonly string[] | undefined,
) {
  const lists = { actual, predicted: predicted as ArrayLike<number> };
  for (const name of ['actual', 'predicted'] as const) {
    checkArray(FN, name, lists[name]);
    checkRange(lists[name].length > 0, `${FN}: ${name} must have at least one entry`, lists[name]);
  }
  const rule = `${FN}: actual and predicted must have equally many entries`;
  checkRange(actual.length === lists.predicted.length, rule, `${actual.length} and ${lists.predicted.length}`);
  if (names !== undefined) checkArray(FN, 'classes', names);
  const most = names?.length ?? MOST_CLASSES;
  let highest = 0;
  for (const name of ['actual', 'predicted'] as const) {
    for (let i = 0; i < actual.length; i++) {
      const label = lists[name][i]!;
      const ok = typeof label === 'number' && Number.isInteger(label) && label >= 0 && label < most;
      if (!ok) checkRange(false, `${FN}: ${name}[${i}] must be a whole number from 0 to ${most - 1}`, label);
      if (label > highest) highest = label;
    }
  }
  const count = names?.length ?? highest + 1;
  const values = new Array<number>(count * count).fill(0);
  for (let i = 0; i < actual.length; i++) values[actual[i]! * count + lists.predicted[i]!]!++;
  return { counts: { values, shape: [count, count] }, classes: readNames(FN, 'classes', names, count) };
}

/** Shares of rows, columns or all; of a class without examples there are none. */
function sharesOf({ values, shape }: Tensor, normalize: 'actual' | 'predicted' | 'all'): Tensor {
  const count = shape[0]!;
  const partOf = (i: number) => (normalize === 'all' ? 0 : normalize === 'actual' ? Math.floor(i / count) : i % count);
  // A share of the largest first: the sum of counts may be no double.
  const most = values.reduce<number>((most, value) => (isDrawn(value) && value > most ? value : most), 0);
  const sums = new Array<number>(count).fill(0);
  values.forEach((value, i) => {
    if (isDrawn(value)) sums[partOf(i)]! += value / most;
  });
  const share = (value: Value, i: number): Value => {
    if (!isDrawn(value)) return value;
    const sum = sums[partOf(i)]!;
    return sum > 0 ? value / most / sum : null;
  };
  return { values: values.map(share), shape };
}

function describe({ values, shape }: Tensor, classes: readonly string[] | undefined, cells: Cells): string {
  const count = shape[0]!;
  const nameOf = (i: number) => classes?.[i] ?? String(i);
  let [all, right, worst] = [0, 0, -1];
  values.forEach((value, i) => {
    if (!isDrawn(value)) return;
    all += value;
    const hit = Math.floor(i / count) === i % count;
    if (hit) right += value;
    else if (value > 0 && (worst < 0 || value > values[worst]!)) worst = i;
  });
  const share = all > 0 && Number.isFinite(all) ? `, ${formatNumber((100 * right) / all)} % of them right` : '';
  const odd = describeOdd(values);
  const block = blockText(cells);
  const told = (cells.told ?? []).concat(block === '' ? [] : [block]);
  return [
    `${Number.isFinite(all) ? formatNumber(all, 6) : 'Too many'} examples of ${countText(count)} classes${share}`,
    ...(worst < 0
      ? ['None is taken for another class']
      : [
          `Most often ${nameOf(Math.floor(worst / count))} is taken for ${nameOf(worst % count)} (${formatNumber(values[worst]!)})`,
        ]),
    ...told.map((text) => `${text[0]!.toUpperCase()}${text.slice(1)}`),
    ...(odd === '' ? [] : [`Gray: ${odd}`]),
  ]
    .map((sentence) => `${sentence}.`)
    .join(' ');
}
