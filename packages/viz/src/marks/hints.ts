import type { CellTexts } from '../page/attach.ts';
import { formatNumber } from './format.ts';
import { spread } from './many.ts';
import { node, type SvgNode } from './tree.ts';
import { isDrawn, oddName, type Value } from './values.ts';

/** What a page shows of a place: coordinates in the drawing, and a text. */
export type Hint = readonly [x: number, y: number, text: string];

/** The most places of one mark that have a text: more are closer than a pointer tells apart. */
export const MOST_HINTS = 400;
/** The most texts of a drawing but for those of cells. */
const MOST_ALL = 2500;

const HINT = 'hint';

/** A text at a place of a drawing. It is no mark: SVG text has it only for pages that read it out. */
export const hint = (x: number, y: number, text: string): SvgNode => node(HINT, { x, y }, text);

/** Whether a node is a text at a place, which is never written as an element. */
export const isHint = ({ name }: SvgNode): boolean => name === HINT;

/** Texts for the places of a list, evenly chosen where there are many; those that have none are left out. */
export const hints = <T>(items: ArrayLike<T>, of: (item: T, i: number) => Hint | undefined): SvgNode[] =>
  spread(items.length, MOST_HINTS).flatMap((i) => {
    const found = of(items[i]!, i);
    return found === undefined || !Number.isFinite(found[0] + found[1]) ? [] : [hint(...found)];
  });

/** The texts of the cells of a grid: a page finds the one under a pointer by its coordinates. */
export const cellHints = (
  cells: readonly (readonly (Value | readonly Value[])[])[],
  where: Omit<CellTexts, 'values'>,
): SvgNode => ({
  ...node(HINT),
  cells: () => ({ ...where, values: cells.map((row) => row.map(saidAll).join(';')).join(';') }),
});

const saidAll = (cell: Value | readonly Value[]) =>
  Array.isArray(cell) ? cell.map(said).join(' ') : said(cell as Value);

/** The edges of `count` cells of one size. */
export const cellEdges = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count + 1 }, (_, i) => from + (i * (to - from)) / count);

/** A value in words. */
export const said = (value: Value): string => (isDrawn(value) ? formatNumber(value) : oddName(value));

/**
 * All texts of a drawing with their places in it, those of disks and rectangles with a title too, of very many an even choice; and what
 * its grids say.
 */
export function hintsOf(root: SvgNode): (Hint | CellTexts)[] {
  const [all, grids]: [Hint[], CellTexts[]] = [[], []];
  collect(root, [1, 0, 0], all, grids);
  return [...spread(all.length, MOST_ALL).map((i) => all[i]!), ...grids];
}

function collect(
  { attributes, children }: SvgNode,
  outer: readonly [number, number, number],
  all: Hint[],
  grids: CellTexts[],
): void {
  let [scale, dx, dy] = outer;
  for (const [, kind, list] of (attributes.transform ?? '').matchAll(/(translate|scale)\(([^)]*)\)/g)) {
    const [a = 0, b = 0] = list!.split(',').map(Number);
    if (kind === 'scale') scale *= a;
    else [dx, dy] = [dx + scale * a, dy + scale * b];
  }
  for (const child of children) {
    if (typeof child === 'string') continue;
    const put = (x: number, y: number, text: string) =>
      all.push([Math.round(dx + scale * x), Math.round(dy + scale * y), text]);
    const numbers = (...names: string[]) => names.map((name) => Number(child.attributes[name] ?? 0));
    const title = child.children.find((inner): inner is SvgNode => (inner as SvgNode).name === 'title');
    if (child.cells !== undefined) {
      const { x, y, ...told } = child.cells();
      const edges = (all: readonly number[], from: number) =>
        all.map((at) => Math.round(10 * (from + scale * at)) / 10);
      grids.push({ x: edges(x, dx), y: edges(y, dy), ...told });
    } else if (isHint(child)) put(...(numbers('x', 'y') as [number, number]), child.children.join(''));
    else if (title !== undefined && child.name === 'circle')
      put(...(numbers('cx', 'cy') as [number, number]), title.children.join(''));
    else if (title !== undefined && child.name === 'rect') {
      const [x = 0, y = 0, width = 0, height = 0] = numbers('x', 'y', 'width', 'height');
      put(x + width / 2, y + height / 2, title.children.join(''));
    } else collect(child, [scale, dx, dy], all, grids);
  }
}
