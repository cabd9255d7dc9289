import { checkNumber, checkRange, checkType } from '@weightkit/numerics/check';
import { leftMargin, xAxis, xGrid, yAxis, yGrid } from '../marks/axes.ts';
import { makeAxis } from '../marks/axis.ts';
import { lineStyle } from '../marks/colors.ts';
import { domainOf, nice, valueDomain } from '../marks/domain.ts';
import { readNamed } from '../marks/entries.ts';
import { drawingOf, type Figure, type FigureSpec, makeFigure } from '../marks/figure.ts';
import { baseline, cutLines, type Frame, MOST_LEFT, type Size } from '../marks/frame.ts';
import { type LegendEntry, saidEntries } from '../marks/header.ts';
import { countText, spread } from '../marks/many.ts';
import { oddEntries, oddMarks, ROW, rowOf } from '../marks/odd-marks.ts';
import { checkData, checkEntries, checkFigureOptions, type FigureOptions } from '../marks/options.ts';
import { FONT, type PlacedText, texts } from '../marks/shapes.ts';
import { shorten } from '../marks/text.ts';
import { type Attributes, node, type SvgNode } from '../marks/tree.ts';
import { type AxisOptions, axisOptions, checkAxes } from './axis-options.ts';
import { describeLines, type Line, type LineSeries, lineMarks, oddPlaces, readLines, tabulateLines } from './lines.ts';

/** Lines that share a panel. */
export interface LinePanel {
  /** What stands above the panel. */
  readonly name: string;
  /** The lines; those of one name have one color in all panels. */
  readonly series: readonly LineSeries[];
}

/** What {@link smallMultiples} draws: lines in panels with the same axes, or figures as they are. */
export type SmallMultiplesData =
  | {
      /** The panels, first to last. */
      readonly panels: readonly LinePanel[];
      /** Not beside `panels`. */
      readonly figures?: never;
    }
  | {
      /** Figures of this package, first to last. */
      readonly figures: readonly Figure[];
      /** Not beside `figures`. */
      readonly panels?: never;
    };

/** Options of {@link smallMultiples}; those of axes are for panels alone. */
export interface SmallMultiplesOptions extends FigureOptions, AxisOptions {
  /** How many stand side by side at most, in [1, 12]; fewer where the drawing is too narrow. @defaultValue as many as there is room for */
  columns?: number;
}

/** Bold letters are wider than guessed: n and u of DejaVu Sans Bold, which Linux takes where it has no other, have 0.712 em. */
const BOLD = 0.712 / 0.62;

const FN = 'smallMultiples';
const MOST = 48;
const MOST_LINES = 24;
const LEAST_PANEL = 150;
const LEAST_FIGURE = 240;
const GAP = 26;
const RIGHT = 24;
const TITLE = 34;
const PANEL_HEIGHT = 116;
const TOP = 18;
const BOTTOM = 46;

/**
 * Many small plots in one figure, to be compared: lines in panels that share their axes, or figures side by side.
 *
 * Panels have the same x and the same y axis; lines of the same name have the same color. Figures keep their own axes: give their charts
 * the same domain. Of more than 48 panels or figures 48 are drawn, evenly spread, and of more than 24 lines of a panel 24; the figure says so.
 *
 * @param data - panels or figures
 * @throws RangeError if there is no panel or figure, or what `lineChart` throws for a panel
 * @throws TypeError if a figure is not one of this package, or an option is unknown or of the wrong kind
 *
 * @example
 * ```js
 * import { smallMultiples } from '@weightkit/viz';
 * const panels = ['conv1', 'conv2'].map((name, i) => ({ name, series: [{ name: 'norm', y: [1, 2 + i, 3 * i] }] }));
 * console.log(smallMultiples({ panels }, { xLabel: 'epoch' }).table.columns.join()); // -> panel,epoch,norm
 * ```
 */
