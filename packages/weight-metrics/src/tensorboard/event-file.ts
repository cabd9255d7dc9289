import { checkOptions, checkType } from '@weightkit/numerics/check';
import { crc32c } from './crc32c.ts';
import { checkWallTime, eventMessage, type TensorboardEvent } from './event.ts';
import { joined, Message } from './message.ts';

/** The checksum as TFRecord stores it: turned right by 15 bits and moved on, so that a file of checksums has other ones. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** A TFRecord: the length in 8 bytes, its checksum, the message, its checksum. */
function record(message: Message): Uint8Array {
  const data = message.encoded();
  const bytes = new Uint8Array(12 + data.length + 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length, true);
  view.setUint32(8, masked(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, masked(data), true);
  return bytes;
}

/**
 * The bytes of one event, to be appended to an event file while a training runs: TensorBoard reads on where it stopped.
 *
 * @example
 * ```js
 * import { eventFile, eventRecord } from '@weightkit/weight-metrics/tensorboard';
 *
 * const file = [...eventFile([]), ...eventRecord({ tag: 'loss', step: 0, scalar: 0.5, wallTime: 1 })];
 * console.log(file.length); // -> 80
 * ```
 *
 * @param event - a number, a histogram, a picture or a text, of a tag and a step
 * @returns its TFRecord: length, checksum, Event message, checksum; see
 *   https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
 * @throws TypeError or RangeError for what is no event, as in `eventRecord: step must be a whole number from 0, got -1`
 */
export function eventRecord(event: TensorboardEvent): Uint8Array {
  return record(eventMessage('eventRecord', event));
}

/** Options of {@link eventFile}. */
export interface EventFileOptions {
  /** When the file was begun, in seconds since 1970. @defaultValue now */
  wallTime?: number;
}

/**
 * The bytes of a whole event file, to be written into a folder of its own for each run under a name of {@link eventFileName}, or
 * offered for download; `tensorboard --logdir` reads that folder.
 *
 * @example
 * ```js
 * import { eventFile, eventFileName } from '@weightkit/weight-metrics/tensorboard';
 *
 * const losses = [0.7, 0.4, 0.3];
 * const bytes = eventFile(losses.map((scalar, step) => ({ tag: 'loss', step, scalar })));
 * console.log(eventFileName({ wallTime: 1_800_000_000 }), bytes.length); // -> events.out.tfevents.1800000000.weightkit 164
 * ```
 *
 * @param events - in the order of time; none makes a file that others are appended to
 * @param options - when it was begun
 * @returns the version's record, and one for each event
 * @throws TypeError or RangeError for what is no event
 */
export function eventFile(events: Iterable<TensorboardEvent>, options: EventFileOptions = {}): Uint8Array {
  checkOptions('eventFile', options, ['wallTime']);
  const { wallTime = Date.now() / 1000 } = options;
  checkWallTime('eventFile', wallTime);
  checkType(
    typeof events === 'object' && events !== null && Symbol.iterator in events,
    'eventFile: events must be a list',
    events,
  );
  const parts = [record(new Message().double(1, wallTime).bytes(3, 'brain.Event:2'))];
  for (const event of events) parts.push(record(eventMessage('eventFile', event)));
  return joined(parts);
}

/**
 * A name by which TensorBoard knows an event file: it looks for `tfevents`, and orders files of a run by the seconds in them.
 *
 * @param options - when it was begun
 */
export function eventFileName(options: EventFileOptions = {}): string {
  checkOptions('eventFileName', options, ['wallTime']);
  const { wallTime = Date.now() / 1000 } = options;
  checkWallTime('eventFileName', wallTime);
  return `events.out.tfevents.${String(Math.floor(wallTime)).padStart(10, '0')}.weightkit`;
}
