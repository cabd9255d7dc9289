// The networks as lesson 1 writes stacks of layers. Nothing here loads TensorFlow.js.

/** The networks: the two of the slides, and one in the form of slide 10 that is quick enough for a page. */
export const NETWORKS = ['small', 'slide 10', 'slide 13'] as const;
export type Network = (typeof NETWORKS)[number];

export const STACKS: Readonly<Record<Network, string>> = {
  small: 'conv-8-3.pool-2.conv-16-3.pool-2.flatten.dense-32.dense-10',
  'slide 10': 'conv-32-3.pool-2.conv-64-3.pool-2.flatten.dense-64.dense-10',
  'slide 13': 'conv-16-3-same.pool-2.conv-32-3-same.pool-2.flatten.dense-10',
};
