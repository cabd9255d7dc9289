import * as tf from '@tensorflow/tfjs';
import { allowBackend, hasKernel, leakOf } from '@weightkit/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FilledKernels, fillMissingKernels, weightsOf } from '../../src/index.ts';
import { faultOf } from '../../src/kernels/kernel-checks.ts';

/** What wasm of TensorFlow.js 4.22 lacks of the kernels that gradients run. */
const MISSING = [
  'Conv2DBackpropFilter',
  'DepthwiseConv2dNativeBackpropFilter',
  'DepthwiseConv2dNativeBackpropInput',
  'UnsortedSegmentSum',
];

/** Of the kernels that are tested those that no gradient runs. */
const FORWARD = ['Cumsum', 'Dilation2D', 'MaxPool3D', 'Prelu'];

const RESIZING = ['ResizeBilinearGrad', 'ResizeNearestNeighborGrad'];
/** What each backend of TensorFlow.js 4.22 has wrong; a backend on a device is not tested. */
const WRONG: Record<string, string[]> = {
  cpu: ['AvgPool3DGrad', 'AvgPoolGrad', 'MaxPool3DGrad', ...RESIZING],
  wasm: [
    'AvgPool3DGrad',
    'AvgPoolGrad',
    'Conv3DBackpropFilterV2',
    'Conv3DBackpropInputV2',
    'Dilation2D',
    'Dilation2DBackpropFilter',
    'Dilation2DBackpropInput',
    'MaxPool3D',
    'MaxPool3DGrad',
    'MaxPoolGrad',
    'Prelu',
    ...RESIZING,
  ],
  tensorflow: RESIZING,
  webgpu: [],
};

/** Integers in −3..3 that follow no pattern of the shapes here. */
const integers = (shape: number[], from = 0): tf.Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => (((i + from) * 5 + ((i * i) % 11)) % 7) - 3),
    shape,
  );
};

const images = [2, 6, 6, 2];
const L = tf.layers;
/** Two layers of a kind, so that the gradient of the second one's input is needed too; and the shape of what goes in. */
const KINDS: Record<string, { shape: number[]; layers: () => tf.layers.Layer[] }> = {
  Conv2D: {
    shape: images,
    layers: () => [
      L.conv2d({ filters: 3, kernelSize: 3, inputShape: [6, 6, 2] }),
      L.conv2d({ filters: 2, kernelSize: 2, strides: 2 }),
    ],
  },
  DepthwiseConv2D: {
    shape: images,
    layers: () => [
      L.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, inputShape: [6, 6, 2] }),
      L.depthwiseConv2d({ kernelSize: 2, padding: 'same' }),
    ],
  },
  SeparableConv2D: {
    shape: images,
    layers: () => [
      L.separableConv2d({ filters: 3, kernelSize: 3, inputShape: [6, 6, 2] }),
      L.separableConv2d({ filters: 2, kernelSize: 2 }),
    ],
  },
  Conv1D: {
    shape: [2, 6, 2],
    layers: () => [
      L.conv1d({ filters: 3, kernelSize: 3, inputShape: [6, 2] }),
      L.conv1d({ filters: 2, kernelSize: 2 }),
    ],
  },
  Embedding: {
    shape: [4, 3],
    layers: () => [L.embedding({ inputDim: 7, outputDim: 2, inputLength: 3 }), L.dense({ units: 2 })],
  },
};

/** A model of a kind whose weights are integers, and its input: for Embedding, indices of which some come twice. */
function build(kind: string): { model: tf.Sequential; x: tf.Tensor } {
  const { shape, layers } = KINDS[kind]!;
  const model = tf.sequential({ layers: layers() });
  const values = model.getWeights().map((w, i) => integers(w.shape, i));
  model.setWeights(values);
  tf.dispose(values);
  const x = tf.tidy(() => (kind === 'Embedding' ? tf.add(integers(shape), 3) : integers(shape)));
  return { model, x };
}

/** The gradient of Σ (y − 1)² for each weight, by path. */
async function gradients(kind: string): Promise<Record<string, number[]>> {
  const { model, x } = build(kind);
  const weights = weightsOf(model);
  const { value, grads } = tf.variableGrads(() => {
    const y = model.apply(x, { training: true }) as tf.Tensor;
    return tf.sum(tf.squaredDifference(y, 1)) as tf.Scalar;
  });
  const result: Record<string, number[]> = {};
  for (const { path, variable } of weights)
    result[path.replace(/_[A-Za-z0-9]+(?=\/)/, '')] = [...(await grads[variable!.name]!.data())];
  tf.dispose([x, value, grads]);
  model.dispose();
  return result;
}

