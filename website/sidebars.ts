import type { SidebarsConfig } from '@docusaurus/plugin-content-docs';

export default {
  guides: [
    'install',
    'cookbook',
    'command-line',
    'tour',
    {
      type: 'category',
      label: 'Start here',
      link: { type: 'doc', id: 'start/index' },
      items: [
        'start/initializers',
        'start/fit-to-data',
        'start/signal-report',
        'start/weight-metrics',
        'start/pruning',
        'start/pruning-while-training',
        'start/shrinking',
        'start/quantization',
        'start/post-training-quantization',
        'start/quantization-aware-training',
        'start/weightnorm',
        'start/transfer-freeze',
        'start/viz',
        'start/checkpoint',
        'start/core',
        'start/numerics',
      ],
    },
    {
      type: 'category',
      label: 'Weight files',
      link: { type: 'doc', id: 'formats/index' },
      items: ['formats/tfjs', 'formats/safetensors', 'formats/npz', 'formats/gguf'],
    },
    'viz/gallery',
    { type: 'category', label: 'Where it runs', items: ['node', 'webgpu', 'bundlers'] },
    'translate',
    'performance',
    'contributing',
  ],
} satisfies SidebarsConfig;
