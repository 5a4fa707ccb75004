// The controllers that only need the API: started together once the server can answer, on the elected leader only.
import type { RestDeps } from '../rest/rest-deps.js';
import { compactEveryMs, startCompactor } from './compactor.js';
import { startGarbageCollector } from './garbage-collector.js';
import { startNamespaceCleaner } from './namespace-cleaner.js';

export const controllerNames = ['namespace', 'garbage-collector', 'compactor'] as const;
export type ControllerName = (typeof controllerNames)[number];

/** Resolves when all of them follow the store; the signal ends them: the server's, or a term's (leadership.ts). */
export async function startControllers(
  rest: RestDeps,
  signal: AbortSignal,
  wanted: readonly ControllerName[] = controllerNames,
  compactMs: number = compactEveryMs,
): Promise<void> {
  if (wanted.includes('compactor')) startCompactor(rest.store, rest.clock, signal, compactMs);
  if (wanted.includes('namespace')) await startNamespaceCleaner(rest, signal);
  if (wanted.includes('garbage-collector')) await startGarbageCollector(rest, signal);
}