/** How often a kernel of ours runs, which does not run on the cpu backend: for each filter, and for a depthwise layer's input. */
const OUR_RUNS: Record<string, number> = { Conv1D: 2, Conv2D: 2, DepthwiseConv2D: 3, Embedding: 1, SeparableConv2D: 5 };

/** The same on the cpu backend. */
async function onCpu<T>(body: () => Promise<T>): Promise<T> {
  const name = tf.getBackend();
  let result: T | undefined;
  await allowBackend('cpu', async () => {
    await tf.setBackend('cpu');
    try {
      result = await body();
    } finally {
      await tf.setBackend(name);
    }
  });
  return result as T;
}

const fills: FilledKernels[] = [];
const fill = (...args: Parameters<typeof fillMissingKernels>): FilledKernels => {
  const filled = fillMissingKernels(...args);
  fills.push(filled);
  return filled;
};
afterEach(() => {
  for (const { restore } of fills.splice(0)) restore();
});

/** What took a wrong kernel's place passes the check that found it. Some of it runs on cpu. */
const expectRight = ({ replaced }: FilledKernels) =>
  allowBackend('cpu', () => {
    for (const { kernel } of replaced)
      expect(faultOf(tf.getKernel(kernel, tf.getBackend())!, tf.backend()), kernel).toBeNull();
  });

const namesOf = (backend: string) => new Set(tf.getKernelsForBackend(backend).map((kernel) => kernel.kernelName));

