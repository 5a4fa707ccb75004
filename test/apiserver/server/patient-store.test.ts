import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../../../apiserver/object/api-error.js';
import { PatientStore, untilStoreAnswers } from '../../../apiserver/server/patient-store.js';
import {
  openInMemoryStore,
  StoreError,
  type KeyValueStore,
  type RangeQuery,
  type StoreErrorCode,
  type Txn,
} from '../../../store/index.js';
import { SteppedClock } from '../../support/stepped-clock.js';

const key = Uint8Array.of(1);
const put: Txn = { compare: [], success: [{ type: 'put', key, value: key }], failure: [] };
const read: Txn = { compare: [], success: [{ type: 'range', key }], failure: [] };

/** The real store in memory, whose first answers are lost to changes of leader. */
function shaken(failures: number): { store: KeyValueStore; asked: () => number } {
  const store = openInMemoryStore(new SteppedClock(0));
  let asked = 0;
  const shake =
    <Input, Output>(call: (input: Input) => Promise<Output>) =>
    (input: Input) => {
      asked += 1;
      return asked <= failures
        ? Promise.reject<Output>(new StoreError('leader-changed'))
        : call(input);
    };
  const range = shake((query: RangeQuery) => store.range(query));
  const txn = shake((given: Txn) => store.txn(given));
  return {
    store: new PatientStore(Object.assign(Object.create(store) as KeyValueStore, { range, txn })),
    asked: () => asked,
  };
}

describe('a change of leader', () => {
  it('is not noticed by reads', async () => {
    const once = shaken(1);
    expect(await once.store.range({ key })).toMatchObject({ count: 0 });
    expect(await shaken(2).store.txn(read)).toMatchObject({ succeeded: true });
    expect(once.asked()).toBe(2);
  });

  it('is told to those who write: it may have happened', async () => {
    const once = shaken(1);
    await expect(once.store.txn(put)).rejects.toMatchObject({ code: 'leader-changed' });
    expect(once.asked()).toBe(1);
  });

  it('ends reads when there is no end of it', async () => {
    await expect(shaken(100).store.range({ key })).rejects.toMatchObject({
      code: 'leader-changed',
    });
  });
});

describe('a step of the start', () => {
  const step = (failures: readonly unknown[]): (() => Promise<string>) => {
    const left = [...failures];
    return () => {
      const failure = left.shift();
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- all of them are errors
      return failure === undefined ? Promise.resolve('done') : Promise.reject(failure);
    };
  };
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const asApi = (code: StoreErrorCode): ApiError =>
    new ApiError(503, 'ServiceUnavailable', 'x', { cause: new StoreError(code) });

  it('waits for the quorum', async () => {
    const clock = new SteppedClock(0);
    const failures = [new StoreError('timeout'), asApi('leader-changed')];
    const done = untilStoreAnswers(step(failures), clock, new AbortController().signal);
    for (let i = 0; i < failures.length; i++) {
      await turn();
      clock.advance(1000);
    }
    expect(await done).toBe('done');
  });

  it('does not wait for what will not change, nor when it is to be given up', async () => {
    const clock = new SteppedClock(0);
    const { signal } = new AbortController();
    const hopeless = untilStoreAnswers(step([new StoreError('no-space')]), clock, signal);
    await expect(hopeless).rejects.toMatchObject({ code: 'no-space' });
    const stopped = untilStoreAnswers(
      step([new StoreError('timeout')]),
      clock,
      AbortSignal.abort(),
    );
    await expect(stopped).rejects.toMatchObject({ code: 'timeout' });
  });
});
