import * as tensorboard from '@weightkit/weight-metrics/tensorboard';
import { testRefusals } from '../../src/refusals.ts';

const NATURAL = ['0', '1', '2'];
const TIMES = [...NATURAL, '0.5', '2^53', '1e300'];
const event = { tag: 'loss', step: 1, wallTime: 1, scalar: 0.5 };
const history = () => ({ weights: {}, records: [] });

testRefusals('@weightkit/weight-metrics/tensorboard', tensorboard, [
  {
    name: 'eventRecord',
    call: tensorboard.eventRecord,
    args: () => [{ ...event }],
    takes: {
      event: [],
      'event.tag': ["'5'", "'nonsense'"],
      'event.step': NATURAL,
      'event.wallTime?': TIMES,
      'event.scalar': [...TIMES, '-1', '-0.5', 'NaN', 'Infinity', '-Infinity'],
    },
  },
  {
    name: 'eventRecord',
    call: (histogram: tensorboard.EventHistogram) => tensorboard.eventRecord({ tag: 'w', step: 1, histogram }),
    args: () => [{ edges: [0, 1, 2], counts: [1, 2] }],
    takes: {
      histogram: [],
      'histogram.edges': [],
      'histogram.counts': ['Float32Array', 'Float64Array', 'Int32Array', 'Uint8Array', 'Uint32Array'],
      'histogram.below?': NATURAL,
      'histogram.above?': NATURAL,
    },
  },
  {
    name: 'eventFile',
    call: tensorboard.eventFile,
    args: () => [[event], {}],
    takes: { events: ['[]', 'Map'], 'options?': [], 'options.wallTime?': TIMES },
  },
  {
    name: 'eventFileName',
    call: tensorboard.eventFileName,
    args: () => [{}],
    takes: { 'options?': [], 'options.wallTime?': TIMES },
  },
  {
    name: 'historyEvents',
    call: tensorboard.historyEvents,
    args: () => [history(), {}],
    takes: {
      history: [],
      'history.records': ['[]'],
      'history.weights': ['{}', '{ nonsense }', '{ length }', 'no prototype', 'cyclic'],
      'options?': [],
      'options.wallTime?': ['function', 'async function', 'class'],
    },
  },
]);