describe('fillMissingKernels', () => {
  test('fillMissingKernels() fills on wasm what gradients lack there, and nothing on the other backends', () => {
    const before = namesOf(tf.getBackend());
    const { backend, filled, present, replaced, runs } = fill();
    expect(backend).toBe(tf.getBackend());
    expect(filled).toEqual(backend === 'wasm' ? MISSING : []);
    expect(filled.length + present.length + replaced.length).toBe(21);
    expect(runs).toBe(0);
    expect(namesOf(backend)).toEqual(new Set([...before, ...filled]));
  });

  test('fillMissingKernels() knows every gradient kernel of the cpu backend', () => {
    const named = [...namesOf('cpu')].filter((name) => /Grad|Backprop|^Unsorted/.test(name));
    const { filled, present, replaced } = fill();
    const known = [...filled, ...present, ...replaced.map(({ kernel }) => kernel)];
    expect(known.filter((name) => !FORWARD.includes(name)).sort()).toEqual(named.sort());
  });

  test('fillMissingKernels() replaces on each backend the kernels that are there and wrong, and says why', () => {
    const { backend, replaced } = fill();
    expect(replaced.map(({ kernel }) => kernel)).toEqual(WRONG[backend]);
    for (const { why } of replaced) expect(why).toMatch(/^(divides|loses|mistakes|takes|applies) /);
  });

  test('fillMissingKernels() keeps no memory, and finds nothing wrong with what it has put in', async () => {
    const first = fill();
    const before = tf.backend().numDataIds();
    await expectRight(first);
    const second = fill();
    expect(tf.backend().numDataIds()).toBe(before);
    second.restore();
    first.restore();
    expect(fill().replaced).toEqual(first.replaced);
  });

  test('fillMissingKernels() says the same beside another call, and needs none that is taken out', async () => {
    const kernels = () => [...WRONG[tf.getBackend()]!, ...MISSING].map((name) => tf.getKernel(name, tf.getBackend()));
    const gradients = () => ['Conv3DBackpropInputV2', 'Cumsum'].map((name) => tf.getGradient(name)?.gradFunc);
    const dx = () => tf.grad((x) => tf.cumsum(x, 1))(tf.ones([1, 3]));
    const stock = [kernels(), gradients()];
    for (const order of [
      [0, 1, 2],
      [1, 0, 2],
      [0, 2, 1],
      [2, 1, 0],
    ]) {
      const calls = [fill(), fill(), fill()];
      for (const { filled, replaced, present, gradients } of calls.slice(1))
        expect({ filled, replaced, present, gradients }).toEqual({
          filled: calls[0]!.filled,
          replaced: calls[0]!.replaced,
          present: calls[0]!.present,
          gradients: calls[0]!.gradients,
        });
      calls[order[0]!]!.restore();
      calls[order[1]!]!.restore();
      const last = calls[order[2]!]!;
      for (const name of last.filled) expect(tf.getKernel(name, tf.getBackend()), order.join()).toBeDefined();
      await expectRight(last);
      expect(await tf.tidy(dx).array()).toEqual([[3, 2, 1]]);
      calls[order[2]!]!.restore();
      expect([kernels(), gradients()], order.join()).toEqual(stock);
    }
  });

  test('runs counts those of a call that overlaps, until restore()', () => {
    const [first, second] = [fill(), fill()];
    const name = tf.getBackend();
    const resize = () =>
      tf.tidy(() => {
        tf.grad((x) => tf.image.resizeBilinear(x as tf.Tensor4D, [2, 2]))(tf.ones([1, 3, 3, 1]));
      });
    resize();
    const counted = name === 'webgpu' ? 0 : 1;
    expect([first.runs, second.runs]).toEqual([counted, counted]);
    first.restore();
    resize();
    expect([first.runs, second.runs]).toEqual([counted, 2 * counted]);
  });

  test('restore() puts back the very kernels and gradients that were there', () => {
    const names = [...WRONG[tf.getBackend()]!, ...MISSING];
    const kernels = () => names.map((name) => tf.getKernel(name, tf.getBackend())?.kernelFunc);
    const gradients = () => ['Conv3DBackpropInputV2', 'Cumsum'].map((name) => tf.getGradient(name)?.gradFunc);
    const before = [kernels(), gradients()];
    const { restore, gradients: made } = fill();
    expect(made).toEqual(['Conv3DBackpropInputV2', 'Cumsum']);
    for (const [i, kernelFunc] of kernels().entries())
      if (i < WRONG[tf.getBackend()]!.length) expect(kernelFunc).not.toBe(before[0]![i]);
    restore();
    expect([kernels(), gradients()]).toEqual(before);
  });

  test('fillMissingKernels(backend, {kernels}) tests, replaces and registers for those alone', () => {
    const { present, replaced, gradients } = fill(tf.getBackend(), { kernels: ['Add', 'AvgPoolGrad'] });
    const wrong = WRONG[tf.getBackend()]!.includes('AvgPoolGrad');
    expect(present).toEqual(wrong ? ['Add'] : ['Add', 'AvgPoolGrad']);
    expect(replaced.map(({ kernel }) => kernel)).toEqual(wrong ? ['AvgPoolGrad'] : []);
    expect(gradients).toEqual([]);
  });

  test('fillMissingKernels refuses a backend on a device, and leaves it alone when nothing is missing', () => {
    tf.registerBackend('device', () => {
      throw new Error('not to be started');
    });
    expect(() => fillMissingKernels('device', { kernels: ['Unique', 'Abs'] })).toThrow(
      new RangeError(
        'fillMissingKernels: backend without Abs, Unique must keep its tensors in main memory (wasm, tensorflow), got "device"',
      ),
    );
    expect(namesOf('device').size).toBe(0);
    const abs = { kernelName: 'Abs', backendName: 'device', kernelFunc: () => [] };
    tf.registerKernel(abs);
    expect(fillMissingKernels('device', { kernels: ['Abs'] })).toMatchObject({ filled: [], present: ['Abs'] });
    tf.unregisterKernel('Abs', 'device');
    tf.removeBackend('device');
  });

  test('fillMissingKernels refuses unknown backends, kernels and options before it changes anything', () => {
    const before = namesOf(tf.getBackend());
    const call =
      (options: object, backend = tf.getBackend()) =>
      () =>
        fillMissingKernels(backend, options);
    expect(call({}, 'none')).toThrow(
      new TypeError('fillMissingKernels: backend must be registered (await tf.ready() first), got "none"'),
    );
    expect(call({}, 3 as unknown as string)).toThrow(TypeError);
    expect(call({ kernel: [] })).toThrow('options must be among kernels, got "kernel"');
    expect(call({ kernels: 'Einsum' })).toThrow('kernels must be a list of names, got "Einsum"');
    expect(call({ kernels: [1] })).toThrow('kernels must be names, got 1');
    for (const name of ['FFT', 'Complex', 'Draw'])
      expect(call({ kernels: ['Einsum', name] })).toThrow(`kernels must compute with real tensors, got "${name}"`);
    expect(namesOf(tf.getBackend())).toEqual(before);
  });
});

