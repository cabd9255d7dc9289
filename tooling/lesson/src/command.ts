import { parseArgs } from 'node:util';
import { checkRange } from '@weightkit/numerics/check';
import type { About, Parameter, Values } from './lesson.ts';
import { checkValues, type Described, parametersOf, parseValue, ruleOf } from './parameters.ts';
import { NODE_BACKENDS } from './start-backend.ts';

/** What a command line asks for. */
export interface Command<Params> {
  values: Params;
  backend: (typeof NODE_BACKENDS)[number];
  /** Folder for the figures; `out/lessons/<name>` when undefined. */
  out: string | undefined;
  /** The reader's own pictures, of lessons that take any. */
  pictures: string | undefined;
}

/** What a command line needs to know of a lesson. */
type Called<Params = Values> = Described<Params> & Pick<About<Params>, 'pictures'>;

const initialOf = ({ initial }: Parameter): string => `(default ${initial})`;

const PICTURES =
  'your own pictures in place of digits: a file in the binary format of CIFAR-10, or the folder of its data_batch_1.bin';

/** The text of `--help`: every parameter with its label, its range and its default. */
export function helpOf(lesson: Called & { title: string }): string {
  const flags = parametersOf(lesson).map(([name, parameter]) => {
    const help = parameter.help ? ` ${parameter.help}` : '';
    return [`--${name}`, `${parameter.label}: ${ruleOf(parameter)} ${initialOf(parameter)}.${help}`] as const;
  });
  const common = [
    ...(lesson.pictures ? [['--pictures', PICTURES] as const] : []),
    ['--backend', `what computes: one of ${NODE_BACKENDS.join(', ')} (default auto: the fastest that is installed)`],
    ['--out', `folder for figures and report (default out/lessons/${lesson.name})`],
    ['--help', 'this text'],
  ] as const;
  const all = [...flags, ...common];
  const width = Math.max(...all.map(([name]) => name.length));
  const lines = all.map(([name, text]) => `  ${name.padEnd(width)}   ${text}`);
  return [`npm run lesson -- ${lesson.name} [--parameter value ...]     ${lesson.title}`, '', ...lines].join('\n');
}

/** A flag may stand alone; everything else has a value. */
function texts(lesson: Called, argv: readonly string[]): Record<string, string | undefined> {
  const kinds = Object.fromEntries(parametersOf(lesson).map(([name, { kind }]) => [name, kind]));
  const args = argv.flatMap((arg, i) => {
    const alone = kinds[arg.replace(/^--/, '')] === 'flag' && !/^(true|false)$/.test(argv[i + 1] ?? '');
    return alone ? [arg, 'true'] : [arg];
  });
  const options = Object.fromEntries(
    [...Object.keys(kinds), 'backend', 'out', ...(lesson.pictures ? ['pictures'] : [])].map((name) => [
      name,
      { type: 'string' as const },
    ]),
  );
  try {
    return parseArgs({ args, options }).values as Record<string, string | undefined>;
  } catch (error) {
    throw new TypeError(`${lesson.name}: ${(error as Error).message.split('.')[0]}; --help lists the parameters`);
  }
}

/**
 * Reads a command line.
 *
 * @returns undefined when it asks for help
 * @throws TypeError for a name that the lesson does not have, RangeError `lesson: rule, got value` for a value
 */
export function parseCommand<Params>(lesson: Called<Params>, argv: readonly string[]): Command<Params> | undefined {
  if (argv.includes('--help')) return undefined;
  const { backend = 'auto', out, pictures, ...given } = texts(lesson as Called, argv);
  checkRange(
    (NODE_BACKENDS as readonly string[]).includes(backend),
    `${lesson.name}: --backend must be one of ${NODE_BACKENDS.join(', ')}`,
    backend,
  );
  checkRange(out !== '', `${lesson.name}: --out must name a folder`, out);
  checkRange(pictures !== '', `${lesson.name}: --pictures must name a file or a folder`, pictures);
  const values = Object.entries(given).map(([name, text]) => [name, parseValue(lesson, name, text!)]);
  return {
    values: checkValues(lesson, Object.fromEntries(values)),
    backend: backend as Command<Params>['backend'],
    out,
    pictures,
  };
}
