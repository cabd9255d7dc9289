import type { Figures } from '@weightkit/lesson';
import { type Figure, heatmap, importanceChart, lineChart } from '@weightkit/viz';
import type { Params, Result } from './experiment.ts';
import { FULL } from './network.ts';
import { chanceOf } from './read.ts';

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
/** Chances close to 0 and 1 are not said to be 0 and 1. */
export const chanceText = (chance: number): string =>
  chance > 0.999 ? 'over 99.9 %' : chance < 0.001 ? 'under 0.1 %' : percent(chance);
const short = (value: number): number => Number(value.toPrecision(3));
const signed = (value: number): string => value.toFixed(2).replace('-', '−');
const SHOWN = 10;

/** The words that move the answer most, and in the table all of them in their order. */
function words({ reading }: Result): Figure {
  const { words, tokens, effects, odds } = reading;
  const said = chanceText(chanceOf(odds));
  const order = words.map((_, i) => i).sort((a, b) => Math.abs(effects[b]!) - Math.abs(effects[a]!));
  const top = order.slice(0, 3).map((i) => `${words[i]} ${signed(effects[i]!)}`);
  const figure = importanceChart(
    { importances: words.map((name, i) => ({ name, value: effects[i]! })) },
    {
      most: SHOWN,
      xLabel: 'effect on the log-odds',
      title: `The network says: favorable, ${said}`,
      description:
        `A bar for each of the ${Math.min(SHOWN, words.length)} words of the review that matter most, of ${words.length}: by how much the log-odds of ` +
        `“favorable” fall when the word is hidden. Blue words speak for the film, vermilion ones against it. Most: ${top.join(', ')}. ` +
        `In the end the log-odds are ${signed(odds)}, a chance of ${said}.`,
    },
  );
  return {
    ...figure,
    table: {
      columns: ['place', 'word', 'effect', 'known'],
      rows: words.map((word, i) => [String(i + 1), word, short(effects[i]!), tokens[i] === 1 ? 'no' : 'yes']),
    },
  };
}

/** The chance after each word. */
function after({ reading: { words, after } }: Result): Figure {
  const figure = lineChart(
    { series: [{ name: 'chance', x: after.map((_, i) => i), y: after.map((chance) => 100 * chance) }] },
    {
      title: 'What the network would say after each word',
      xLabel: 'words read',
      yLabel: 'favorable, %',
      yDomain: [0, 100],
      description:
        `The chance of “favorable” after each of ${words.length} words, from ${percent(after[0]!)} before the first to ` +
        `${chanceText(after.at(-1)!)} after the last.`,
    },
  );
  return {
    ...figure,
    table: {
      columns: ['words read', 'last word', 'favorable, %'],
      rows: after.map((chance, i) => [String(i), i === 0 ? '(padding)' : words[i - 1]!, short(100 * chance)]),
    },
  };
}

/** The numbers that stand for the words that matter most. */
const rows = ({ rows: { words, values } }: Result): Figure =>
  heatmap(
    { values: words.map((_, i) => Array.from(values.subarray(i * FULL.width, (i + 1) * FULL.width))), rows: words },
    {
      title: 'A word is a row of 16 numbers',
      xLabel: 'column of the embedding',
      yLabel: '',
      scheme: 'diverging',
      cellText: false,
    },
  );

/** The words of all 9,998 that move the answer most when they are all there is. */
const alone = ({ alone }: Result): Figure =>
  importanceChart(
    { importances: alone.map(({ word, odds }) => ({ name: word, value: odds })) },
    {
      most: alone.length,
      xLabel: 'log-odds, against an unknown word',
      title: 'Reviews of one word: the most favorable and the least',
      description: `By how much a word alone moves the log-odds of “favorable”, against an unknown word: from ${alone[0]!.word} (${signed(alone[0]!.odds)}) to ${alone.at(-1)!.word} (${signed(alone.at(-1)!.odds)}).`,
    },
  );

/** Accuracy of the small network during training. */
function learning({ moments }: Result, { start, epochs }: Params): Figure {
  const last = moments.at(-1)?.accuracy ?? 0.5;
  return lineChart(
    {
      series: [
        { name: start, x: moments.map(({ epoch }) => epoch), y: moments.map(({ accuracy }) => 100 * accuracy) },
        { name: 'guessing', x: [0, epochs], y: [50, 50] },
      ],
    },
    {
      title: `The small network, from ${start}: ${percent(last)} of unseen reviews right`,
      description: `Accuracy of the small network, epoch by epoch: ${moments.map(({ accuracy }) => percent(accuracy)).join(', ') || 'not yet'}. Guessing has 50 %.`,
      xLabel: 'epoch',
      yLabel: 'accuracy, %',
      xDomain: [0, epochs],
      yDomain: [40, 90],
    },
  );
}

/** What the trained network makes of a review, and how a small one learns. */
export const figures = (result: Result, params: Params): Figures => ({
  words: words(result),
  after: after(result),
  alone: alone(result),
  learning: learning(result, params),
  rows: rows(result),
});
