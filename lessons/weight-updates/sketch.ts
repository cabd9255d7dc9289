import type { Figures, Values } from '@weightkit/lesson';
import type { Params } from './experiment.ts';
import { byHand, figures } from './figure.ts';
import { MAP } from './surfaces.ts';

const paramsOf = (values: Values): Params => values as unknown as Params;

/** The walks by hand from where the reader clicks, before TensorFlow.js takes the same. */
export const sketch = (values: Values): Figures => figures(byHand(paramsOf(values)), paramsOf(values));

/** The start that a click on the map asks for: the frame of the contours is the map. */
export function pick(svg: string, x: number, y: number, values: Values): Values | undefined {
  const plot = /<g [^>]*transform="translate\(0,([\d.]+)\)"/.exec(svg);
  const frame = /<rect ([^>]*)\/><g data-mark="contours"/.exec(svg);
  if (!plot || !frame) return undefined;
  const size = (name: string) => Number(new RegExp(`(?:^| )${name}="([-\\d.]+)"`).exec(frame[1]!)?.[1]);
  const across = (x - size('x')) / size('width');
  const down = (y - Number(plot[1]) - size('y')) / size('height');
  if (!(across >= 0 && across <= 1 && down >= 0 && down <= 1)) return undefined;
  const at = ([from, to]: readonly [number, number], share: number) => Number((from + share * (to - from)).toFixed(2));
  return { ...values, x: at(MAP.x, across), y: at(MAP.y, 1 - down) };
}
