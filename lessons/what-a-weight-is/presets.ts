/** Stacks to start from, those of the course documents among them. */
export const PRESETS = {
  'a small dense network': 'vector-64.dense-32.dense-16.dense-10',
  'slide 2: 10-20-2': 'vector-10.dense-20.dense-2',
  'the XOR notebook: 2-2-1': 'vector-2.dense-2.dense-1',
  'the learning notebook: 784-64-32-32-10': 'vector-784.dense-64.dense-32.dense-32.dense-10',
  'slide 13: pictures': 'image-32-32-3.conv-16-3-same.pool-2.conv-32-3-same.pool-2.flatten.dense-10',
  'slide 14: words': 'words-20.embedding-10000-100.rnn-256.dense-2',
  'slide 9: a Siamese tower': 'image-134-134-1.conv-64-10.pool-2.flatten.dense-128',
  'depthwise and separable': 'image-28-28-3.conv-8-3.depthwise-3.separable-16-3.flatten.dense-10',
  'an LSTM': 'words-50.embedding-1000-16.lstm-32.dense-2',
} as const;

export const FIRST = PRESETS['a small dense network'];
