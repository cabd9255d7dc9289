import { numbersOf, PADDING, tokensOf, UNKNOWN, wordsOf } from '@weightkit/datasets';
import { REVIEW_WORDS } from '@weightkit/datasets/sentiment';
import { FULL } from './network.ts';

const NUMBERS = numbersOf(REVIEW_WORDS);

/** The network's weights, row-major as TensorFlow.js keeps them: inputs × outputs. */
export interface Weights {
  /** A row of `width` numbers for each word. */
  embedding: Float32Array;
  /** width × units: from the word read. */
  kernel: Float32Array;
  /** units × units: from what was remembered. */
  recurrent: Float32Array;
  bias: Float32Array;
  /** A number for each unit, and one alone. */
  out: Float32Array;
  outBias: number;
}

// #region recurrence
/** What is remembered after one more word: tanh(e W + h U + b). */
export function step(weights: Weights, memory: Float64Array, token: number): Float64Array {
  const { embedding, kernel, recurrent, bias } = weights;
  const units = bias.length;
  const width = kernel.length / units;
  const next = Float64Array.from(bias);
  for (let unit = 0; unit < units; unit++) {
    for (let i = 0; i < width; i++) next[unit]! += embedding[token * width + i]! * kernel[i * units + unit]!;
    for (let i = 0; i < units; i++) next[unit]! += memory[i]! * recurrent[i * units + unit]!;
  }
  return next.map(Math.tanh);
}

/** The log-odds of “favorable”, from what is remembered. */
export const logOdds = ({ out, outBias }: Weights, memory: Float64Array): number =>
  memory.reduce((sum, value, i) => sum + value * out[i]!, outBias);
// #endregion

export const chanceOf = (odds: number): number => 1 / (1 + Math.exp(-odds));

/** What is remembered after padding of `length`. */
function padded(weights: Weights, length: number): Float64Array {
  let memory = new Float64Array(weights.bias.length);
  for (let i = 0; i < length; i++) memory = step(weights, memory, PADDING) as typeof memory;
  return memory;
}

const readOn = (weights: Weights, memory: Float64Array, tokens: ArrayLike<number>): Float64Array => {
  let now = memory;
  for (let i = 0; i < tokens.length; i++) now = step(weights, now, tokens[i]!);
  return now;
};

/** What the network makes of a text. */
export interface Reading {
  words: string[];
  tokens: number[];
  /** The chance of “favorable” before the first word and after each. */
  after: number[];
  /** By how much the log-odds fall in the end when the word is hidden: when an unknown word is read in its place. */
  effects: number[];
  odds: number;
}

// #region occlusion
/** Reads a text, and reads it again for each of its words with that word hidden. */
export function readReview(weights: Weights, text: string): Reading {
  const words = wordsOf(text).slice(-FULL.length);
  const tokens = Array.from(tokensOf(words, NUMBERS, FULL.length)).slice(FULL.length - words.length);
  const memories = [padded(weights, FULL.length - words.length)];
  for (const token of tokens) memories.push(step(weights, memories.at(-1)!, token));
  const odds = logOdds(weights, memories.at(-1)!);
  const effects = tokens.map((_, i) => {
    const hidden = readOn(weights, step(weights, memories[i]!, UNKNOWN), tokens.slice(i + 1));
    return odds - logOdds(weights, hidden);
  });
  return { words, tokens, after: memories.map((memory) => chanceOf(logOdds(weights, memory))), effects, odds };
}
// #endregion

/** The words that move the answer most, each read alone: so many favorable and unfavorable ones, by their log-odds. */
export function strongestWords(weights: Weights, count: number): { word: string; odds: number }[] {
  const before = padded(weights, FULL.length - 1);
  const unknown = logOdds(weights, step(weights, before, UNKNOWN));
  const all = REVIEW_WORDS.map((word) => ({
    word,
    odds: logOdds(weights, step(weights, before, NUMBERS.get(word)!)) - unknown,
  })).sort((a, b) => b.odds - a.odds);
  return [...all.slice(0, count), ...all.slice(-count)];
}
