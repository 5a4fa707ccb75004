// Runs every transcript and compares its outputs; UPDATE=1 rewrites them, and the diff is the review.
// Language: transcript.ts.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { runTranscript } from './transcript.js';

// Compiled to <out>/test/raft: the transcripts stay in the source tree.
const folder = new URL('../../../test/raft/transcripts/', import.meta.url);

describe('a transcript plays out as written', () => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.txt'));
  it.each(names)('%s', (name) => {
    const file = new URL(name, folder);
    const text = readFileSync(file, 'utf8');
    const actual = runTranscript(text);
    if (process.env['UPDATE'] === '1') writeFileSync(file, actual);
    else expect(actual).toBe(text);
  });

  it('and there are transcripts to play', () => {
    expect(names.length).toBeGreaterThanOrEqual(15);
  });
});
