// frontdesk serve: starts the server, says so in one line, and stops cleanly when told to.
import { parseFlags } from '../apiserver/config.js';
import { startServer } from '../apiserver/server.js';

/** A second signal, or a stop that hangs, ends the process the hard way. */
const stopMaxMs = 5000;
const parentCheckMs = 500;

export async function serve(argv: readonly string[]): Promise<number> {
  const config = parseFlags(argv, process.env);
  const told = untilTold(config.exitWithParent);
  const server = await startServer(config);
  const { url, kubeconfigPath } = server;
  process.stdout.write(`frontdesk is ready: ${url} kubeconfig ${kubeconfigPath}\n`);
  process.stdout.write(`  export KUBECONFIG=${quoted(kubeconfigPath)}\n`);
  await Promise.race([told, server.failed]);
  const killer = setTimeout(() => process.exit(1), stopMaxMs);
  await server.stop();
  clearTimeout(killer);
  return 0;
}

/** Resolves on SIGINT or SIGTERM, or when the parent has gone (with --exit-with-parent). */
function untilTold(exitWithParent: boolean): Promise<void> {
  return new Promise((resolve) => {
    let isTold = false;
    const stop = (): void => {
      if (isTold) process.exit(1);
      isTold = true;
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
      if (!isTold) stop();
    }, parentCheckMs);
    watcher.unref();
  });
}

const quoted = (path: string): string =>
  /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
