import * as tf from '@tensorflow/tfjs-core';

interface ProgramRunner {
  runWebGPUProgram(program: object, inputs: tf.Tensor[], dtype: tf.DataType): tf.TensorInfo;
}

/** Runs the WGSL `main(index)` over `x` (in the shader: `X`, one thread for each element) on the webgpu backend. */
export function runShader(code: string, x: tf.Tensor): tf.Tensor {
  const program = {
    variableNames: ['X'],
    outputShape: x.shape,
    workgroupSize: [64, 1, 1],
    dispatchLayout: { x: x.shape.map((_, axis) => axis) },
    dispatch: [Math.ceil(x.size / 64), 1, 1],
    size: true,
    // The backend keeps programs by this key, so it must differ wherever the code does.
    shaderKey: `runShader ${code}`,
    getUserCode: () => code,
  };
  const info = (tf.backend() as unknown as ProgramRunner).runWebGPUProgram(program, [x], 'float32');
  return tf.engine().makeTensorFromTensorInfo(info);
}
