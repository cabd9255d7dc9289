import { guessWidth } from '../src/marks/text.ts';

/** A shape of a drawing: what it is, and the rectangle it takes in pixels of the whole drawing. */
export interface Box {
  name: string;
  /** The nearest `data-mark` around it. */
  mark: string;
  text: string;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

type Place = [x: number, y: number];

interface Context {
  mark: string;
  anchor: string;
  font: number;
  /** Where a place is in the whole drawing. */
  map: (place: Place) => Place;
  hidden: boolean;
}

const HIDDEN = new Set(['clipPath', 'defs', 'title', 'desc']);
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** The boxes of everything in a drawing that no clip path cuts; texts are as wide as the layout guesses them. */
export function boxesOf(svg: string): Box[] {
  const boxes: Box[] = [];
  const stack: Context[] = [{ mark: '', anchor: 'start', font: 12, map: (place) => place, hidden: false }];
  for (const [, close, name, raw, empty, content] of svg.matchAll(/<(\/?)([A-Za-z]+)([^>]*?)(\/?)>([^<]*)/g)) {
    if (close) {
      stack.pop();
      continue;
    }
    const attributes = Object.fromEntries(
      [...raw!.matchAll(/ ([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value!]),
    );
    const outer = stack.at(-1)!;
    const here: Context = {
      mark: attributes['data-mark'] ?? outer.mark,
      anchor: attributes['text-anchor'] ?? outer.anchor,
      font: Number(attributes['font-size'] ?? outer.font),
      map: mapOf(attributes.transform ?? '', outer.map),
      hidden: outer.hidden || HIDDEN.has(name!) || 'clip-path' in attributes,
    };
    if (!here.hidden) {
      const text = content!.replace(/&(#?\w+);/g, (_, entity: string) => entities[entity]!);
      const box = boxOf(name!, attributes, text, here);
      if (box) boxes.push({ name: name!, mark: here.mark, text, ...shift(box, here) });
    }
    if (!empty) stack.push(here);
  }
  return boxes;
}

type Edges = [left: number, top: number, right: number, bottom: number];

/** Moves, scales and turns by right angles, the last step of a transform first. */
function mapOf(transform: string, outer: Context['map']): Context['map'] {
  const steps = [...transform.matchAll(/(translate|scale|rotate)\(([^)]*)\)/g)].map(([, kind, list]) => {
    const [a, b = a] = list!.split(',').map(Number) as [number, number?];
    if (kind === 'rotate' && a !== -90) throw new Error(`boxesOf: rotate must be -90, got ${a}`);
    if (kind === 'rotate') return ([x, y]: Place): Place => [y, -x];
    return ([x, y]: Place): Place => (kind === 'scale' ? [x * a, y * b] : [x + a, y + b]);
  });
  return (place) => outer(steps.reduceRight((at, step) => step(at), place));
}

function shift([left, top, right, bottom]: Edges, { map }: Context) {
  const corners = [map([left, top]), map([right, bottom])];
  const [x, y] = [0, 1].map((k) => corners.map((corner) => corner[k]!).sort((a, b) => a - b));
  return { left: x![0]!, right: x![1]!, top: y![0]!, bottom: y![1]! };
}

function boxOf(
  name: string,
  attributes: Record<string, string>,
  text: string,
  { anchor, font }: Context,
): Edges | undefined {
  const number = (key: string) => Number(attributes[key] ?? 0);
  if (name === 'text') {
    if (text === '') return undefined;
    const width = guessWidth(text, font * (attributes['font-weight'] ? 1.1 : 1));
    const left = number('x') - width * (anchor === 'middle' ? 0.5 : anchor === 'end' ? 1 : 0);
    return [left, number('y') - 0.75 * font, left + width, number('y') + 0.1 * font];
  }
  if (name === 'rect') return [number('x'), number('y'), number('x') + number('width'), number('y') + number('height')];
  if (name === 'circle') {
    const [x, y, r] = [number('cx'), number('cy'), number('r')];
    return [x - r, y - r, x + r, y + r];
  }
  if (name === 'line') {
    const [x, y] = [
      [number('x1'), number('x2')],
      [number('y1'), number('y2')],
    ];
    return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
  }
  return name === 'path' ? pathBox(attributes.d ?? '') : undefined;
}

/** The box of the corners of a path; curves lie between theirs. */
function pathBox(d: string): Edges | undefined {
  const box: Edges = [Infinity, Infinity, -Infinity, -Infinity];
  let [x, y] = [0, 0];
  const to = (nextX: number, nextY: number) => {
    [x, y] = [nextX, nextY];
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  };
  for (const [, command, list] of d.matchAll(/([A-Za-z])([^A-Za-z]*)/g)) {
    const n = (list!.match(/-?[\d.]+/g) ?? []).map(Number);
    if (command === 'M' || command === 'L') for (let i = 0; i < n.length; i += 2) to(n[i]!, n[i + 1]!);
    if (command === 'l') for (let i = 0; i < n.length; i += 2) to(x + n[i]!, y + n[i + 1]!);
    if (command === 'H') to(n[0]!, y);
    if (command === 'h') to(x + n[0]!, y);
    if (command === 'V') to(x, n[0]!);
    if (command === 'v') to(x, y + n[0]!);
    if (command === 'c') to(x + n[4]!, y + n[5]!);
    if (command === 'a') for (let i = 0; i < n.length; i += 7) to(x + n[i + 5]!, y + n[i + 6]!);
  }
  return box[0] > box[2] ? undefined : box;
}

/** What of a drawing stands outside of it, in words. */
export function outsideOf(svg: string): string[] {
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!.map(Number) as [number, number, number];
  return boxesOf(svg)
    .filter(({ left, right, top, bottom }) => left < -0.5 || top < -0.5 || right > width + 0.5 || bottom > height + 0.5)
    .map(({ name, mark, text, left, right, top, bottom }) => {
      const at = [left, top, right, bottom].map((edge) => Math.round(edge)).join(' ');
      return `${name} ${mark} "${text}" at ${at} of ${width} x ${height}`;
    });
}

/** Texts that lie over each other, in words. */
export function overlapsOf(svg: string, among: (box: Box) => boolean = () => true): string[] {
  const texts = boxesOf(svg).filter((box) => box.name === 'text' && box.text !== '' && among(box));
  return texts.flatMap((a, i) =>
    texts
      .slice(i + 1)
      .filter(
        (b) => a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5,
      )
      .map((b) => `"${a.text}" (${a.mark}) and "${b.text}" (${b.mark})`),
  );
}
