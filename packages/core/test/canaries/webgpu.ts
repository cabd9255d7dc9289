import * as tf from '@tensorflow/tfjs';
import { type Canary, canary } from './canary.ts';

/** What the packages and the set-up of tests use of the webgpu backend. */
interface WebGPUInternals {
  device: { pushErrorScope: unknown; popErrorScope: unknown; addEventListener: unknown; lost: unknown };
  commandEncoder?: unknown;
  endComputePassEncoder(): void;
  submitQueue(): void;
  runWebGPUProgram(program: object, inputs: tf.TensorInfo[], dtype: tf.DataType, uniforms: object[]): tf.TensorInfo;
}

/** The backend, but for what is planted. */
const backend = (planted: Partial<WebGPUInternals> = {}): WebGPUInternals =>
  new Proxy(tf.backend() as unknown as WebGPUInternals, {
    get(target, key: keyof WebGPUInternals) {
      const value = key in planted ? planted[key] : target[key];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

const TWICE = 'fn main(index : i32) { if (index < uniforms.size) { result[index] = uniforms.by * X[index]; } }';
const program = {
  variableNames: ['X'],
  uniforms: 'by : f32,',
  outputShape: [3],
  workgroupSize: [64, 1, 1],
  dispatchLayout: { x: [0] },
  dispatch: [1, 1, 1],
  size: true,
  shaderKey: 'canary',
  getUserCode: () => TWICE,
};

async function doubled(of: WebGPUInternals): Promise<number[]> {
  const info = of.runWebGPUProgram(program, [tf.tensor1d([1, 2, 3])], 'float32', [{ type: 'float32', data: [2] }]);
  return [...(await tf.engine().makeTensorFromTensorInfo(info).data())];
}

const used = 'tooling/testing/src/gpu-errors.ts';

/** Empty on the other backends. */
export const WEBGPU = (): Canary[] =>
  tf.getBackend() !== 'webgpu'
    ? []
    : [
        canary({
          field: 'WebGPUBackend.device',
          rule: 'the GPUDevice',
          used,
          make: () => backend(),
          holds: ({ device }) =>
            [device.pushErrorScope, device.popErrorScope, device.addEventListener].every(
              (method) => typeof method === 'function',
            ) && device.lost instanceof Promise,
          plant: () => backend({ device: {} as WebGPUInternals['device'] }),
        }),
        canary({
          field: 'WebGPUBackend.commandEncoder, endComputePassEncoder and submitQueue',
          rule: 'what holds commands back and submits them',
          used,
          make: () => backend(),
          holds(of) {
            tf.add(tf.ones([3]), 1);
            const held = Boolean(of.commandEncoder);
            of.endComputePassEncoder();
            of.submitQueue();
            return held && !of.commandEncoder;
          },
          plant: () => backend({ commandEncoder: undefined }),
        }),
        canary({
          field: 'WebGPUBackend.runWebGPUProgram',
          rule: '(program, inputs, dtype, uniforms)',
          used: 'quantization/src/round-to-grid.ts',
          make: () => backend(),
          holds: async (of) => (await doubled(of)).join() === '2,4,6',
          plant: () => backend({ runWebGPUProgram: (_program, [x]) => tf.clone(x as tf.Tensor) }),
        }),
      ];
