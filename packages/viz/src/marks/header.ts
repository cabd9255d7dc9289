import { ink } from './colors.ts';
import { type OddKind, oddPaint, oddPath } from './odd-shape.ts';
import { dot, group, rect, rule } from './shapes.ts';
import { guessWidth, shorten, wrap } from './text.ts';
import { node, round, type SvgNode } from './tree.ts';

/** What the colors mean: a list of names, or a scale from few to many. */
export type Legend =
  | { readonly kind: 'names'; readonly entries: readonly LegendEntry[] }
  | {
      readonly kind: 'ramp';
      readonly colors: readonly string[];
      readonly from: string;
      readonly to: string;
      /** How thick each color is, in pixels up to 12, where lines as thick are drawn: a wedge. @defaultValue 12 each, a bar */
      readonly thickness?: readonly number[];
      /** Below the scale. */
      readonly entries?: readonly LegendEntry[];
    };

/** A name with the look of its mark. */
export interface LegendEntry {
  readonly name: string;
  readonly color: string;
  readonly mark: 'line' | 'square' | 'dot' | 'none' | OddKind;
  /** In place of the mark: the text of a path around (0, 0). */
  readonly symbol?: string | undefined;
  readonly dash?: string | undefined;
}

/** What a legend says in words. */
export const saidEntries = (texts: readonly string[]): LegendEntry[] =>
  texts.map((name) => ({ name, mark: 'none', color: ink.text }));

const PAD = 16;
const TITLE = 16;
const LABEL = 12;

/** Lays out title and legend, one below the other, from guessed text widths. */
export function layoutHeader(title: string, legend: Legend | undefined, width: number) {
  const inside = width - 2 * PAD;
  const lines = wrap(title, inside, TITLE * 1.1);
  const titles = lines.map((line, i) =>
    node('text', { x: PAD, y: 26 + 21 * i, 'font-size': TITLE, 'font-weight': 600, fill: ink.title }, line),
  );
  const top = 14 + 21 * lines.length + (lines.length > 0 ? 3 : 0);
  if (legend === undefined) return { nodes: titles, height: top };
  const { nodes, rows } = legend.kind === 'names' ? names(legend.entries, inside, top) : rampOf(legend, inside, top);
  return { nodes: [...titles, ...nodes], height: top + 20 * rows + 2 };
}

function names(entries: readonly LegendEntry[], inside: number, top: number) {
  const nodes: SvgNode[] = [];
  let x = 0;
  let row = 0;
  // What is said in words is told whole, in as many lines as it takes; names in two lines or, where that is not enough, cut.
  const lines = entries.flatMap((entry) => {
    const indent = entry.mark === 'line' ? 28 : entry.mark === 'none' ? 0 : 18;
    const parts = wrap(entry.name, inside - indent, LABEL);
    const whole = entry.mark === 'none' || (parts.length === 2 && parts.join(' ') === entry.name);
    const texts = whole ? parts : [entry.name];
    return texts.map((name, i) => ({ ...entry, name, indent, isMore: i > 0 }));
  });
  for (const { indent, isMore, ...entry } of lines) {
    const name = shorten(entry.name, inside - indent, LABEL);
    const room = indent + guessWidth(name, LABEL);
    if (x > 0 && (isMore || x + room > inside)) {
      x = 0;
      row++;
    }
    const y = top + 20 * row + 10;
    if (!isMore) nodes.push(swatch(entry, PAD + x, y));
    nodes.push(node('text', { x: PAD + x + indent, y: y + 4 }, name));
    x += room + 18;
  }
  return { nodes, rows: row + 1 };
}

function swatch({ mark, color, dash, symbol }: LegendEntry, x: number, y: number): SvgNode {
  if (symbol !== undefined)
    return node('path', { d: symbol, fill: color, transform: `translate(${round(x + 6)},${round(y)})` });
  if (mark === 'square') return rect([x, y - 6], [x + 12, y + 6], { fill: color });
  if (mark === 'dot') return dot([x + 6, y], 5, { fill: color });
  if (mark === 'none') return node('g');
  if (mark !== 'line') return node('path', { d: oddPath(mark, x + 6, y), ...oddPaint(mark, color) });
  return rule([x, y], [x + 22, y], { stroke: color, 'stroke-width': 2.25, 'stroke-dasharray': dash });
}

function rampOf(ramp: Extract<Legend, { kind: 'ramp' }>, inside: number, top: number) {
  const { colors, thickness, entries = [] } = ramp;
  const cut = (share: number) => [ramp.from, ramp.to].map((name) => shorten(name, inside * share, LABEL)) as Ends;
  const beside = cut(1 / 3);
  const taken = beside.reduce((sum, name) => sum + guessWidth(name, LABEL), 24);
  // Where the names of its ends leave no room for the scale, they stand below it.
  const isCut = beside[0] !== ramp.from || beside[1] !== ramp.to;
  const below = inside - taken < NARROWEST || (isCut && inside < NARROW);
  const [from, to] = below ? cut(0.48) : beside;
  const length = below ? inside : Math.min(180, inside - taken);
  const start = below ? PAD : PAD + guessWidth(from, LABEL) + 8;
  // Edges are rounded before widths are taken from them, so that neighbors meet.
  const edge = (i: number) => round(start + (i * length) / colors.length);
  const middle = top + 10;
  const steps = colors.map((fill, i) => {
    const half = (thickness?.[i] ?? 12) / 2;
    return rect([edge(i), middle - half], [edge(i + 1), middle + half], { fill });
  });
  const outline = rect([start, top + 4], [start + length, top + 16], { fill: 'none', stroke: ink.axis });
  const look = thickness === undefined ? { 'shape-rendering': 'crispEdges' } : {};
  const bars = [group('ramp', look, ...steps), ...(thickness === undefined ? [outline] : [])];
  const y = top + (below ? 34 : 14);
  const [at, out] = below
    ? [
        [start, start + length],
        ['start', 'end'],
      ]
    : [[start - 8, start + length + 8], ['end']];
  const ends = [from, to].map((name, i) => node('text', { x: at[i]!, y, 'text-anchor': out[i] }, name));
  const rows = below ? 2 : 1;
  const more = entries.length === 0 ? { nodes: [], rows: 0 } : names(entries, inside, top + 20 * rows);
  return { nodes: [...bars, ...ends, ...more.nodes], rows: rows + more.rows };
}

type Ends = [from: string, to: string];

/** A drawing narrower than this cuts none of these names for a wider scale. */
const NARROW = 240;
/** A scale narrower than this shows no colors to tell apart. */
const NARROWEST = 48;
