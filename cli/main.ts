#!/usr/bin/env node
// frontdesk's command line: finds the subcommand and imports only that. A failure is one line on stderr
// and exit code 1; a mistake in the arguments 2.

const summary = `frontdesk: a Kubernetes API server with an embedded, etcd-compatible store

Usage: frontdesk COMMAND [ARGUMENTS]

  serve        run the API server and its store (the default)
  apiserver    run the API server over an etcd: --etcd-servers=URL,... and the flags of serve
  etcd         run the store alone, with etcd's flags: help etcd
  apply        apply manifests: -f FILE|DIR|- [-n NAMESPACE]
  get          show objects: RESOURCE [NAME] [-n NAMESPACE|-A] [-l SELECTOR] [-o wide|yaml|json|name]
  delete       delete objects: RESOURCE NAME..., or -f FILE|DIR|-
  watch        follow objects: RESOURCE [NAME] [-n NAMESPACE|-A]
  snapshot     back up and restore a store: save|status|restore FILE: help snapshot
  inspect      show the store's keys: [PREFIX] [--watch] [--history KEY]
  kubeconfig   print the admin's kubeconfig
  version      print versions
  help         print this, or a command's flags: help COMMAND
`;

type Run = (argv: readonly string[]) => Promise<number>;

const commands: Readonly<Record<string, () => Promise<Run>>> = {
  serve: async () => (await import('./serve.js')).serve,
  apiserver: async () => (await import('./apiserver.js')).apiserver,
  etcd: async () => (await import('./etcd/etcd.js')).etcd,
  apply: async () => (await import('./apply.js')).apply,
  get: async () => (await import('./get.js')).get,
  delete: async () => (await import('./delete.js')).deleteObjects,
  watch: async () => (await import('./get.js')).watch,
  snapshot: async () => (await import('./snapshot.js')).snapshot,
  inspect: async () => (await import('./inspect.js')).inspect,
  kubeconfig: async () => (await import('./kubeconfig.js')).kubeconfig,
  version: async () => (await import('./version.js')).version,
};

async function main(argv: readonly string[]): Promise<number> {
  const [first = '', ...rest] = argv;
  if (first === 'help' || first === '--help' || first === '-h') return help(rest[0]);
  // Flags alone mean the default job.
  const [name, words] = first === '' || first.startsWith('-') ? ['serve', argv] : [first, rest];
  if (!['serve', 'apiserver', 'etcd'].includes(name)) endWithReader();
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    process.stderr.write(
      `frontdesk: unknown command ${JSON.stringify(name)}; see frontdesk help\n`,
    );
    return 2;
  }
  if (words.includes('--help') || words.includes('-h')) return help(name);
  try {
    const run = await load();
    return await run(words);
  } catch (error) {
    const { describeFailure } = await import('./failure.js');
    const { line, code } = describeFailure(error);
    process.stderr.write(`frontdesk: ${line}\n`);
    return code;
  }
}

/** `frontdesk watch pods | head`: nobody reads on, so the command ends, as one that SIGPIPE ends. The server goes on. */
function endWithReader(): void {
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') process.stderr.write(`frontdesk: ${message}\n`);
    process.exit(code === 'EPIPE' ? 128 + 13 : 1);
  });
}

async function help(command: string | undefined): Promise<number> {
  endWithReader();
  process.stdout.write(summary);
  if (command === 'serve' || command === 'apiserver' || command === undefined) {
    const { describeServerFlags } = await import('../apiserver/config.js');
    process.stdout.write(
      `\nFlags of serve (also FRONTDESK_NAME=value in the environment):\n${describeServerFlags()}\n`,
    );
  } else if (command === 'etcd') {
    const { describeEtcdFlags } = await import('./etcd/settings.js');
    process.stdout.write(
      `\nFlags of etcd (also ETCD_NAME=value in the environment):\n${describeEtcdFlags()}\n`,
    );
  } else if (command === 'snapshot') {
    const { describeSnapshotFlags } = await import('./snapshot-flags.js');
    process.stdout.write(`\n${describeSnapshotFlags()}\n`);
  } else if (Object.hasOwn(commands, command)) {
    const { describeClientFlags } = await import('./client-flags.js');
    process.stdout.write(`\nFlags of the client commands:\n${describeClientFlags()}\n`);
  }
  return 0;
}

// exitCode, not exit(): what is still being written to a pipe gets out.
process.exitCode = await main(process.argv.slice(2));
