// What went wrong, in one line: for people, without a stack.
import { DataFolderError } from '../store/index.js';
import { UsageError } from '../apiserver/config.js';

export interface Failure {
  readonly line: string;
  readonly code: number;
}

export function describeFailure(error: unknown): Failure {
  if (error instanceof UsageError) return { line: error.message, code: 2 };
  if (error instanceof DataFolderError) return { line: error.message, code: 1 };
  if (!(error instanceof Error)) return { line: oneLine(String(error)), code: 1 };
  return { line: oneLine(systemFailure(error) ?? error.message), code: 1 };
}

/** Words for what the system refuses most often. */
function systemFailure(error: Error): string | undefined {
  const { code, path, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  }; // as: system errors carry these, others leave them undefined
  const place = `${address ?? ''}:${port ?? ''}`;
  switch (code) {
    case 'EADDRINUSE':
      return `${place} is in use by another program; choose another with --secure-port`;
    case 'EADDRNOTAVAIL':
      return `this machine has no address ${address ?? ''}; choose another with --bind-address`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return path === undefined ? `not allowed to listen on ${place}` : `${path} is not writable`;
    case 'ENOENT':
      return path === undefined ? undefined : `${path} does not exist`;
    case 'ECONNREFUSED':
      return `no server answers at ${place}; is frontdesk running?`;
    default:
      return undefined;
  }
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ').trim();
