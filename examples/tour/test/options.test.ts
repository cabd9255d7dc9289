import { describe, expect, it } from 'vitest';
import { INITIALIZERS } from '../src/initializers.ts';
import { commandOf, HELP, parseOptions, type TourOptions } from '../src/options.ts';

describe('parseOptions', () => {
  it('parseOptions([]) gives the defaults that the help names', () => {
    expect(parseOptions([])).toEqual({
      initializer: 'heNormal',
      sparsity: 0.9,
      bits: 8,
      epochs: 12,
      train: 60_000,
      seed: 0,
      backend: 'auto',
      out: 'out',
      data: undefined,
    });
    for (const name of Object.keys(INITIALIZERS)) expect(HELP).toContain(name);
  });

  it('parseOptions(argv) takes every option, 0 among the values', () => {
    const argv =
      '--initializer orthogonal --sparsity 0 --bits 16 --epochs 3 --train 500 --seed -7 --backend cpu --out x --data y';
    expect(parseOptions(argv.replace('--seed -7', '--seed=-7').split(' '))).toEqual({
      initializer: 'orthogonal',
      sparsity: 0,
      bits: 16,
      epochs: 3,
      train: 500,
      seed: -7,
      backend: 'cpu',
      out: 'x',
      data: 'y',
    });
  });

  it('commandOf(options) is the command that gives them, short where nothing was said', () => {
    expect(commandOf(parseOptions([]) as TourOptions)).toBe('npm start');
    const argv = ['--sparsity', '0.95', '--seed=-7', '--out', "a b's", '--data', 'x/y'];
    const command = commandOf(parseOptions(argv) as TourOptions);
    expect(command).toBe("npm start -- --sparsity 0.95 --seed=-7 --out 'a b'\\''s' --data x/y");
  });

  it('parseOptions(["--help"]) asks for help', () => {
    expect(parseOptions(['--help'])).toBeUndefined();
  });

  it.each([
    [['--sparsity', '1'], 'tour: --sparsity must be a number in [0, 1), got "1"'],
    [['--sparsity', 'NaN'], 'tour: --sparsity must be a number in [0, 1), got "NaN"'],
    [['--sparsity', ''], 'tour: --sparsity must be a number in [0, 1), got ""'],
    [['--bits', '4'], 'tour: --bits must be 8 or 16, got "4"'],
    [['--epochs', '0'], 'tour: --epochs must be an integer of 1 or more, got "0"'],
    [['--epochs', '1.5'], 'tour: --epochs must be an integer of 1 or more, got "1.5"'],
    [['--train', '127'], 'tour: --train must be an integer of 128 to 60000, got "127"'],
    [['--seed', '0.5'], 'tour: --seed must be an integer, got "0.5"'],
    [['--backend', 'gpu'], 'tour: --backend must be one of auto, node, wasm, cpu, got "gpu"'],
    [['--initializer', 'toString'], 'tour: --initializer must be one of'],
    [['--out', ''], 'tour: --out must name a folder, got ""'],
    [['--sparsty', '0.5'], "tour: Unknown option '--sparsty'; --help lists the options"],
    [['extra'], 'tour: Unexpected argument'],
    [['--seed'], "tour: Option '--seed <value>' argument missing; --help lists the options"],
  ])('parseOptions(%j) is refused', (argv, message) => {
    expect(() => parseOptions(argv)).toThrow(message);
  });
});
