import { checkType } from '@weightkit/numerics/check';
import type { FeatureStore } from './feature-store.ts';

const fn = 'browserStore';
const TABLE = 'features';

const answer = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** A {@link FeatureStore} in the browser; see {@link browserStore}. */
export interface BrowserStore extends FeatureStore {
  /** Deletes all that is kept under its name. */
  clear(): Promise<void>;
  /** Closes it. */
  close(): void;
}

/**
 * A store of features in the IndexedDB of a page, which is still there when the page is opened again.
 *
 * @example
 * // in a page: await cacheFeatures(model, 'pool', images, { store: await browserStore('photos') })
 * const refusal = await browserStore('').catch((error) => error.message);
 * console.log(refusal); // -> browserStore: name must be a name of one letter or more, got ""
 *
 * @param name - the name of the database
 * @returns the store
 * @throws TypeError where there is no IndexedDB, as in Node, and for a name that is none
 */
export async function browserStore(name: string): Promise<BrowserStore> {
  checkType(typeof name === 'string' && name !== '', `${fn}: name must be a name of one letter or more`, name);
  checkType(globalThis.indexedDB !== undefined, `${fn}: there must be an IndexedDB (in Node give a folder)`, undefined);
  const request = globalThis.indexedDB.open(`weightkit/${name}`, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
  const database = await answer(request);
  const table = (mode: IDBTransactionMode): IDBObjectStore => database.transaction(TABLE, mode).objectStore(TABLE);
  return {
    get: (key) => answer(table('readonly').get(key) as IDBRequest<Uint8Array | undefined>),
    set: (key, bytes) => answer(table('readwrite').put(bytes, key)),
    clear: async () => {
      await answer(table('readwrite').clear());
    },
    close: () => database.close(),
  };
}