export function smallMultiples(data: SmallMultiplesData, options: SmallMultiplesOptions = {}): Figure {
  checkFigureOptions(FN, options, [...axisOptions, 'columns']);
  checkAxes(FN, options);
  const { columns, title = 'Small multiples' } = options;
  if (columns !== undefined)
    checkNumber(
      `${FN}: columns must be a whole number in [1, 12]`,
      columns,
      (x) => Number.isInteger(x) && x >= 1 && x <= 12,
    );
  checkData(FN, data);
  const both = data.panels !== undefined && data.figures !== undefined;
  checkType(!both, `${FN}: data must have panels or figures, not both`, Object.keys(data));
  const parts = data.figures === undefined ? panelParts(data.panels, options) : figureParts(data.figures, options);
  return makeFigure({ chart: 'smallMultiples', title, options, ...parts });
}

/** What the two kinds hand over. */
type Parts = Pick<FigureSpec, 'description' | 'table' | 'legend' | 'plotHeight' | 'leastHeight' | 'plot'>;

/** A named group of lines that was read. */
interface Panel {
  name: string;
  lines: Line[];
  /** How many lines there are. */
  count: number;
}

function panelParts(raw: readonly LinePanel[], options: SmallMultiplesOptions): Parts {
  const { xLabel = 'step', yLabel = 'value', xScale = 'linear', yScale = 'linear' } = options;
  const looks = new Map<string, number>();
  const read = readNamed(FN, 'panels', raw, ({ name, series }, { where }): Panel => {
    checkEntries(FN, where('series'), series);
    const all = readLines(FN, { series }, xScale, yScale, { list: where('series') });
    const lines = spread(all.length, MOST_LINES).map((i) => all[i]!);
    for (const { name } of lines) looks.set(name, looks.get(name) ?? looks.size);
    return { name, lines: lines.map((line) => ({ ...line, i: looks.get(line.name)! })), count: all.length };
  });
  const panels = spread(read.length, MOST).map((i) => read[i]!);
  const names = [...looks.keys()];
  const remarks = [
    ...(panels.length < read.length ? [`${MOST} of ${countText(read.length)} panels are drawn`] : []),
    ...(panels.some(({ lines, count }) => lines.length < count)
      ? [`at most ${MOST_LINES} lines of a panel are drawn`]
      : []),
  ];
  const entries: LegendEntry[] = [
    ...(names.length > 1 ? names.slice(0, MOST_LINES) : []).map((name) => ({
      name,
      mark: 'line' as const,
      ...lineStyle(looks.get(name)!),
    })),
    ...saidEntries(remarks),
    ...oddEntries(panels.flatMap(({ lines }) => lines.flatMap(({ seen }) => seen.odd))),
  ];
  const resolved = { ...options, xLabel, yLabel, xScale, yScale };
  const heightOf = (panelHeight: number) => (width: number) => {
    const rows = Math.ceil(panels.length / columnsIn(width, panels.length, LEAST_PANEL, options.columns));
    return TOP + rows * (TITLE + raiseOf(panels) + panelHeight) + BOTTOM;
  };
  return {
    description: describePanels(panels, read.length, xLabel, yLabel, remarks),
    table: () => tabulatePanels(panels, names, xLabel),
    legend: entries.length === 0 ? undefined : { kind: 'names', entries },
    plotHeight: heightOf(PANEL_HEIGHT),
    leastHeight: heightOf(LOWEST_PANEL),
    plot: (size) => plotPanels(panels, resolved, size),
  };
}

/** A panel lower than this shows nothing, even where a height was asked for. */
const LOWEST_PANEL = 8;

/** Room between the name of a panel and its frame for marks of what is not drawn, one row for each line that has any. */
function raiseOf(panels: readonly Panel[]): number {
  const rows = panels.map(({ lines }) => lines.filter(({ seen }) => seen.firstOdd >= 0).length);
  const most = Math.max(...rows.map((count) => Math.max(0, ...Array.from({ length: count }, (_, n) => rowOf(n) + 1))));
  return ROW * most;
}

/** How many stand side by side. */
function columnsIn(width: number, count: number, least: number, asked = 12): number {
  const most = Math.max(1, Math.min(asked, count, Math.floor(width / least)));
  // The fewest that make no more rows.
  return Math.ceil(count / Math.ceil(count / most));
}

type Resolved = SmallMultiplesOptions & Required<Pick<AxisOptions, 'xLabel' | 'yLabel' | 'xScale' | 'yScale'>>;

