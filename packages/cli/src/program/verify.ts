import { type Command, InvalidArgumentError } from 'commander';
import { verify } from '../commands/verify.ts';
import { BACKENDS, type BackendName } from '../running/tensorflow.ts';
import { verifyView } from '../views/verify.ts';
import { examples } from './common-options.ts';
import { type Context, EXIT } from './context.ts';
import { numberOption, probesOption, shareOption } from './values.ts';

/** Options of the command. */
export interface VerifyCommandOptions {
  readonly backends: readonly BackendName[];
  readonly probes: string | number;
  readonly agree?: number;
  readonly maxRelative: number;
}

/** `cpu,wasm`. */
function backendsOption(value: string): BackendName[] {
  const names = value.split(',').map((name) => name.trim());
  const known = names.every((name): name is BackendName => Object.hasOwn(BACKENDS, name));
  if (!known || new Set(names).size < names.length)
    throw new InvalidArgumentError(`It must be some of ${Object.keys(BACKENDS).join(', ')}, each once, as cpu,wasm.`);
  return names as BackendName[];
}

/** What `weightkit verify` does. */
export async function runVerify(
  context: Context,
  before: string,
  after: string | undefined,
  { backends, probes, agree, maxRelative }: VerifyCommandOptions,
): Promise<number> {
  const { signal, progress } = context;
  const options = {
    backends,
    probes: typeof probes === 'number' ? probes : await context.open(probes),
    agree,
    maxRelative,
    onProgress: progress.step,
    signal,
  };
  const models = [await context.open(before), after === undefined ? undefined : await context.open(after)] as const;
  const verification = await verify(models, options);
  context.show({ before, after: after ?? null, ...verification }, verifyView(verification, options));
  return verification.holds ? EXIT.ok : EXIT.findings;
}

/** Describes `weightkit verify`. */
export const describeVerify = (command: Command): Command =>
  command
    .summary('run two models, or one on several backends: do they say the same?')
    .description(
      'Runs two models on the same inputs, or one model on several backends of TensorFlow.js, and compares outputs and layers: signal to noise, top classes, and the first layer that goes another way. Ends with 1 where that is more than is allowed. TensorFlow.js must be installed beside weightkit.',
    )
    .argument('<before>', 'a path, a folder or an address of a model.json')
    .argument('[after]', 'another; none to compare backends')
    .option(
      '--backends <names>',
      'cpu, wasm, node (tfjs-node); the first is what others are compared with',
      backendsOption,
      ['cpu'] as BackendName[],
    )
    .option(
      '--probes <file>',
      'inputs as .npy, or .npz with one array for each input; or how many to make',
      probesOption,
      64,
    )
    .option('--agree <share>', 'the least share of equal top classes, as 0.99', shareOption)
    .option('--max-relative <number>', 'how far outputs may go, relative to their size', numberOption, 0.1)
    .addHelpText(
      'after',
      examples(
        'verify model.json small/model.json --agree 0.99 --probes x.npy',
        'verify model.json --backends cpu,wasm,node',
      ),
    );
