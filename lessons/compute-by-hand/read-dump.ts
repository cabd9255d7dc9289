import type { Layer } from './by-hand.ts';

/** The network that `dump` wrote into lines, among others, read back; undefined where a number of it is missing. */
export function readDump(lines: readonly string[]): Layer[] | undefined {
  const numbers = new Map<string, number>();
  for (const line of lines) {
    const [, from, to, value] = /^(\S+) -> (L\dN\d)(?:: | = )(\S+)$/.exec(line) ?? [];
    if (value !== undefined) numbers.set(`${from} ${to}`, Number(value));
  }
  const of = (from: string, to: string) => numbers.get(`${from} ${to}`) ?? Number.NaN;
  const layer = (l: number, outputs: number[], activation: Layer['activation']): Layer => ({
    kernel: [0, 1].map((from) => outputs.map((to) => of(`L${l}N${from}`, `L${l + 1}N${to}`))),
    bias: outputs.map((to) => of(`${l}B`, `L${l + 1}N${to}`)),
    activation,
  });
  const layers = [layer(0, [0, 1], 'sigmoid'), layer(1, [0], 'linear')];
  const all = layers.flatMap(({ kernel, bias }) => [...kernel.flat(), ...bias]);
  return all.some(Number.isNaN) ? undefined : layers;
}
