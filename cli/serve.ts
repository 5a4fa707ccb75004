// frontdesk serve: starts the server, says so in one line, and stops cleanly when told to. What must not be survived (a
// failed disk, a broken invariant, an error nobody caught) ends the process with a line in the log and exit code 1.
import { parseFlags } from '../apiserver/config.js';
import { startServer } from '../apiserver/server.js';
import { logLine, type LogFields, type LogMessage } from '../apiserver/server/log.js';

/** A second signal, or a stop that hangs, ends the process the hard way. */
const stopMaxMs = 5000;
/** npm passes on the Ctrl-C that the terminal has sent to this process too: that is one wish, not two. */
const sameWishMs = 500;
const parentCheckMs = 500;

export async function serve(argv: readonly string[]): Promise<number> {
  const config = parseFlags(argv, process.env);
  endOnSurprise();
  const told = untilTold(config.exitWithParent);
  const server = await startServer(config);
  const { url, kubeconfigPath } = server;
  process.stdout.write(`frontdesk is ready: ${url} kubeconfig ${kubeconfigPath}\n`);
  process.stdout.write(`  export KUBECONFIG=${quoted(kubeconfigPath)}\n`);
  await Promise.race([
    told,
    server.failed.catch((error: unknown) => end('the store failed', {}, error)),
  ]);
  const killer = setTimeout(() => process.exit(1), stopMaxMs);
  await server.stop();
  clearTimeout(killer);
  return 0;
}

/**
 * An error that nobody caught leaves the process in a state that nobody knows: what is acknowledged is on disk, so
 * ending is safe and going on is not. Unhandled rejections come here too. A closed log or terminal is no such error.
 */
function endOnSurprise(): void {
  process.on('uncaughtException', (error, origin) => end('unexpected failure', { origin }, error));
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
}

/** Nothing is closed in order: after a failed write the less is done the better. */
function end(message: LogMessage, fields: LogFields, error: unknown): never {
  logLine(message, fields, error);
  process.exit(1);
}

/** Resolves on SIGINT or SIGTERM, or when the parent has gone (with --exit-with-parent). */
function untilTold(exitWithParent: boolean): Promise<void> {
  return new Promise((resolve) => {
    let toldAtMs: number | undefined;
    const stop = (): void => {
      if (toldAtMs !== undefined && performance.now() - toldAtMs > sameWishMs) process.exit(1);
      toldAtMs ??= performance.now();
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    if (!exitWithParent) return;
    const parent = process.ppid;
    const watcher = setInterval(() => {
      // An orphan is adopted by another process.
      if (process.ppid === parent) return;
      clearInterval(watcher);
      stop();
    }, parentCheckMs);
    watcher.unref();
  });
}

const quoted = (path: string): string =>
  /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
