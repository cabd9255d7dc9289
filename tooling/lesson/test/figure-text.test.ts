import { PassThrough } from 'node:stream';
import { lineChart } from '@weightkit/viz';
import { toText } from '@weightkit/viz/terminal';
import { expect, it } from 'vitest';
import { figureText } from '../src/figure-text.ts';

const figure = lineChart({ series: [{ name: 'a', y: [1, 2] }] });
const terminal = (columns: number) => Object.assign(new PassThrough(), { isTTY: true, columns });

it('figureText(figure, stream) is plain and 80 columns wide where there is no terminal', () => {
  expect(figureText(figure, new PassThrough(), { TERM: 'xterm-256color' })).toBe(toText(figure));
});

it.each([
  [{ TERM: 'xterm-256color' }, 256],
  [{ COLORTERM: 'truecolor', TERM: 'xterm-256color' }, true],
  [{ COLORTERM: 'truecolor', TERM: 'xterm-256color', NO_COLOR: '1' }, false],
  [{ TERM: 'dumb' }, false],
  [{ FORCE_COLOR: '3' }, true],
  [{ FORCE_COLOR: '0', TERM: 'xterm-256color' }, false],
] as const)('figureText(figure, terminal) with %o has color: %s', (env, color) => {
  expect(figureText(figure, terminal(100), env)).toBe(toText(figure, { width: 100, color }));
});

it('figureText(figure, stream) follows FORCE_COLOR into a file, and keeps to 40 to 120 columns', () => {
  expect(figureText(figure, new PassThrough(), { FORCE_COLOR: '2' })).toBe(toText(figure, { color: 256 }));
  expect(figureText(figure, terminal(300), { TERM: 'dumb' })).toBe(toText(figure, { width: 120 }));
  expect(figureText(figure, terminal(10), { TERM: 'dumb' })).toBe(toText(figure, { width: 40 }));
});
