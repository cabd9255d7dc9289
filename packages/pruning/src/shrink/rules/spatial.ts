import type { Rule } from '../links.ts';
import { channelAxis } from './window.ts';

/** What a layer of windows or borders makes of each channel by itself. */
const byChannel =
  (through: (value: number) => number, isGlobal = false): Rule =>
  (call, links) => {
    const shape = call.inputShapes[0]!;
    const axis = channelAxis(call.layer, shape.length);
    const flow = links.along(call, call.inputs[0]!, shape, axis);
    return [{ ...flow, axis: isGlobal ? 1 : axis, values: flow.values.map(through) }];
  };

/** Pooling, cropping and upsampling: a constant stays one, at borders too, for pooling does not count padding. */
export const spatial = byChannel((value) => value);
/** Global pooling: only the channels stay. */
export const globalPooling = byChannel((value) => value, true);
/** ZeroPadding2D: a constant other than 0 gets a border. */
export const zeroPadding = byChannel((value) => (value === 0 ? 0 : Number.NaN));
