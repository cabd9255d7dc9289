import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CheckpointError } from '@weightkit/checkpoint';
import { UnreadError } from '../commands/write.ts';
import { safeText } from '../output/safe-text.ts';
import { UsageError } from '../output/usage-error.ts';
import { withoutFunction } from '../output/without-function.ts';
import { EXIT } from './context.ts';

/** What is said of an error, and how the command ends. */
export interface Failure {
  readonly message: string;
  readonly hint: string | undefined;
  readonly code: number;
}

const SYSTEM: Readonly<Record<string, string>> = {
  EACCES: 'no permission',
  EPERM: 'no permission',
  ENOENT: 'no such file',
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'it is a folder',
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'no space left by quota',
  EROFS: 'the disk cannot be written',
  EMFILE: 'too many files are open',
};

const codeIn = (error: unknown): string | undefined => {
  const { code, cause } = Object(error) as { code?: unknown; cause?: unknown };
  if (typeof code === 'string' && code in SYSTEM) return code;
  return cause === undefined ? undefined : codeIn(cause);
};

/** What the network said: `ECONNREFUSED`, `ENOTFOUND`, ... */
function networkCode(error: unknown): string | undefined {
  const { code, cause } = Object(error) as { code?: unknown; cause?: unknown };
  return typeof code === 'string' ? code : cause === undefined ? undefined : networkCode(cause);
}

const WEIGHTS = /\.(json|safetensors|npz|npy|gguf|compact)$/i;

/** The files of a folder that might be meant, and the folders in it that hold a model. */
function candidatesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) =>
        entry.isDirectory() ? existsSync(join(folder, entry.name, 'model.json')) : WEIGHTS.test(entry.name),
      )
      .map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}

function unreadable(error: CheckpointError): Failure {
  const { check, file = '' } = error;
  const system = codeIn(error);
  if (check === 'unreadable' && system !== undefined)
    return { message: `cannot read ${file}: ${SYSTEM[system]}`, hint: undefined, code: EXIT.unreadable };
  const found = check === 'unreadable' ? candidatesIn(file) : [];
  if (found.length > 0)
    return {
      message: withoutFunction(error.message),
      hint: `name the file, as ${found.slice(0, 3).join(' or ')}`,
      code: EXIT.unreadable,
    };
  const index = check === 'format' ? join(dirname(file), 'model.json') : '';
  if (index !== '' && existsSync(index))
    return {
      message: withoutFunction(error.message),
      hint: `${index}, which says what is in the files beside it`,
      code: EXIT.unreadable,
    };
  const network = check === 'request' ? networkCode(error) : undefined;
  const broken = !['unreadable', 'request', 'format'].includes(check);
  return {
    message: `${withoutFunction(error.message)}${network === undefined ? '' : `: ${network}`}`,
    hint: broken ? 'weightkit check <model> says what is wrong with it' : undefined,
    code: EXIT.unreadable,
  };
}

/** What an error of a command means to who typed it. */
export function failureOf(error: unknown): Failure {
  if (error instanceof UnreadError) return { message: error.message, hint: undefined, code: EXIT.usage };
  if (error instanceof UsageError) return { message: error.message, hint: error.hint, code: EXIT.usage };
  if (error instanceof CheckpointError) return unreadable(error);
  const message = error instanceof Error ? error.message : String(error);
  const system = codeIn(error) ?? /\((E[A-Z]+)\)$/.exec(message)?.[1];
  if (system !== undefined && system in SYSTEM)
    return { message: `${withoutFunction(message)}: ${SYSTEM[system]}`, hint: undefined, code: EXIT.unreadable };
  if (error instanceof RangeError && /must be finite|must stay finite/.test(message))
    return {
      message: withoutFunction(message),
      hint: 'weightkit check <model> lists every tensor with such values',
      code: EXIT.findings,
    };
  const [, format, dtype, name] = /: (\w+) cannot hold (\w+); .* tensor, got "?(.*) of \w+"?$/.exec(message) ?? [];
  if (name !== undefined)
    return {
      message: `${format} files cannot hold ${dtype}, and ${name} is one`,
      hint: `weightkit convert <input> <output> --exclude '${name}' leaves it out`,
      code: EXIT.usage,
    };
  const ours = error instanceof RangeError || error instanceof TypeError;
  return { message: withoutFunction(message), hint: undefined, code: ours ? EXIT.usage : EXIT.unreadable };
}

/** An error in two lines: what is wrong, and what to try. */
export const failureText = (name: string, { message, hint }: Failure): string =>
  `weightkit${name === '' ? '' : ` ${name}`}: ${safeText(message)}\n${hint === undefined ? '' : `  try: ${safeText(hint)}\n`}`;
