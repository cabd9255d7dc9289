/** The layers with their units; each kernel is [inputs, units]. */
export const LAYERS = { first: 32, second: 16, digits: 10 } as const;
export type Layer = keyof typeof LAYERS;
