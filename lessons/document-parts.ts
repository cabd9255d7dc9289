import type { DocumentName } from './course.ts';

/** A slide, section, piece of code, challenge or exercise of a course document, and the lessons in which one runs it. */
export interface DocumentPart {
  kind: 'slide' | 'section' | 'code' | 'challenge' | 'exercise';
  /** Its number among the slides, the exercises, or the notebooks of code that the notes link to; sections have none. */
  number?: number;
  /** What it is about, in words of our own. */
  about: string;
  /** Numbers of lessons, from 1 on; the first is the one that does most of it. */
  lessons: readonly [number, ...number[]];
}

const slides = (...all: [string, ...[number, ...number[]]][]): DocumentPart[] =>
  all.map(([about, ...lessons], i) => ({ kind: 'slide', number: i + 1, about, lessons }));
const part =
  (kind: DocumentPart['kind']) =>
  (number: number, about: string, ...lessons: [number, ...number[]]): DocumentPart => ({
    kind,
    number,
    about,
    lessons,
  });
const [code, challenge, exercise] = [part('code'), part('challenge'), part('exercise')];
const section = (about: string, ...lessons: [number, ...number[]]): DocumentPart => ({
  kind: 'section',
  about,
  lessons,
});

/** Everything in the documents that can be run, in the order in which it stands there. */
export const DOCUMENT_PARTS: Readonly<Record<DocumentName, readonly DocumentPart[]>> = {
  'weights slides': slides(
    ['what weights are: a network of one weight and one bias', 1],
    ['how weights start: He’s initialization in PyTorch', 5],
    ['how weights are updated: a step of gradient descent', 8],
    ['regularization: L2 as weight decay', 9],
    ['looking at weights: sixteen filters in a grid', 18],
    ['pruning by a threshold', 21, 23],
    ['quantization: prepare, calibrate, convert', 22, 23],
    ['transfer learning: a ResNet whose layers are frozen', 15],
    ['weight sharing: a Siamese network', 16],
    ['which inputs matter: the sizes of five weights', 17],
    ['gradient flow: statistics of each layer’s gradients', 11],
    ['weight normalization', 13],
    ['an example: image classification on CIFAR-10', 19, 18],
    ['an example: the sentiment of texts, with a recurrent network', 20],
    ['further reading: four papers', 24],
  ),
  'weights notes': [
    section('y = Wx: a row of W for each unit, a column for each input', 1),
    code(1, 'sizes of weight matrices', 1),
    section('what can learn: all weights equal, and some of them different', 3),
    code(2, 'a surprising demonstration of initializations', 3),
    section('why weights start at random: few minima, the salt flats and the badlands', 24),
    section('the algebraic view: equal weights stay equal', 3),
    section('how to choose a start: normal, small, by the size of the network, biases last', 5, 4, 24),
    section('whether initializations matter', 6),
    challenge(3, 'initializations by their variance', 4),
    code(4, 'Xavier’s and Kaiming’s initializations', 5, 6),
    challenge(5, 'Xavier against Kaiming', 6),
    challenge(6, 'identically random weights', 7),
    section('what freezing is, and what it is for', 14),
    code(7, 'freezing weights during learning', 14),
    section('how weights change: the distance to the epoch before', 10),
    section('how weights change: the condition number', 10),
    code(8, 'characteristics of weights during learning', 10),
  ],
  'initialization slides': slides(
    ['four starts as histograms: zero, random, Xavier, He', 5],
    ['why the start matters: ten layers, and what arrives after them', 4],
    ['zero initialization', 3],
    ['random initialization', 5],
    ['Xavier’s initialization', 5],
    ['He’s initialization', 5],
    ['orthogonal initialization', 5],
    ['LSUV: layer by layer to a variance of 1', 5],
    ['batch normalization and the start', 13],
    ['an example: image classification from three starts', 19],
    ['an example: the sentiment of film reviews, from three starts of an embedding', 20],
    ['tips: which start for which activation', 6],
    ['debugging a start: four tools', 12, 11],
    ['advanced starts: by data, by scale, by the activation', 5, 12],
    ['further reading: three papers', 24],
  ),
  'XOR notebook': [
    section('how weights start: ranges, seeds, and seeds that cannot learn', 7),
    section('two questions to a start: how consistent, and how much better', 7),
    section('normal numbers, their standard deviation, and Xavier’s variance', 5),
    section('XOR is trained, with new weights now and then', 2),
    section('the weights are printed, neuron by neuron', 2),
    section('nine numbers of another network, and its sums by hand', 2),
  ],
  'learning notebook': [
    section('the digits, their scale, and a tenth of them for the test', 10),
    section('a network of four layers with dropout, and its first weights as a histogram', 10),
    section('one histogram of all weights', 10),
    section('training for 60 epochs, with a histogram before each', 10),
    section('loss and accuracies by epoch', 10),
    section('the histograms as curves and as an image', 10),
    exercise(1, 'the same for each layer', 10),
    exercise(2, 'inputs that are not scaled', 10),
    exercise(3, 'dropout, and what it does to the weights', 10),
  ],
};
