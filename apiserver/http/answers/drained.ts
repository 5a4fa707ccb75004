// Waiting for a slow reader.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** Resolves when the response can take more, or when the client has gone. */
export async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return;
  const stop = new AbortController();
  const { signal } = stop;
  try {
    await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]);
  } finally {
    stop.abort();
  }
}