function plotPanels(panels: readonly Panel[], options: Resolved, { width, height }: Size): SvgNode[] {
  const { xScale, yScale, xLabel, yLabel, xDomain, yDomain } = options;
  const columns = columnsIn(width, panels.length, LEAST_PANEL, options.columns);
  const rows = Math.ceil(panels.length / columns);
  const lines = panels.flatMap((panel) => panel.lines);
  const down = (height - TOP - BOTTOM) / rows;
  const title = TITLE + raiseOf(panels);
  const count = Math.max(2, Math.floor((down - title) / 34));
  const ends =
    yDomain ??
    nice(
      valueDomain(
        lines.flatMap(({ seen }) => seen.yEnds),
        yScale,
      ),
      yScale,
      count,
    );
  const y = makeAxis(ends, yScale, count);
  const left = Math.min(leftMargin(y), width * MOST_LEFT);
  const across = (width - left - RIGHT + GAP) / columns;
  const places = domainOf(
    lines.flatMap(({ seen }) => seen.xEnds),
    xScale,
  );
  const pieces = Math.max(2, Math.floor((across - GAP) / 60));
  const whole = lines.every(({ seen }) => seen.whole);
  const x = makeAxis(xDomain ?? places, xScale, pieces, undefined, whole);
  const cuts = xDomain !== undefined || yDomain !== undefined;
  const drawn = panels.flatMap((panel, n): SvgNode[] => {
    const [row, column] = [Math.floor(n / columns), n % columns];
    const top = TOP + row * down + title;
    const frame: Frame = {
      left: left + column * across,
      right: Math.max(left + column * across + 1, left + (column + 1) * across - GAP),
      top,
      bottom: Math.max(top + 1, top + down - title),
      width,
    };
    const marks = panel.lines.flatMap((line) => lineMarks(line, { x, y, frame }));
    const name = shorten(panel.name, frame.right - frame.left + GAP - 8, FONT * BOLD);
    return [
      yGrid(frame, y),
      xGrid(frame, x),
      baseline(frame),
      texts('panel', [{ at: [frame.left, top - 12 - (title - TITLE)], text: name }], {
        'font-weight': 600,
        'text-anchor': 'start',
      }),
      ...(column === 0 ? [yAxis(frame, y, '')] : []),
      ...(n + columns >= panels.length ? [xAxis(frame, x, '')] : []),
      ...(cuts ? cutLines(frame, marks, `frame-${n}`) : marks),
      ...oddMarks(frame, oddPlaces(panel.lines, x)),
    ];
  });
  const middle = left + (width - left - RIGHT) / 2;
  const label = (at: PlacedText['at'], text: string, anchor: string) =>
    texts('axis name', [{ at, text: shorten(text, width - 32, FONT) }], { 'text-anchor': anchor });
  return [
    ...drawn,
    label([16, 10], yLabel, 'start'),
    label([middle, height - BOTTOM + 32], shorten(xLabel, 2 * Math.min(middle, width - middle) - 4, FONT), 'middle'),
  ];
}

function describePanels(
  panels: readonly Panel[],
  all: number,
  xLabel: string,
  yLabel: string,
  remarks: readonly string[],
): string {
  const told = panels
    .slice(0, MOST_TOLD)
    .map(({ name, lines, count }) => `${name}: ${describeLines(lines, count, xLabel, yLabel)}`);
  const more = panels.length > MOST_TOLD ? [`And ${panels.length - MOST_TOLD} panels more.`] : [];
  const count = all === 1 ? 'One panel' : `${countText(all)} panels with the same axes`;
  const said = remarks.map((text) => `${text[0]!.toUpperCase()}${text.slice(1)}.`);
  return [`${count}.`, ...said, ...told, ...more].join(' ');
}

const MOST_TOLD = 8;

/** Rows of all panels, one below the other. */
function tabulatePanels(panels: readonly Panel[], names: readonly string[], xLabel: string) {
  const rows = panels.flatMap(({ name, lines }) => {
    const at = lines.map((line) => names.indexOf(line.name));
    return tabulateLines(lines, xLabel).rows.map(([place, ...values]) => {
      const cells = names.map((): string | number => '');
      values.forEach((value, k) => {
        cells[at[k]!] = value;
      });
      return [name, place!, ...cells];
    });
  });
  return { columns: ['panel', xLabel, ...names], rows };
}

