import { Command, CommanderError } from 'commander';
import { UnreadError } from '../commands/write.ts';
import { describeCheck, runCheck } from './check.ts';
import { withCommonOptions } from './common-options.ts';
import { type Context, EXIT, inContext } from './context.ts';
import { describeConvert, runConvert } from './convert.ts';
import { describeDiff, runDiff } from './diff.ts';
import { failureOf, failureText } from './failure.ts';
import type { Host } from './host.ts';
import { describeInspect, runInspect } from './inspect.ts';
import { describePrune, runPrune } from './prune.ts';
import { describeQuantize, runQuantize } from './quantize.ts';
import { describeReport, runReport } from './report.ts';
import { describeShrink, runShrink } from './shrink.ts';
import { describeVerify, runVerify } from './verify.ts';
import { version } from './version.ts';

interface CommandEntry {
  readonly name: string;
  readonly describe: (command: Command) => Command;
  // The positional arguments, then the options.
  readonly run: (context: Context, ...args: never[]) => Promise<number>;
}

const COMMANDS: readonly CommandEntry[] = [
  { name: 'inspect', describe: describeInspect, run: runInspect },
  { name: 'check', describe: describeCheck, run: runCheck },
  { name: 'diff', describe: describeDiff, run: runDiff },
  { name: 'verify', describe: describeVerify, run: runVerify },
  { name: 'quantize', describe: describeQuantize, run: runQuantize },
  { name: 'prune', describe: describePrune, run: runPrune },
  { name: 'shrink', describe: describeShrink, run: runShrink },
  { name: 'convert', describe: describeConvert, run: runConvert },
  { name: 'report', describe: describeReport, run: runReport },
];

const AFTER = `
Formats: model.json of TensorFlow.js (layers, graph or bare manifest), .safetensors and its index, .npz, .npy, .compact and .gguf (read only).
Exit code: 0 all is well, 1 findings or differences, 2 wrong usage, 3 a file cannot be read or written.
`;

/** Everything that `weightkit` can do, as the parser has it; `end` takes a command's exit code. */
export function programFor(host: Host, end: (name: string, code: number) => void): Command {
  const program = new Command('weightkit')
    .description('Look into, check, compare, shrink and convert weight files. Nothing is changed in place.')
    .version(version())
    .configureOutput({
      writeOut: (text) => host.stdout.write(text),
      writeErr: (text) => host.stderr.write(text),
      getOutHelpWidth: () => host.stdout.columns ?? 100,
      getErrHelpWidth: () => host.stderr.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(weightkit --help lists the commands)')
    .addHelpText('after', AFTER);
  for (const { name, describe, run } of COMMANDS) {
    const command = withCommonOptions(describe(program.command(name)))
      .copyInheritedSettings(program)
      .showHelpAfterError(`(weightkit ${name} --help lists its options)`);
    command.action(async (...given: unknown[]) => {
      const positional = given.slice(0, -2);
      const code = await inContext(host, command, (context) =>
        run(context, ...([...positional, command.opts()] as never[])),
      );
      end(name, code);
    });
  }
  return program;
}

/** `help x` as `x --help`, and of what is no command as `x`, which says so and what was meant. */
function helpFirst([first, second, ...rest]: readonly string[]): string[] {
  if (second === undefined || first !== 'help' || second === 'help' || second.startsWith('-'))
    return [first, second, ...rest].filter((one) => one !== undefined);
  return COMMANDS.some(({ name }) => name === second) ? [second, '--help'] : [second];
}

/** Runs a command line and gives the exit code; nothing is thrown. */
export async function run(args: readonly string[], host: Host): Promise<number> {
  let code: number = EXIT.ok;
  const program = programFor(host, (_, ended) => {
    code = ended;
  });
  if (args.length === 0) {
    program.outputHelp({ error: true });
    return EXIT.usage;
  }
  try {
    await program.parseAsync(helpFirst(args), { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (host.signal.aborted) {
      const whole = error instanceof UnreadError ? error.message : 'stopped, nothing is left behind';
      host.stderr.write(`weightkit: ${whole}\n`);
      return EXIT.interrupted;
    }
    const failure = failureOf(error);
    const name = COMMANDS.find((command) => command.name === args[0])?.name ?? '';
    host.stderr.write(failureText(name, failure));
    return failure.code;
  }
}