describe('fillMissingKernels on a backend that lacks kernels', () => {
  beforeEach(({ skip }) => skip(hasKernel('Conv2DBackpropFilter'), 'this backend lacks no kernel'));

  test.each(Object.keys(KINDS))(
    '%s has no gradient before, and the very gradient of the cpu backend after',
    async (kind) => {
      const expected = await onCpu(() => gradients(kind));
      await expect(gradients(kind)).rejects.toThrow(/Kernel '.*' not registered for backend 'wasm'/);
      const filled = fill();
      // Integers below 2^24 throughout: float32 is exact in any order, so the tolerance is 0.
      const ran = await allowBackend('cpu', async () => expect(await gradients(kind)).toEqual(expected));
      const there = Object.values(ran).reduce((a, b) => a + b, 0);
      expect(filled.runs).toBe(there + (OUR_RUNS[kind] ?? 0));
      for (const name of MISSING) expect(ran).not.toHaveProperty(name);
      expect(filled.runs).toBeGreaterThanOrEqual(1);
      for (const name of Object.keys(ran)) expect(filled.filled).toContain(name);
      expect(
        Object.values(expected)
          .flat()
          .some((g) => Math.abs(g) > 10),
      ).toBe(true);
    },
  );

  test.each(Object.keys(KINDS))('%s trains in fit, and a step leaves no tensor on either backend', async (kind) => {
    fill();
    const { model, x } = build(kind);
    const y = tf.tidy(() => tf.onesLike(model.predict(x) as tf.Tensor));
    model.compile({ optimizer: tf.train.adam(0.05), loss: 'meanSquaredError' });
    await allowBackend('cpu', async () => {
      const { history } = await model.fit(x, y, { epochs: 30, verbose: 0 });
      const losses = history.loss as number[];
      expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
      const cpu = tf.findBackend('cpu');
      const [own, there] = [tf.backend().numDataIds(), cpu.numDataIds()];
      const leak = await leakOf(async () => tf.dispose(await model.trainOnBatch(x, y)));
      expect(leak).toEqual({ tensors: 0, variables: 0 });
      expect([tf.backend().numDataIds(), cpu.numDataIds()]).toEqual([own, there]);
    });
    tf.dispose([x, y]);
    model.dispose();
  });

  test('fillMissingKernels(backend, {kernels}) fills kernels with lists of inputs and with strings', async () => {
    const { filled, present } = fill(tf.getBackend(), { kernels: ['StaticRegexReplace', 'Einsum', 'Abs', 'Einsum'] });
    expect({ filled, present }).toEqual({ filled: ['Einsum', 'StaticRegexReplace'], present: ['Abs'] });
    const a = tf.tensor2d([
      [1, 2],
      [3, 4],
    ]);
    const words = tf.tensor1d(['one two', 'two two'], 'string');
    await allowBackend('cpu', async () => {
      const trace = tf.einsum('ij,jk->ik', a, a);
      expect([...(await trace.data())]).toEqual([7, 10, 15, 22]);
      const replaced = tf.string.staticRegexReplace(words, 'two', '2');
      expect(await replaced.data()).toEqual(['one 2', '2 2']);
      tf.dispose([trace, replaced]);
    });
    tf.dispose([a, words]);
  });

  test('a filled kernel that throws leaves nothing on the cpu backend', async () => {
    fill(tf.getBackend(), { kernels: ['StaticRegexReplace'] });
    const words = tf.tensor1d(['a'], 'string');
    await allowBackend('cpu', () => {
      const before = tf.findBackend('cpu').numDataIds();
      expect(() => tf.string.staticRegexReplace(words, '(', '')).toThrow(SyntaxError);
      expect(tf.findBackend('cpu').numDataIds()).toBe(before);
    });
    words.dispose();
  });

  test('restore() takes the kernels out again, once, and only its own', async () => {
    const before = namesOf('wasm');
    const first = fill();
    const second = fill();
    expect(second.filled).toEqual(MISSING);
    second.restore();
    expect(namesOf('wasm')).toEqual(new Set([...before, ...MISSING]));
    const mine = { kernelName: 'UnsortedSegmentSum', backendName: 'wasm', kernelFunc: () => [] };
    tf.unregisterKernel('UnsortedSegmentSum', 'wasm');
    tf.registerKernel(mine);
    first.restore();
    expect(namesOf('wasm')).toEqual(new Set([...before, 'UnsortedSegmentSum']));
    expect(tf.getKernel('UnsortedSegmentSum', 'wasm')).toBe(mine);
    tf.unregisterKernel('UnsortedSegmentSum', 'wasm');
    const third = fill();
    first.restore();
    expect(namesOf('wasm')).toEqual(new Set([...before, ...third.filled]));
    third.restore();
    expect(namesOf('wasm')).toEqual(before);
    await expect(gradients('Conv2D')).rejects.toThrow('not registered');
  });

  test('fillMissingKernels names the import when the cpu backend is not registered, and the kernel that it lacks', () => {
    expect(() => fillMissingKernels('wasm', { kernels: ['Einsum', 'NoSuchKernel'] })).toThrow(
      new RangeError('fillMissingKernels: kernels must be among those of the cpu backend, got "NoSuchKernel"'),
    );
    expect(hasKernel('Einsum')).toBe(false);
    const factory = tf.findBackendFactory('cpu');
    tf.removeBackend('cpu');
    try {
      expect(() => fillMissingKernels()).toThrow(
        "fillMissingKernels: the cpu backend must be registered (import '@tensorflow/tfjs-backend-cpu')",
      );
      expect(hasKernel('Conv2DBackpropFilter')).toBe(false);
    } finally {
      tf.registerBackend('cpu', factory, 1);
    }
  });
});

