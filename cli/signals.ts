// How a running server is told to end, and how it ends when something broke that nobody foresaw.

/** npm passes on the Ctrl-C that the terminal has sent to this process too: that is one wish, not two. */
const sameWishMs = 500;
const parentCheckMs = 500;
/** A second signal, or a stop that hangs, ends the process the hard way. */
const stopMaxMs = 5000;

export type RuntimeWarning = Error & { readonly code?: string };

/** DEP0123: an IP address as the name of a TLS server, which members that know each other by address always give. */
const addressAsName = 'DEP0123';

/** Resolves on SIGINT or SIGTERM with its name, or when the parent has gone (if that is to be noticed). */
export function untilTold(exitWithParent: boolean): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let toldAtMs: number | undefined;
    const stop = (signal: NodeJS.Signals): void => {
      if (toldAtMs !== undefined && performance.now() - toldAtMs > sameWishMs) process.exit(1);
      toldAtMs ??= performance.now();
      resolve(signal);
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    if (!exitWithParent) return;
    const parent = process.ppid;
    const watcher = setInterval(() => {
      // An orphan is adopted by another process.
      if (process.ppid === parent) return;
      clearInterval(watcher);
      stop('SIGTERM');
    }, parentCheckMs);
    watcher.unref();
  });
}

/** Runs the last steps; a process that hangs in them ends with code 1. */
export async function stopInTime(stop: () => Promise<void>): Promise<void> {
  const killer = setTimeout(() => process.exit(1), stopMaxMs);
  await stop();
  clearTimeout(killer);
}

/**
 * An error that nobody caught leaves the process in a state that nobody knows: what is acknowledged is on disk, so
 * ending is safe and going on is not. Unhandled rejections come here too. A closed log or terminal is no such error.
 */
export function endOnSurprise(
  end: (error: unknown, origin: string) => never,
  warn: (warning: RuntimeWarning) => void,
): void {
  process.on('uncaughtException', (error, origin) => end(error, origin));
  // Node writes its warnings to stderr in a form of its own: the log there is one JSON object a line.
  process.removeAllListeners('warning');
  process.on('warning', (warning: RuntimeWarning) => {
    if (warning.code !== addressAsName) warn(warning);
  });
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
}
