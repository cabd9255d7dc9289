// How a chart is built; `charts/line-chart.ts` is one to read beside this.
//
// 1. Read and check. `chart(data, options)` checks the options (options.ts), then copies the data into arrays of its own
//    (values.ts), so that later changes of the caller's do not show. What cannot be drawn stays what it is; it is counted and named.
//    Of too many things some are chosen or merged (many.ts), and the figure says so.
// 2. Say it. The text alternative and the table come from what was read, never from the drawing.
// 3. Hand over a `FigureSpec`: `makeFigure` lays out title and legend (header.ts) and asks for the marks whenever it needs them,
//    each time for another width.
// 4. Lay out. `plot(size)` makes axes of domains (domain.ts, axis.ts): an axis turns values into places from 0 to 1 and knows no
//    pixels. `frameIn(size, margins)` is the rectangle the values are drawn in; `xAt` and `yAt` turn places into pixels (frame.ts).
//    Room for text is guessed (text.ts), nothing is measured. Several frames in one plot make small multiples.
// 5. Draw. Marks are plain data, made by functions that return `SvgNode`s: axes and grids (axes.ts), lines, areas, rectangles, dots,
//    texts and groups with a name (shapes.ts), cells (heat-cells.ts), what has no value (odd-marks.ts). The last lies on top. Lines
//    of many corners go through `thin` and `clip` first (polyline.ts). Colors come from colors.ts alone; numbers are rounded by
//    `round` of tree.ts, once.
//
// Then: a figure of it in test/figures.ts, an arbitrary in test/any-data.ts, a row in tooling/testing/contracts/plain/viz.test.ts,
// a limit in e2e/sizes.json, and the chart in the README and in the guide.
import { checkNumber, checkOptions, checkType } from '@weightkit/numerics/check';
import { attach } from '../page/attach.ts';
import { rasterize } from '../platform/node.ts';
import type { PngOptions } from '../platform/png-options.ts';
import { ink } from './colors.ts';
import { type FigureJson, figureJson } from './figure-json.ts';
import type { Size } from './frame.ts';
import { type Legend, layoutHeader } from './header.ts';
import { hintsOf } from './hints.ts';
import { checkSize, type FigureOptions } from './options.ts';
import { serialize } from './serialize.ts';
import { FONT } from './shapes.ts';
import { type Table, tableHtml } from './table.ts';
import { escapeText } from './text.ts';
import { themed } from './theme.ts';
import { node, type SvgNode } from './tree.ts';

/** How a figure is laid out and named. */
export interface DrawingOptions {
  /** Width in pixels, in [120, 4000]: the figure is laid out anew, its text keeps its size. @defaultValue the figure's */
  width?: number;
  /** What the ids in the SVG start with, a letter first. @defaultValue `wk-` and a hash of the drawing */
  idPrefix?: string;
}

/** How a figure is written as SVG. */
export interface SvgOptions extends DrawingOptions {
  /**
   * Whether colors are CSS variables, as in `html()` and `element()`: for SVG that stands in the text of a page, which then decides
   * about light and dark. @defaultValue false
   */
  variables?: boolean;
}

/** A drawn chart with its text alternative and its numbers. */
export interface Figure {
  /** What stands above the drawing. */
  readonly title: string;
  /** The text alternative. */
  readonly description: string;
  /** The numbers drawn. */
  readonly table: Table;
  /** The drawing as SVG text: the same bytes in Node and in every browser. */
  svg(options?: SvgOptions): string;
  /** The drawing, its text alternative and its numbers as one HTML `<figure>`; its colors are variables that a page can set. */
  html(options?: DrawingOptions): string;
  /** The drawing as PNG: by resvg in Node, by a canvas in a browser. The bytes depend on the machine. */
  png(options?: PngOptions): Promise<Uint8Array>;
  /**
   * The drawing as an element of the page, its colors variables, its values shown by pointer and arrow keys (`interactive`); needs a
   * document, so browsers only unless one was given.
   */
  element(): Element;
  /** The figure as plain data for programs, which `JSON.stringify(figure)` writes. */
  toJSON(): FigureJson;
}

/** What a chart hands over to become a figure; its data must be its own copies. */
export interface FigureSpec {
  /** The function that makes it. */
  chart: string;
  title: string;
  description: string;
  /** Made when first asked for: of many numbers it takes longer than the drawing. */
  table: () => Table;
  options: FigureOptions;
  legend?: Legend | undefined;
  /** Height of the plot, below title and legend, when the caller names no height. */
  plotHeight: (width: number, headerHeight: number) => number;
  /** The plot is never lower than this, whatever height was asked for. @defaultValue 80 */
  leastHeight?: (width: number) => number;
  /** The marks, in a plot of this size whose corner is (0, 0), the last on top. */
  plot: (size: Size) => SvgNode[];
}

// By its `svg`, which a copy with another table or description has as well.
const drawings = new WeakMap<object, (width: number) => SvgNode>();

/** The drawing of a figure at a width, for a figure of figures; undefined for what no chart here made. */
export const drawingOf = (figure: unknown): ((width: number) => SvgNode) | undefined =>
  drawings.get((figure as Figure | undefined)?.svg as object);

