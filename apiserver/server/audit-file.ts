// Opens the audit log: a file that is appended to, or stdout.
import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { UsageError } from '../config.js';
import { AuditLog } from '../http/stages/audit.js';

export async function openAuditLog(path: string | undefined): Promise<AuditLog | undefined> {
  if (path === undefined) return undefined;
  if (path === '-') return new AuditLog(createWriteStream('', { fd: 1, autoClose: false }));
  try {
    const file = await open(path, 'a', 0o600);
    return new AuditLog(file.createWriteStream());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--audit-log-path: ${why}`);
  }
}
