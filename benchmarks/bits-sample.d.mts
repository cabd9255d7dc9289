/** A small run, as bits.json has it. */
export function measureSample(): Promise<object>;