describe('layers that stock trains wrongly or not at all', () => {
  const layers = tf.layers;
  const NETS: Record<string, () => tf.layers.Layer[]> = {
    Conv3DTranspose: () => [
      layers.conv3dTranspose({ filters: 2, kernelSize: [2, 3, 2], strides: [2, 1, 1], inputShape: [2, 3, 2, 2] }),
      layers.conv3dTranspose({ filters: 1, kernelSize: 2, padding: 'same' }),
    ],
    'AveragePooling2D, padded': () => [
      layers.dense({ units: 3, inputShape: [5, 3, 2] }),
      layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
    ],
    UpSampling2D: () => [
      layers.dense({ units: 3, inputShape: [3, 2, 2] }),
      layers.upSampling2d({ size: [2, 3] }),
      layers.activation({ activation: 'tanh' }),
    ],
    'PReLU with a shared alpha': () => [
      layers.dense({ units: 3, inputShape: [4, 2] }),
      layers.prelu({ sharedAxes: [2], alphaInitializer: 'ones' }),
    ],
  };

  /** Webgpu's average pooling stays wrong there: nothing is tested on a device. docs/backends.md says so. */
  const isWrong = (kind: string) => kind.startsWith('Average') && tf.getBackend() === 'webgpu';

  test.each(Object.keys(NETS))('%s: gradients of all weights are those of finite differences', async (kind) => {
    fill();
    const model = tf.sequential({ layers: NETS[kind]!() });
    const values = model.getWeights().map((w, i) => tf.tidy(() => tf.div(integers(w.shape, i), 4)));
    model.setWeights(values);
    tf.dispose(values);
    const x = integers([2, ...(model.inputs[0]!.shape as number[]).slice(1)]);
    const loss = () => tf.tidy(() => tf.sum(tf.square(model.apply(x) as tf.Tensor)) as tf.Scalar);
    await allowBackend('cpu', async () => {
      const { value, grads } = tf.variableGrads(loss);
      value.dispose();
      for (const { path, variable } of weightsOf(model)) {
        const gradient = await grads[variable!.name]!.data();
        const kept = await variable!.data();
        const largest = Math.max(...gradient.map(Math.abs));
        for (let entry = 0; entry < kept.length; entry += Math.ceil(kept.length / 4)) {
          // The loss is quadratic where no tanh is, and integers over 4 are exact: the error is rounding, of sums below 1e4 over 2 h.
          const at = async (h: number) => {
            const moved = tf.tensor(
              kept.map((v, i) => (i === entry ? v + h : v)),
              variable!.shape,
            );
            variable!.assign(moved);
            moved.dispose();
            const scalar = loss();
            const [result] = await scalar.data();
            scalar.dispose();
            return result!;
          };
          const h = 1 / 32;
          const slope = ((await at(h)) - (await at(-h))) / (2 * h);
          await at(0);
          if (!isWrong(kind)) expect(Math.abs(slope - gradient[entry]!), path).toBeLessThan(1e-2 * largest + 1e-3);
        }
      }
      tf.dispose(grads);
    });
    x.dispose();
    model.dispose();
  });
});
