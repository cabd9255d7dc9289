import type { Size } from '../marks/frame.ts';
import { FONT, type Point } from '../marks/shapes.ts';
import { guessWidth } from '../marks/text.ts';
import type { Layer, Network } from './network.ts';

/** Where the parts of a network stand, in pixels. */
export interface NetworkLayout {
  /** The middles of the units by layer. */
  readonly places: readonly (readonly Point[])[];
  /** Where the text of folded units stands, by layer; undefined where none is folded. */
  readonly folds: readonly (Point | undefined)[];
  /** The x coordinate of each layer. */
  readonly columns: readonly number[];
  /** Where the mark of folded layers stands; undefined where none is. */
  readonly gap: number | undefined;
  readonly radius: number;
  /** Pixels from column to column. */
  readonly step: number;
  /** Whether there is room for a line of text below each unit. */
  readonly notes: boolean;
  /** Room for names at the left of the first layer and at the right of the last. */
  readonly left: number;
  readonly right: number;
}

const TOP = 44;
const BOTTOM = 12;
const PAD = 16;
const MOST_RADIUS = 20;
const NOTE_ROOM = 15;
const HEAD_ROOM = 20;

/** Rows of a layer: a fold is as high as a unit. */
const rowsOf = ({ units, count }: Layer) => units.length + (count > units.length ? 1 : 0);
const mostRows = ({ layers }: Network) => Math.max(...layers.map(rowsOf));
const isNoted = ({ layers }: Network) =>
  layers.slice(1, -1).some(({ units }) => units.some(({ name, bias }) => name !== '' || bias !== undefined));

/** The height that a network is drawn in where none is asked for. */
export function networkHeight(network: Network): number {
  const rows = mostRows(network);
  const pitch = rows <= 5 ? 62 : rows <= 9 ? 46 : isNoted(network) ? 36 : 26;
  return TOP + BOTTOM + Math.max(2, rows) * pitch;
}

/** Lays out a network: a column for each layer, its units evenly spread and in its middle. */
export function layoutNetwork(network: Network, { width, height }: Size): NetworkLayout {
  const { layers, before } = network;
  const pitch = (height - TOP - BOTTOM) / mostRows(network);
  const most = width * 0.26;
  // What stands above and among the units is wider than they are.
  const heads = Math.min(HEAD_ROOM, width * 0.04);
  const left = Math.max(heads, Math.min(most, widest(layers[0]!)));
  const right = Math.max(heads, Math.min(most, widest(layers.at(-1)!)));
  const slots = layers.length + (before < layers.length ? 1 : 0);
  const room = width - 2 * PAD - left - right;
  const noted = isNoted(network);
  const notes = noted && pitch >= 28;
  const radius = Math.max(
    1.5,
    Math.min(MOST_RADIUS, (pitch - (notes ? NOTE_ROOM : 0) - 4) / 2, room / (slots * 2.8), pitch * 0.42),
  );
  const step = (room - 2 * radius) / (slots - 1);
  const slotX = (slot: number) => PAD + left + radius + slot * step;
  const columns = layers.map((_, i) => slotX(i < before ? i : i + 1));
  const middle = TOP + (height - TOP - BOTTOM) / 2 - (notes ? NOTE_ROOM / 2 : 0);
  const rowY = (rows: number, row: number) => middle + (row - (rows - 1) / 2) * pitch;
  const places = layers.map((layer, i) =>
    layer.units.map((_, k): Point => {
      const folded = layer.count > layer.units.length && k >= layer.above;
      return [columns[i]!, rowY(rowsOf(layer), folded ? k + 1 : k)];
    }),
  );
  const folds = layers.map((layer, i): Point | undefined =>
    layer.count > layer.units.length ? [columns[i]!, rowY(rowsOf(layer), layer.above)] : undefined,
  );
  const gap = before < layers.length ? slotX(before) : undefined;
  return { places, folds, columns, gap, radius, step, notes, left, right };
}

/** Room for the widest text beside the units of an outer layer. */
function widest({ units }: Layer): number {
  const texts = units.flatMap(({ name, bias }) => [name, bias === undefined ? '' : 'b −0.000']);
  const most = Math.max(...texts.map((text) => guessWidth(text, FONT)));
  return most === 0 ? 0 : most + 8;
}
