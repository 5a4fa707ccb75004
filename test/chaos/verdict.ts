// The judgement over a run of chaos: what was acknowledged is there, histories have an order, watches have no gaps.
import type { Watcher } from './clients.js';
import type { History } from './history.js';

const firstRevision = 2;
const shown = 5;

/** One line a broken promise. */
export function verdictOf(history: History, watchers: readonly Watcher[]): string[] {
  return [
    ...watchers.flatMap(({ faults }) => faults).slice(0, shown),
    ...history.violations().slice(0, shown),
    ...gaps(watchers).slice(0, shown),
    ...lost(history, watchers).slice(0, shown),
  ];
}

/** Every revision is a write below the prefix, so every watch sees every revision, and the same. */
function gaps(watchers: readonly Watcher[]): string[] {
  const last = Math.max(...watchers.map((watcher) => watcher.last));
  const found: string[] = [];
  for (let revision = firstRevision; revision <= last; revision++) {
    const texts = watchers.map(({ seen }) => seen.get(revision));
    if (texts.some((text) => text === undefined || text !== texts[0])) {
      found.push(`revision ${revision} was watched as ${JSON.stringify(texts)}`);
    }
  }
  return found;
}

function lost(history: History, watchers: readonly Watcher[]): string[] {
  const [first] = watchers;
  return history
    .acknowledgedPuts()
    .filter(({ key, value, revision }) => first?.seen.get(revision) !== `put ${key} ${value}`)
    .map(({ key, value, revision }) => `lost: ${key} = ${value}, acknowledged at ${revision}`);
}
