// Nets of at most 64 units. Inputs are x0, x1, ...; a node takes the values that `from` names; `of` calls an earlier layer again.
// `gain` over the fan-in is the variance of the kernels, `bias` the standard deviation of the biases.

const chain = (...layers) => {
  let before = 'x0';
  return layers.map((layer, i) => {
    const node = { id: layer.id ?? `${layer.kind}_${i}`, from: [before], ...layer };
    before = node.id;
    return node;
  });
};
const dense = (units, activation, more = {}) => ({
  kind: 'dense',
  units,
  ...(activation ? { activation } : {}),
  ...more,
});
const conv = (rank, filters, kernelSize, more = {}) => ({
  kind: `conv${rank}d`,
  filters,
  kernelSize,
  ...(rank === 3 ? { useBias: false } : {}),
  ...more,
});
const flatten = { kind: 'flatten' };
const end = [flatten, dense(4)];
const net = (name, shape, nodes, more = {}) => ({ name, gain: 1, inputs: [{ shape }], nodes, ...more });

export const CASES = [
  net('dense relu', [12], chain(dense(32, 'relu'), dense(32, 'relu'), dense(8)), { gain: 2 }),
  net('dense tanh with bias', [12], chain(dense(48, 'tanh'), dense(48, 'tanh'), dense(8)), { gain: 1.5, bias: 0.3 }),
  net('dense selu', [12], chain(dense(48, 'selu'), dense(48, 'selu'), dense(8))),
  net(
    'dense elu, sigmoid as layers',
    [12],
    chain(
      dense(48),
      { kind: 'activation', activation: 'elu' },
      dense(48),
      { kind: 'activation', activation: 'sigmoid' },
      dense(8),
    ),
  ),
  net('leakyReLU as a layer, dense over two axes', [3, 8], chain(dense(16), { kind: 'leakyReLU' }, dense(6), ...end)),
  net(
    'dropout and noise',
    [8],
    chain(
      dense(32, 'relu'),
      { kind: 'dropout', rate: 0.5 },
      dense(32),
      { kind: 'gaussianNoise', stddev: 1 },
      { kind: 'activation', activation: 'linear' },
      dense(4),
    ),
    { gain: 2 },
  ),
  net('conv1d valid', [10, 3], chain(conv(1, 8, 4, { activation: 'relu' }), conv(1, 8, 3), ...end), { gain: 2 }),
  net(
    'conv1d same, dilated',
    [9, 3],
    chain(
      conv(1, 8, 3, { padding: 'same', dilationRate: 2, activation: 'relu' }),
      conv(1, 6, 3, { dilationRate: 3 }),
      ...end,
    ),
    { gain: 2 },
  ),
  net(
    'conv2d valid',
    [7, 7, 2],
    chain(conv(2, 6, 3, { activation: 'relu' }), conv(2, 6, [2, 3], { activation: 'relu' }), ...end),
    { gain: 2 },
  ),
  net(
    'conv2d same',
    [5, 5, 2],
    chain(
      conv(2, 6, 3, { padding: 'same', activation: 'relu' }),
      conv(2, 6, 4, { padding: 'same', activation: 'relu' }),
      ...end,
    ),
    { gain: 2 },
  ),
  net(
    'conv2d same, tanh',
    [4, 4, 4],
    chain(conv(2, 24, 3, { padding: 'same', activation: 'tanh' }), conv(2, 16, 3, { padding: 'same' }), ...end),
    { gain: 1.5 },
  ),
  net(
    'conv2d strided',
    [8, 7, 2],
    chain(
      conv(2, 6, 3, { strides: 2, padding: 'same', activation: 'relu' }),
      conv(2, 4, 2, { strides: [2, 1] }),
      ...end,
    ),
    { gain: 2 },
  ),
  net(
    'conv2d strides that leave places out',
    [8, 8, 2],
    chain(conv(2, 4, 3, { padding: 'same' }), conv(2, 6, 1, { strides: 2 }), conv(2, 4, 3, { strides: 3 }), ...end),
  ),
  net(
    'conv2d dilated',
    [9, 9, 1],
    chain(
      conv(2, 4, 3, { dilationRate: 2, activation: 'relu' }),
      conv(2, 4, 2, { dilationRate: [1, 3], padding: 'same' }),
      ...end,
    ),
    { gain: 2 },
  ),
  net(
    'conv3d',
    [4, 4, 3, 2],
    chain(conv(3, 4, 2, { activation: 'relu' }), conv(3, 4, 3, { padding: 'same', strides: 2 }), ...end),
    { gain: 2 },
  ),
  net(
    'depthwise',
    [6, 6, 3],
    chain(
      conv(2, 4, 2),
      { kind: 'depthwiseConv2d', kernelSize: 3, depthMultiplier: 2 },
      { kind: 'reLU' },
      { kind: 'depthwiseConv2d', kernelSize: 3, padding: 'same', strides: 2 },
      ...end,
    ),
    { gain: 2 },
  ),
  net(
    'depthwise dilated',
    [7, 7, 2],
    chain(conv(2, 3, 1), { kind: 'depthwiseConv2d', kernelSize: 3, dilationRate: 2, padding: 'same' }, ...end),
  ),
  net(
    'separable',
    [6, 6, 3],
    chain(
      conv(2, 4, 2),
      { kind: 'separableConv2d', filters: 6, kernelSize: 3, padding: 'same', activation: 'relu' },
      { kind: 'separableConv2d', filters: 4, kernelSize: 2, depthMultiplier: 2 },
      ...end,
    ),
  ),
  net(
    'conv2dTranspose',
    [3, 3, 4],
    chain(
      { kind: 'conv2dTranspose', filters: 6, kernelSize: 3, activation: 'relu' },
      { kind: 'conv2dTranspose', filters: 3, kernelSize: 3, strides: 2, padding: 'same' },
      conv(2, 2, 2),
      ...end,
    ),
    { gain: 2 },
  ),
  net(
    'conv2dTranspose with gaps',
    [2, 3, 4],
    chain(conv(2, 4, 1), { kind: 'conv2dTranspose', filters: 3, kernelSize: 2, strides: 3 }, ...end),
  ),
  net(
    'conv3dTranspose',
    [2, 2, 2, 3],
    chain(
      conv(3, 3, 1),
      { kind: 'conv3dTranspose', useBias: false, filters: 2, kernelSize: 2, strides: 2, padding: 'same' },
      ...end,
    ),
  ),
  net(
    'average pooling',
    [6, 6, 2],
    chain(
      conv(2, 6, 3, { padding: 'same', activation: 'relu' }),
      { kind: 'averagePooling2d', poolSize: 2, strides: 2, padding: 'valid' },
      conv(2, 4, 2),
      ...end,
    ),
    { gain: 2 },
  ),
  net(
    'average pooling that overlaps, same',
    [5, 5, 2],
    chain(conv(2, 4, 2), { kind: 'averagePooling2d', poolSize: 3, strides: 1, padding: 'same' }, ...end),
  ),
  net(
    'average pooling over one and three axes',
    [6, 2],
    chain(
      conv(1, 4, 3, { padding: 'same' }),
      { kind: 'averagePooling1d', poolSize: 2, strides: 2, padding: 'valid' },
      ...end,
    ),
  ),
  net(
    'average pooling in space',
    [4, 4, 4, 1],
    chain(conv(3, 3, 1), { kind: 'averagePooling3d', poolSize: 2, strides: 2, padding: 'valid' }, ...end),
  ),
  net(
    'max pooling',
    [6, 6, 2],
    chain(
      conv(2, 6, 3, { padding: 'same' }),
      { kind: 'maxPooling2d', poolSize: 2, strides: 2, padding: 'valid' },
      { kind: 'reLU' },
      conv(2, 4, 2),
      ...end,
    ),
  ),
  net(
    'max pooling after relu',
    [6, 6, 2],
    chain(
      conv(2, 6, 3, { activation: 'relu' }),
      { kind: 'maxPooling2d', poolSize: 2, strides: 2, padding: 'same' },
      ...end,
    ),
    { gain: 2 },
  ),
  net(
    'global average pooling',
    [4, 4, 3],
    chain(conv(2, 8, 2, { activation: 'relu' }), { kind: 'globalAveragePooling2d' }, dense(4)),
    { gain: 2 },
  ),
  net('global max pooling', [8, 3], chain(conv(1, 8, 2), { kind: 'globalMaxPooling1d' }, dense(4))),
  net(
    'reshape, permute, padding, upsampling',
    [4, 6],
    chain(
      dense(8, 'relu'),
      { kind: 'reshape', targetShape: [4, 4, 2] },
      { kind: 'permute', dims: [2, 1, 3] },
      {
        kind: 'zeroPadding2d',
        padding: [
          [1, 0],
          [2, 1],
        ],
      },
      conv(2, 3, 2),
      { kind: 'upSampling2d', size: [2, 1] },
      conv(2, 3, 3, { padding: 'same' }),
      ...end,
    ),
    { gain: 2 },
  ),
  net(
    'batch normalization',
    [8],
    chain(dense(12), { kind: 'batchNormalization' }, { kind: 'reLU' }, dense(12, 'relu'), dense(4)),
    { gain: 2 },
  ),
  net(
    'layer normalization',
    [8],
    chain(dense(48), { kind: 'layerNormalization' }, { kind: 'activation', activation: 'tanh' }, dense(4)),
  ),
  net(
    'residual add',
    [8],
    [
      { id: 'a', kind: 'dense', units: 24, from: ['x0'] },
      { id: 'relu', kind: 'reLU', from: ['a'] },
      { id: 'b', kind: 'dense', units: 24, from: ['relu'] },
      { id: 'sum', kind: 'add', from: ['a', 'b'] },
      { id: 'c', kind: 'dense', units: 24, activation: 'relu', from: ['sum'] },
      { id: 'd', kind: 'dense', units: 24, from: ['c'] },
      { id: 'more', kind: 'average', from: ['sum', 'd'] },
      { id: 'out', kind: 'dense', units: 4, from: ['more'] },
    ],
  ),
  net(
    'concatenation',
    [8],
    [
      { id: 'a', kind: 'dense', units: 8, from: ['x0'] },
      { id: 'b', kind: 'dense', units: 24, activation: 'relu', from: ['x0'] },
      { id: 'both', kind: 'concatenate', from: ['a', 'b'] },
      { id: 'c', kind: 'dense', units: 8, from: ['both'] },
      { id: 'all', kind: 'concatenate', from: ['c', 'a'] },
      { id: 'out', kind: 'dense', units: 4, from: ['all'] },
    ],
  ),
  net(
    'two inputs, a shared layer, two outputs',
    [6],
    [
      { id: 'shared', kind: 'dense', units: 24, activation: 'relu', from: ['x0'] },
      { id: 'again', of: 'shared', from: ['x1'] },
      { id: 'both', kind: 'concatenate', from: ['again', 'shared'] },
      { id: 'one', kind: 'dense', units: 4, from: ['both'] },
      { id: 'two', kind: 'dense', units: 8, from: ['both'] },
    ],
    { gain: 2, inputs: [{ shape: [6] }, { shape: [6] }], outputs: ['one', 'two'] },
  ),
  net(
    'nested models',
    [6],
    [
      {
        id: 'first',
        kind: 'model',
        shape: [6],
        from: ['x0'],
        nodes: [
          { id: 'inner', kind: 'dense', units: 24, activation: 'relu', from: ['in'] },
          { id: 'drop', kind: 'dropout', rate: 0.5, from: ['inner'] },
          { id: 'deep', kind: 'dense', units: 24, from: ['drop'] },
        ],
      },
      { id: 'relu', kind: 'reLU', from: ['first'] },
      { id: 'out', kind: 'dense', units: 4, from: ['relu'] },
    ],
    { gain: 2 },
  ),
  net('lstm', [4, 5], chain(dense(8, 'tanh'), { kind: 'lstm', units: 8 }, dense(4))),
  net('gru', [4, 5], chain(dense(8), { kind: 'gru', units: 8 }, dense(4))),
  net(
    'embedding',
    [5],
    chain({ kind: 'embedding', inputDim: 7, outputDim: 6 }, conv(1, 8, 3, { activation: 'relu' }), ...end),
    { gain: 2, inputs: [{ shape: [5], tokens: 7 }] },
  ),
  net(
    'prelu, a slope for each unit',
    [12],
    chain(dense(32), { kind: 'prelu' }, dense(32), { kind: 'prelu' }, dense(8)),
    {
      gain: 1.7,
    },
  ),
  net(
    'prelu, a slope for each channel',
    [6, 6, 2],
    chain(conv(2, 8, 3), { kind: 'prelu', sharedAxes: [1, 2] }, conv(2, 6, 2, { padding: 'same' }), ...end),
    { gain: 1.7, bias: 0.2 },
  ),
];