function figureParts(raw: readonly Figure[], options: SmallMultiplesOptions): Parts {
  checkEntries(FN, 'figures', raw);
  const all = Array.from(raw, (figure, k) => {
    const drawing = typeof figure === 'object' && figure !== null ? drawingOf(figure) : undefined;
    if (drawing === undefined) checkType(false, `${FN}: figures[${k}] must be a figure of this package`, figure);
    return { figure, draw: drawing! };
  });
  for (const name of axisOptions)
    checkRange(
      options[name] === undefined,
      `${FN}: ${name} must be left out for figures, which have axes of their own`,
      options[name],
    );
  const figures = spread(all.length, MOST).map((i) => all[i]!);
  const some = figures.length < all.length ? `${MOST} of ${countText(all.length)} figures are drawn` : undefined;
  const layout = (width: number) => {
    const columns = columnsIn(width, figures.length, LEAST_FIGURE, options.columns);
    const drawings = figures.map(({ draw }) => draw(width / columns));
    const rows = Array.from({ length: Math.ceil(figures.length / columns) }, (_, i) =>
      Math.max(...drawings.slice(i * columns, (i + 1) * columns).map(({ attributes }) => Number(attributes.height))),
    );
    return { columns, drawings, rows };
  };
  return {
    description: [
      figures.length === 1 ? 'One figure.' : `${figures.length} figures.`,
      ...(some === undefined ? [] : [`${some}.`]),
      ...figures.slice(0, MOST_TOLD).map(({ figure }) => `${figure.title}: ${figure.description}`),
      ...(figures.length > MOST_TOLD ? [`And ${figures.length - MOST_TOLD} figures more.`] : []),
    ].join(' '),
    table: () => ({
      columns: ['figure', 'row', 'column', 'value'],
      rows: figures.flatMap(({ figure: { title, table } }) =>
        table.rows.flatMap((row) => row.slice(1).map((value, k) => [title, row[0]!, table.columns[k + 1]!, value])),
      ),
    }),
    legend: some === undefined ? undefined : { kind: 'names', entries: saidEntries([some]) },
    plotHeight: (width) => layout(width).rows.reduce((sum, height) => sum + height, 0),
    plot: ({ width, height }) => {
      const { columns, drawings, rows } = layout(width);
      // Where the caller gave a height all become smaller together.
      const total = rows.reduce((sum, row) => sum + row, 0);
      const scale = Math.min(1, height / total);
      const tops = rows.map((_, i) => rows.slice(0, i).reduce((sum, row) => sum + row, 0));
      const placed = drawings.map((drawing, n) => {
        const at = [((n % columns) * width) / columns, tops[Math.floor(n / columns)]!].map(
          (v) => Math.round(100 * v) / 100,
        );
        return node(
          'g',
          { 'data-mark': 'figure', 'text-anchor': 'start', transform: `translate(${at.join()})` },
          ...inner(drawing, n),
        );
      });
      return scale < 1 ? [node('g', { transform: `scale(${Number(scale.toPrecision(4))})` }, ...placed)] : placed;
    },
  };
}

/** What is in a drawing, without its title for readers of the whole, its ids told apart from those of others. */
function inner(drawing: SvgNode, n: number): SvgNode[] {
  const own = (part: SvgNode | string): SvgNode | string => {
    if (typeof part === 'string') return part;
    const attributes: Record<string, string> = {};
    for (const [key, value] of Object.entries(part.attributes))
      attributes[key] = key === 'id' ? `${value}-of-${n}` : value.replace(/url\(#([^)]+)\)/g, `url(#$1-of-${n})`);
    return {
      ...part,
      attributes: attributes as Attributes & Record<string, string>,
      children: part.children.map(own),
    };
  };
  const kept = drawing.children.filter(
    (part): part is SvgNode => typeof part !== 'string' && part.name !== 'title' && part.name !== 'desc',
  );
  return kept.map((part) => own(part) as SvgNode);
}
