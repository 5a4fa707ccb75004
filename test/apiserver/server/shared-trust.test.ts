import { afterEach, describe, expect, it } from '@jest/globals';
import {
  createAuthority,
  createClientCertificate,
  type KeyPair,
} from '../../../apiserver/auth/certificates.js';
import { shareTrust } from '../../../apiserver/server/shared-trust.js';
import { openInMemoryStore } from '../../../store/index.js';
import { SteppedClock } from '../../support/stepped-clock.js';

const nowMs = Date.UTC(2026, 0, 1);
const dayMs = 24 * 3600 * 1000;
const clock = new SteppedClock(nowMs);
const authority = (name: string, days = 10): KeyPair =>
  createAuthority(name, { notBeforeMs: nowMs - dayMs, notAfterMs: nowMs + days * dayMs });

let lifetime = new AbortController();
afterEach(() => {
  lifetime.abort();
  lifetime = new AbortController();
});

const store = () => openInMemoryStore(clock);
const share = (
  shared: ReturnType<typeof store>,
  own: KeyPair,
  changed: (all: readonly string[]) => void = () => undefined,
  root = '/registry',
) =>
  shareTrust({
    store: shared,
    clock,
    signal: lifetime.signal,
    root,
    own: own.certificate,
    changed,
  });

describe('servers that share a store', () => {
  it('know each other’s authorities, their own first, and hear of those that come', async () => {
    const shared = store();
    const [first, second] = [authority('first'), authority('second')];
    let told: (all: readonly string[]) => void = () => undefined;
    const news = new Promise<readonly string[]>((resolve) => {
      told = resolve;
    });
    expect(await share(shared, first, told)).toEqual([first.certificate]);
    expect(await share(shared, second)).toEqual([second.certificate, first.certificate]);
    expect(await news).toEqual([first.certificate, second.certificate]);
    const { revision } = await shared.status();
    await share(shared, first);
    expect((await shared.status()).revision).toBe(revision);
  });

  it('keep their keys to themselves', async () => {
    const shared = store();
    await share(shared, authority('own'));
    const all = await shared.range({ key: Uint8Array.of(0), end: Uint8Array.of(0) });
    const texts = all.kvs.map(({ value }) => new TextDecoder().decode(value)).join('');
    expect(texts).toContain('BEGIN CERTIFICATE');
    expect(texts).not.toContain('PRIVATE KEY');
  });

  it('trust no leaf certificate, none that has run out, no rubbish, and nobody of another root', async () => {
    const shared = store();
    const own = authority('own');
    const leaf = createClientCertificate(
      own,
      'own',
      { commonName: 'x' },
      { notBeforeMs: nowMs, notAfterMs: nowMs + dayMs },
    );
    const past = authority('past', -0.5);
    for (const [name, text] of Object.entries({
      a: leaf.certificate,
      b: past.certificate,
      c: 'x',
    })) {
      const key = new TextEncoder().encode(`/registry/.authorities/${name}`);
      const value = new TextEncoder().encode(text);
      await shared.txn({ compare: [], success: [{ type: 'put', key, value }], failure: [] });
    }
    await share(shared, authority('elsewhere'), undefined, '/other');
    expect(await share(shared, own)).toEqual([own.certificate]);
  });
});
