import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../src/tensorboard/crc32c.ts';
import type { TensorboardEvent } from '../../src/tensorboard/event.ts';
import { eventFile, eventFileName, eventRecord } from '../../src/tensorboard/event-file.ts';
import golden from '../golden/events.json' with { type: 'json' };
import { eventsIn } from './read-events.ts';

const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

const EVENTS = golden.events.map(({ image, scalar, ...event }) => ({
  ...event,
  ...(scalar !== undefined && { scalar: Number(scalar) }),
  ...(image !== undefined && { image: fromBase64(image) }),
})) as TensorboardEvent[];

const histogram = (given: object): TensorboardEvent => ({
  tag: 'h',
  step: 0,
  histogram: { edges: [0, 1, 2], counts: [1, 3], ...given },
});

describe('eventFile', () => {
  it('is byte for byte what the writer of TensorBoard makes of the same events', () => {
    expect(eventFile(EVENTS, { wallTime: 1_700_000_000 })).toEqual(fromBase64(golden.file));
  });

  it('eventRecord appended to a file is what the file with that event is', () => {
    const begun = eventFile(EVENTS.slice(0, 4), { wallTime: 1_700_000_000 });
    const rest = EVENTS.slice(4).flatMap((event) => [...eventRecord(event)]);
    expect(Uint8Array.from([...begun, ...rest])).toEqual(fromBase64(golden.file));
  });

  it('takes the time from the clock where none is given', () => {
    const before = Date.now() / 1000;
    const [begun, event] = eventsIn(eventFile([{ tag: 'a', step: 3, scalar: 1 }]));
    for (const { wallTime } of [begun!, event!]) {
      expect(wallTime).toBeGreaterThanOrEqual(before);
      expect(wallTime).toBeLessThanOrEqual(Date.now() / 1000);
    }
  });

  it('writes any step, number and text so that it comes back', () => {
    const any = fc.record({
      tag: fc.string({ minLength: 1, unit: 'grapheme' }),
      step: fc.maxSafeNat(),
      wallTime: fc.double({ min: 0, max: 1e11, noNaN: true }),
      scalar: fc.float(),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 5 }), (events) => {
        const [, ...read] = eventsIn(eventFile(events, { wallTime: 0 }));
        // What is zero is left out, and so is its sign, but of a number in a oneof.
        expect(read).toEqual(events.map((event) => ({ ...event, wallTime: event.wallTime + 0 })));
      }),
    );
  });

  it('estimates from the bins what a histogram does not say', () => {
    const given = { min: 0, max: 2, sum: 0.5 + 3 * 1.5, sumSquares: 0.25 + 3 * 2.25 };
    const at = { wallTime: 1 };
    expect(eventFile([{ ...histogram({}), ...at }], at)).toEqual(eventFile([{ ...histogram(given), ...at }], at));
  });

  it('refuses what is no event, by name', () => {
    const bad: [unknown, string][] = [
      [null, 'event must be a plain object, got null'],
      [{ tag: 'a', step: 0 }, 'event must have one of scalar, histogram, image, text, got []'],
      [
        { tag: 'a', step: 0, scalar: 1, text: 'b' },
        'event must have one of scalar, histogram, image, text, got ["scalar", "text"]',
      ],
      [{ tag: '', step: 0, scalar: 1 }, 'tag must be a string that is not empty'],
      [{ tag: 'a', step: -1, scalar: 1 }, 'step must be a whole number from 0, got -1'],
      [{ tag: 'a', step: 0.5, scalar: 1 }, 'step must be a whole number from 0, got 0.5'],
      [{ tag: 'a', step: 0, scalar: '1' }, 'scalar must be a number, got "1"'],
      [{ tag: 'a', step: 0, scalar: 1, wallTime: Number.NaN }, 'wallTime must be seconds since 1970, got NaN'],
      [
        { tag: 'a', step: 0, scalar: 1, time: 2 },
        'event must be among tag, step, wallTime, scalar, histogram, image, text, got "time"',
      ],
      [{ tag: 'a', step: 0, image: Uint8Array.of(1, 2) }, 'image must be the bytes of a PNG file'],
      [{ tag: 'a', step: 0, text: 5 }, 'text must be a string, got 5'],
      [histogram({ edges: [0, 1] }), 'histogram must have one edge more than counts, got [2, 2]'],
      [histogram({ edges: [0, 2, 1] }), 'edges of histogram must ascend'],
      [histogram({ counts: [1, 0.5] }), 'counts of histogram must be whole numbers'],
      [histogram({ edges: [0, 1, Number.NaN] }), 'edges of histogram must be finite numbers'],
      [histogram({ below: -1 }), 'below of histogram must be a whole number, got -1'],
      [histogram({ sum: Number.NaN }), 'sum of histogram must be a number, got NaN'],
    ];
    for (const [event, message] of bad) {
      expect(() => eventRecord(event as TensorboardEvent)).toThrow(`eventRecord: ${message}`);
      expect(() => eventFile([event as TensorboardEvent])).toThrow(`eventFile: ${message}`);
    }
    expect(() => eventFile(5 as never)).toThrow('eventFile: events must be a list, got 5');
  });
});

it('eventFileName has what TensorBoard looks for, and ten digits by which files are ordered', () => {
  expect(eventFileName({ wallTime: 12.9 })).toBe('events.out.tfevents.0000000012.weightkit');
  expect(eventFileName()).toMatch(/^events\.out\.tfevents\.\d{10}\.weightkit$/);
});

it('crc32c is that of RFC 3720, B.4', () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
});
