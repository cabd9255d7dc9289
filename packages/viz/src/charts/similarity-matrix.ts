import { checkRange } from '@weightkit/numerics/check';
import { blocksOf } from '../marks/blocks.ts';
import { infernoScale } from '../marks/color-scale.ts';
import { readNamed } from '../marks/entries.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import { countText, spread } from '../marks/many.ts';
import { checkData, checkFigureOptions, checkTexts, type FigureOptions } from '../marks/options.ts';
import { type MatrixValues, readTensor, type Tensor } from '../marks/tensor.ts';
import { describeOdd, isDrawn, type Value } from '../marks/values.ts';
import { type Cells, cellParts, cellTable } from './cells.ts';
import { linearCka, unitGram } from './linear-cka.ts';

/** What a layer gives for some examples. */
export interface LayerActivations extends MatrixValues {
  /** Name of the layer. */
  readonly name: string;
}

/** Layers to be compared with each other, or with those of another network. */
export interface SimilarityMatrixData {
  /** Activations `[examples, features]` of each layer, for the same examples in the same order. */
  readonly layers: readonly LayerActivations[];
  /** Those of another network, for the same examples: they are the columns. @defaultValue `layers` */
  readonly others?: readonly LayerActivations[];
}

/** Options of {@link similarityMatrix}. */
export interface SimilarityMatrixOptions extends FigureOptions {
  /** Name of what the columns are. @defaultValue nothing */
  xLabel?: string;
  /** Name of what the rows are. @defaultValue nothing */
  yLabel?: string;
}

const FN = 'similarityMatrix';
const MOST_EXAMPLES = 500;
const MOST_LAYERS = 100;

/**
 * How alike layers are, of one network or two: linear centered kernel alignment (CKA) of what they give for the same examples, from 0 to 1.
 *
 * `CKA(X, Y) = ‖YᵀX‖² / (‖XᵀX‖ ‖YᵀY‖)` with centered features and Frobenius norms (Kornblith, Norouzi, Lee and Hinton 2019,
 * https://arxiv.org/abs/1905.00414): it does not change when features are rotated or all are scaled. With few examples and many
 * features it is high for anything: give more examples than features. A layer with a value that is not finite, or that gives the same
 * for every example, has no similarity: it is missing. Of more than 500 examples 500 are used, of more than 100 layers 100, evenly
 * spread; the figure says so.
 *
 * @param data - the layers with their activations
 * @throws RangeError if layers have different numbers of examples, or fewer than two
 * @throws TypeError if a value is neither a number nor one of the texts for NaN and infinity nor missing, or an option is unknown or of the wrong kind
 *
 * @example
 * ```js
 * import { similarityMatrix } from '@weightkit/viz';
 * const x = [[1, 0], [0, 1], [-1, 0.5]];
 * const layers = [{ name: 'a', values: x }, { name: 'b', values: x.map(([p, q]) => [-2 * q, 2 * p]) }];
 * console.log(similarityMatrix({ layers }).table.rows[0].join()); // -> a,1,1
 * ```
 */
export function similarityMatrix(data: SimilarityMatrixData, options: SimilarityMatrixOptions = {}): Figure {
  checkFigureOptions(FN, options, ['xLabel', 'yLabel']);
  checkTexts(FN, options, ['xLabel', 'yLabel']);
  const { title = 'Similarity of layers (linear CKA)', xLabel = '', yLabel = '' } = options;
  checkData(FN, data);
  const first = readLayers('layers', data.layers);
  const second = data.others === undefined ? first : readLayers('others', data.others);
  const examples = first[0]!.tensor.shape[0]!;
  checkRange(examples > 1, `${FN}: layers must have two examples or more`, examples);
  for (const { name, tensor } of [...first, ...second]) {
    const rule = `${FN}: all layers must have the same examples`;
    checkRange(
      tensor.shape[0] === examples,
      rule,
      `${tensor.shape[0]} of ${name} and ${examples} of ${first[0]!.name}`,
    );
  }
  const used = spread(examples, MOST_EXAMPLES);
  const some = (layers: readonly Layer[]) => spread(layers.length, MOST_LAYERS).map((i) => layers[i]!);
  const gramsOf = (layers: readonly Layer[]) => layers.map(({ tensor }) => unitGram(tensor, used));
  const rows = some(first);
  const columns = second === first ? rows : some(second);
  const rowGrams = gramsOf(rows);
  const columnGrams = second === first ? rowGrams : gramsOf(columns);
  const similarities: Value[][] = [];
  for (const [i, a] of rowGrams.entries())
    similarities.push(
      columnGrams.map((b, k) => {
        // Of layers with each other half are mirrored.
        if (rows === columns && k < i) return similarities[k]![i]!;
        return a === undefined || b === undefined ? null : linearCka(a, b);
      }),
    );
  const told = [
    ...(used.length < examples ? [`by ${MOST_EXAMPLES} of ${countText(examples)} examples`] : []),
    ...(rows.length < first.length || columns.length < second.length
      ? [
          `${rows.length} × ${columns.length} of ${countText(first.length)} × ${countText(second.length)} layers are drawn`,
        ]
      : []),
  ];
  const tensor = { values: similarities.flat(), shape: [rows.length, columns.length] };
  const cells: Cells = {
    ...blocksOf(tensor, MOST_LAYERS),
    rows: { count: rows.length, names: rows.map(({ name }) => name), label: yLabel },
    columns: { count: columns.length, names: columns.map(({ name }) => name), label: xLabel },
    scale: infernoScale([0, 1], [0, 1]),
    notes: [(value) => formatNumber(value, 2), (value) => formatNumber(value, 1)],
    told,
  };
  return makeFigure({
    chart: 'similarityMatrix',
    title,
    description: describe(similarities, rows, columns, examples, told),
    table: () => cellTable(cells),
    options,
    ...cellParts(cells),
  });
}

interface Layer {
  name: string;
  tensor: Tensor;
}

function readLayers(name: 'layers' | 'others', layers: readonly LayerActivations[]): Layer[] {
  return readNamed(FN, name, layers, (layer, { where }) => ({
    name: layer.name,
    tensor: readTensor(FN, where(''), layer, 2),
  }));
}

function describe(
  similarities: readonly (readonly Value[])[],
  rows: readonly Layer[],
  columns: readonly Layer[],
  examples: number,
  told: readonly string[],
): string {
  const pairs = similarities.flatMap((row, i) =>
    row.map((value, k) => ({ value, i, k })).filter(({ value, k }) => isDrawn(value) && (rows !== columns || k < i)),
  );
  pairs.sort((a, b) => a.value! - b.value!);
  const say = ({ value, i, k }: (typeof pairs)[0]) =>
    `${rows[i]!.name} and ${columns[k]!.name} (${formatNumber(value!)})`;
  const odd = describeOdd(similarities.flat());
  return [
    `Linear CKA of ${countText(rows.length)} × ${countText(columns.length)} layers by ${countText(examples)} examples`,
    ...(pairs.length === 0 ? [] : [`Most alike are ${say(pairs.at(-1)!)}, least ${say(pairs[0]!)}`]),
    ...told.map((text) => `${text[0]!.toUpperCase()}${text.slice(1)}`),
    ...(odd === '' ? [] : [`Gray: ${odd}`]),
  ]
    .map((sentence) => `${sentence}.`)
    .join(' ');
}
