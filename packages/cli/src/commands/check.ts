import { type Checkpoint, CheckpointError } from '@weightkit/checkpoint';
import type { FileAccess } from '../files/file-access.ts';
import { checkFiles } from './check-files.ts';
import { checkValues } from './check-values.ts';
import type { Finding } from './finding.ts';
import { entriesOf } from './stored-as.ts';

/** What `check` says of a model. */
export interface Check {
  /** Whether there is no error and no warning. */
  readonly ok: boolean;
  /** The worst first. */
  readonly findings: readonly Finding[];
  /** How many tensors were read, or null where the model does not open. */
  readonly tensors: number | null;
  readonly parameters: number | null;
}

/** Options of {@link check}. */
export interface CheckOptions {
  /** Whether notes count as well. */
  readonly strict: boolean;
  readonly onProgress?: (tensor: string, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const ORDER = ['error', 'warning', 'note'];

/** Faults that are no finding in a model: there is none. */
const NO_MODEL = ['unreadable', 'request', 'format'];

function findingOf({ check, file, tensor, message }: CheckpointError): Finding {
  return {
    severity: 'error',
    kind: check,
    where: tensor ?? file ?? '',
    message: message.replace(/^openCheckpoint: /, ''),
    advice: null,
  };
}

/** Arrays of an npz file that no one reads as weights. */
const notRead = ({ extras: { arrays = {} } }: Checkpoint): Finding[] =>
  Object.entries(arrays).map(([where, dtype]) => ({
    severity: 'note',
    kind: 'no-numbers',
    where,
    message: `the array is not read: its entries are no numbers (${dtype})`,
    advice: null,
  }));

/**
 * What is wrong with a model: its files, its header, its values.
 *
 * @param access - its files; undefined where they are not on this machine
 * @param open - opens it
 * @throws CheckpointError where there is no model at all
 */
export async function check(
  access: FileAccess | undefined,
  open: () => Promise<Checkpoint>,
  options: CheckOptions,
): Promise<Check> {
  const { strict, ...reading } = options;
  const files = access ? await checkFiles(access) : [];
  const opened = await open().catch((error: unknown) => {
    if (!(error instanceof CheckpointError)) throw error;
    // What the files say is said better there.
    if (files.some(({ severity }) => severity === 'error')) return undefined;
    if (NO_MODEL.includes(error.check)) throw error;
    files.push(findingOf(error));
    return undefined;
  });
  const findings = [...files, ...(opened ? [...(await checkValues(opened, reading)), ...notRead(opened)] : [])].sort(
    (a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity),
  );
  return {
    ok: findings.every(({ severity }) => severity === 'note' && !strict),
    findings,
    tensors: opened?.tensors.length ?? null,
    parameters: opened?.tensors.reduce((sum, tensor) => sum + entriesOf(tensor), 0) ?? null,
  };
}
