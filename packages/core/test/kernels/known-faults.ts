/**
 * What is wrong with kernels of TensorFlow.js 4.22 and stays so after `fillMissingKernels()`, by backend and name of the case
 * (kernel-cases.ts); docs/backends.md says the same in words.
 */
const everywhere: [RegExp, RegExp][] = [
  // Says so itself.
  [/^batchNorm 2d without scale$/, /Cannot read properties of undefined/],
  [/^divNoNan/, /gradient function not found for Equal/],
  [/^(maximum|minimum|squaredDifference) (?!\[3,5\] \[3,5\])/, /does not match the shape of the input/],
  [/^prod -1$/, /must match length of perm/],
];

/** Refused by the gradient; tfjs-node refuses the convolution. */
const dilated: [RegExp, RegExp] = [
  /^depthwiseConv2d .* dilation 2$/,
  /dilation rates greater than 1 are not yet supported/,
];

/** The nearest entry of cropAndResize is wrong on cpu, the reference. */
const cropped: [RegExp, RegExp] = [/^cropAndResize nearest$/, /^value$/];

/** On each backend: which cases, and what they show. */
export const KNOWN_FAULTS: Record<string, [name: RegExp, fault: RegExp][]> = {
  cpu: [...everywhere, dilated],
  wasm: [...everywhere, dilated, cropped, [/^einsum$/, /Kernel 'Einsum' not registered/]],
  tensorflow: [
    ...everywhere,
    cropped,
    [/ 1 (mixed|negative|dilation 1)$/, /supports only 'valid' and 'same' padding/],
    [/^depthwiseConv2d/, /Invalid TF_Status/],
    // The others have the padding of a stride above the filter's size wrong, in core's computeConv3DInfo.
    [/^conv3d(Transpose)? \/2,1,3 same$/, /^(value|gradient \d)$/],
  ],
  webgpu: [
    ...everywhere,
    dilated,
    cropped,
    [/^avgPool(3d)? /, /^gradient 0$/],
    // Another of several largest entries gets the gradient.
    [/^maxPool 3\/2 same ties$/, /^gradient 0$/],
    // Running sums and products, exclusive or reversed, over another axis than the first; gradients are made of them.
    [/^cumsum [12] /, /^(value|gradient 0)$/],
    [/^prod (1|1,2)$/, /^gradient 0$/],
    [/^resize.* half$/, /^gradient 0$/],
    // WGSL allows them an error of 2^-11.
    [/^(sin|cos)$/, /^value$/],
  ],
};

/** Whether a fault is known. */
export const isKnown = (backend: string, name: string, fault: string): boolean =>
  KNOWN_FAULTS[backend]!.some(([names, faults]) => names.test(name) && faults.test(fault));
