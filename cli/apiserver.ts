// frontdesk apiserver: the API over an etcd that others run (--etcd-servers), with no store of its own. `serve` with the
// same flag is the same; this name says what is meant, and refuses to start a store by oversight.
import { parseFlags, UsageError } from '../apiserver/config.js';
import { serve } from './serve.js';

export async function apiserver(argv: readonly string[]): Promise<number> {
  if (parseFlags(argv, process.env).etcd === undefined) {
    throw new UsageError('apiserver needs --etcd-servers; serve brings a store of its own');
  }
  return serve(argv);
}
