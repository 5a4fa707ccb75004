import { afterAll } from '@jest/globals';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMember } from '../../store/index.js';
import { keyValueStoreContract } from './key-value-store.js';

const root = fs.mkdtempSync(join(tmpdir(), 'frontdesk-contract-'));
let made = 0;
const onFatal = (error: unknown): never => {
  throw error;
};

afterAll(() => {
  fs.rmSync(root, { recursive: true, force: true });
});

keyValueStoreContract('Member on disk', () =>
  openMember({ dataDir: join(root, String(++made)), onFatal }),
);
keyValueStoreContract('Member in memory', () => openMember({ onFatal }));