/** Makes the figure of a chart. */
export function makeFigure(spec: FigureSpec): Figure {
  const { title } = spec;
  let made: Table | undefined;
  const table = () => {
    made ??= spec.table();
    return made;
  };
  const description = spec.options.description ?? spec.description;
  const { document } = spec.options;
  const svg = ({ width = spec.options.width ?? 640, idPrefix, variables = false }: SvgOptions = {}) => {
    const drawing = compose(spec, description, width);
    return serialize(variables ? forPage(drawing) : drawing, idPrefix ?? `wk-${hash(serialize(drawing, 'wk'))}`);
  };
  const figure: Figure = {
    title,
    description,
    get table() {
      return table();
    },
    svg: (options) => svg(checkSvgOptions('svg', options, ['variables'])),
    html: (options) =>
      figureHtml([svg({ ...checkSvgOptions('html', options), variables: true })], description, table()),
    png: async (options) => {
      const checked = checkPngOptions(options);
      return rasterize(svg(), spec.options.width ?? 640, checked);
    },
    element: () => toElement(svg({ variables: true }), document ?? globalThis.document),
    // Of `this`: a copy may have another table.
    toJSON() {
      return figureJson(spec.chart, this);
    },
  };
  drawings.set(figure.svg, (width) => compose(spec, description, width));
  return figure;
}

/** A drawing whose colors a page sets, with the texts of its places, which `interactive` shows. */
function forPage(drawing: SvgNode): SvgNode {
  const told = hintsOf(drawing);
  const { name, attributes, children } = themed(drawing);
  const metadata = told.length === 0 ? [] : [node('metadata', {}, JSON.stringify(told))];
  return { name, attributes, children: [...children, ...metadata] };
}

/** One or more drawings of a figure with the caption and the table that go with them. */
export function figureHtml(drawings: readonly string[], description: string, table: Table): string {
  return `<figure>
${drawings.join('\n')}
<figcaption>${escapeText(description)}</figcaption>
<details><summary>Data</summary>
<div class="scroll" role="region" aria-label="Data" tabindex="0" style="overflow-x:auto">
${tableHtml(table)}
</div></details>
</figure>`;
}

const FAMILY = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

/** A plot is this high, if it would be without them, where title and legend take much: then the figure is higher. */
const USUAL_HEIGHT = 180;
/** And never lower than this. */
const LEAST_HEIGHT = 80;

function compose(spec: FigureSpec, description: string, width: number): SvgNode {
  const header = layoutHeader(spec.title, spec.legend, width);
  const asked = spec.options.height;
  const least = asked === undefined ? Math.min(USUAL_HEIGHT, spec.plotHeight(width, 0)) : LEAST_HEIGHT;
  const plotHeight = asked === undefined ? spec.plotHeight(width, header.height) : asked - header.height;
  const size = { width, height: Math.max(spec.leastHeight?.(width) ?? LEAST_HEIGHT, least, plotHeight) };
  const height = header.height + size.height;
  return node(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-labelledby': 'title desc',
      fill: ink.text,
      'font-family': FAMILY,
      'font-size': FONT,
      style: 'max-width:100%;height:auto',
    },
    node('title', { id: 'title' }, spec.title),
    node('desc', { id: 'desc' }, description),
    node('rect', { width, height, fill: ink.ground }),
    ...header.nodes,
    node('g', { transform: `translate(0,${header.height})`, 'text-anchor': 'middle' }, ...spec.plot(size)),
  );
}

function checkSvgOptions(fn: string, options: SvgOptions | undefined, more: readonly string[] = []): SvgOptions {
  checkOptions(fn, options, ['width', 'idPrefix', ...more]);
  const { variables } = options ?? {};
  checkType(variables === undefined || typeof variables === 'boolean', `${fn}: variables must be a boolean`, variables);
  if (options?.width !== undefined) checkSize(fn, 'width', options.width, 120, 4000);
  if (options?.idPrefix !== undefined) {
    const ok = typeof options.idPrefix === 'string' && /^[A-Za-z][\w.-]*$/.test(options.idPrefix);
    checkType(ok, `${fn}: idPrefix must be a letter and then letters, digits, '.', '-' or '_'`, options.idPrefix);
  }
  return options ?? {};
}

function checkPngOptions(options: PngOptions | undefined): Required<PngOptions> {
  checkOptions('png', options, ['scale', 'fontFiles']);
  const { scale = 2, fontFiles = [] } = options ?? {};
  checkNumber('png: scale must be in (0, 8]', scale, (x) => x > 0 && x <= 8);
  const paths = Array.isArray(fontFiles) && Array.from(fontFiles).every((path) => typeof path === 'string');
  checkType(paths, 'png: fontFiles must be an array of paths', fontFiles);
  return { scale, fontFiles };
}

function toElement(text: string, document: Document | undefined): Element {
  checkType(document !== undefined, 'element: a document must be given outside a browser; svg() needs none', document);
  const holder = document.createElement('div');
  holder.innerHTML = text;
  const svg = holder.firstElementChild!;
  attach(svg);
  return svg;
}

/** FNV-1a, 32 bits, as eight hexadecimal digits. */
function hash(text: string): string {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return (state >>> 0).toString(16).padStart(8, '0');
}
