// Trust: whose client certificates this server takes, and what its kubeconfig says; kept up to date while servers that
// share the store come and go (shared-trust.ts).
import type { Pki } from '../auth/pki.js';
import type { Config } from '../config.js';
import type { Listener } from '../http/listener.js';
import type { Clock, KeyValueStore } from '../../store/index.js';
import type { Credentials } from './credentials.js';
import { keepKubeconfig } from './kubeconfig-file.js';
import { logLine } from './log.js';
import { shareTrust } from './shared-trust.js';

export interface TrustGround {
  readonly store: KeyValueStore;
  readonly clock: Clock;
  readonly lifetime: AbortController;
  readonly credentials: Credentials;
}

export interface Trust {
  /** Of all servers, this one's first. */
  readonly authorities: readonly string[];
  /** Writes the kubeconfig; from now on changes reach it and the listener. */
  serve(listener: Listener, url: string): Promise<void>;
}

/** A store in memory has no other servers. */
export async function openTrust(
  config: Config,
  { store, clock, lifetime, credentials }: TrustGround,
  root: string,
  pki: Pki,
): Promise<Trust> {
  let authorities: readonly string[] = [pki.authority];
  let apply: () => Promise<void> = () => Promise.resolve();
  if (!config.inMemory) {
    authorities = await shareTrust({
      store,
      clock,
      signal: lifetime.signal,
      root,
      own: pki.authority,
      changed: (all) => {
        authorities = all;
        apply().catch((error: unknown) => {
          logLine('kubeconfig not written', {}, error);
        });
      },
    });
  }
  return {
    get authorities() {
      return authorities;
    },
    serve: (listener, url) => {
      apply = () => {
        listener.trust([...authorities, ...credentials.clientAuthorities]);
        return keepKubeconfig(config, url, credentials, pki, authorities);
      };
      return apply();
    },
  };
}
