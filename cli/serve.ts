// frontdesk serve: starts the server, says so in one line, and stops cleanly when told to. What must not be survived (a
// failed disk, a broken invariant, an error nobody caught) ends the process with a line in the log and exit code 1.
import { parseFlags } from '../apiserver/config.js';
import { startServer } from '../apiserver/server.js';
import { logLine, type LogFields, type LogMessage } from '../apiserver/server/log.js';
import { endOnSurprise, stopInTime, untilTold } from './signals.js';

export async function serve(argv: readonly string[]): Promise<number> {
  const config = parseFlags(argv, process.env);
  endOnSurprise(
    (error, origin) => end('unexpected failure', { origin }, error),
    (warning) => {
      logLine('warning of the runtime', {}, warning);
    },
  );
  const stopping = new AbortController();
  const told = untilTold(config.exitWithParent).then(() => {
    stopping.abort();
  });
  const server = await startServer(config, undefined, undefined, stopping.signal).catch(
    (error: unknown) => {
      if (stopping.signal.aborted) return undefined;
      throw error;
    },
  );
  // Told while it waited for a quorum of its cluster.
  if (server === undefined) return 0;
  const { url, kubeconfigPath } = server;
  process.stdout.write(`frontdesk is ready: ${url} kubeconfig ${kubeconfigPath}\n`);
  process.stdout.write(`  export KUBECONFIG=${quoted(kubeconfigPath)}\n`);
  await Promise.race([
    told,
    server.removed.then(() => {
      logLine('this member was removed from its cluster');
    }),
    server.failed.catch((error: unknown) => end('the store failed', {}, error)),
  ]);
  await stopInTime(() => server.stop());
  return 0;
}

/** Nothing is closed in order: after a failed write the less is done the better. */
function end(message: LogMessage, fields: LogFields, error: unknown): never {
  logLine(message, fields, error);
  process.exit(1);
}

const quoted = (path: string): string =>
  /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
