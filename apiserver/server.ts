// The composition root: builds every part from a Config, in the order they need each other, and takes them
// down in reverse. The only file that knows every folder. Read next: http/pipeline.ts, rest/rest-handler.ts.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { AdmissionChain } from './admission/chain.js';
import { namespaceLifecycle } from './admission/namespace-lifecycle.js';
import { runtimeClass } from './admission/runtime-class.js';
import { Authenticator } from './auth/authenticator.js';
import { AlwaysAllowAuthenticated, type Authorizer } from './auth/authorizer.js';
import { firstAddress, isUnspecified, servingHosts } from './auth/hosts.js';
import { writeKubeconfig } from './auth/kubeconfig.js';
import { openPki, type Pki } from './auth/pki.js';
import type { Config } from './config.js';
import { memberOptions } from './config/member-options.js';
import { bootstrap, publishAddress } from './controllers/bootstrap.js';
import { startControllers } from './controllers/controllers.js';
import { startCustomResources } from './controllers/custom-resources.js';
import type { HealthChecks } from './http/health.js';
import { Listener } from './http/listener.js';
import type { Handler } from './http/pipeline.js';
import type { FailureLog } from './http/stages/report-failure.js';
import { RequestMetrics } from './http/stages/request-metrics.js';
import { builtInGroupOrder, builtInResources } from './resources/built-in.js';
import { Catalog } from './resources/catalog.js';
import { createStrategies } from './resources/strategies/strategies.js';
import { RestHandler, type RestDeps } from './rest/rest-handler.js';
import { loadBuiltInTypes } from './schema/openapi.js';
import { Validator } from './schema/validator.js';
import { KeyLayout } from './storage/keys.js';
import { ObjectStore } from './storage/object-store.js';
import { WatchCaches } from './storage/cache/watch-cache.js';
import { chosenPlugins } from './server/admission-plugins.js';
import { chosenControllers } from './server/chosen-controllers.js';
import { createHandler, type HandlerParts } from './server/handler.js';
import { readCredentials, type Credentials } from './server/credentials.js';
import { openAuditLog } from './server/audit-file.js';
import { logLine } from './server/log.js';
import { openMember, systemClock, type Clock, type KeyValueStore } from '../store/index.js';

export { kubernetesVersion } from './http/version.js';

export interface RunningServer {
  readonly url: string;
  readonly kubeconfigPath: string;
  /** Rejects when the store has failed and the process must end. */
  readonly failed: Promise<never>;
  /** Stops accepting, ends watches, closes the store; within a second. */
  stop(): Promise<void>;
}

/**
 * Rejects with UsageError, DataFolderError (data dir not writable or in use), LogCorruption, or the
 * system's error for an address that cannot be had. Nothing stays open then.
 */
export async function startServer(
  config: Config,
  clock: Clock = systemClock,
  random: () => number = Math.random,
): Promise<RunningServer> {
  const credentials = await readCredentials(config);
  const { store, failed } = await openStore(config, clock, random);
  const lifetime = new AbortController();
  const open: (() => Promise<void>)[] = [() => store.close()];
  const ground = { clock, random, lifetime, credentials, store, failed, open };
  try {
    return await Promise.race([serve(config, ground), failed]);
  } catch (error) {
    await takeDown(ground);
    throw error;
  }
}

/** Last opened, first closed: no more requests, then no more store. */
async function takeDown({ lifetime, open }: Ground): Promise<void> {
  lifetime.abort();
  for (let close = open.pop(); close !== undefined; close = open.pop()) await close();
}

interface Ground {
  readonly clock: Clock;
  readonly random: () => number;
  readonly lifetime: AbortController;
  readonly credentials: Credentials;
  readonly store: KeyValueStore;
  readonly failed: Promise<never>;
  /** How to close what is open. */
  readonly open: (() => Promise<void>)[];
}

/** The store comes first: it holds the data dir's lock, so nobody else's files are touched. */
async function openStore(
  config: Config,
  clock: Clock,
  random: () => number,
): Promise<{ store: KeyValueStore; failed: Promise<never> }> {
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  // Whoever runs the server waits for it; until then a failure must not count as unhandled.
  failed.catch(() => undefined);
  const store = await openMember({
    ...memberOptions(config.store, config.inMemory ? undefined : config.dataDir),
    clock,
    random,
    onFatal: (error) => {
      fail(error);
    },
  });
  return { store, failed };
}

async function serve(config: Config, ground: Ground): Promise<RunningServer> {
  const { clock, lifetime, credentials, store, failed } = ground;
  const [pki, auditLog] = await Promise.all([
    openPki({
      directory: join(config.dataDir, 'pki'),
      keep: !config.inMemory,
      hosts: servingHosts(config.bindAddress, config.serviceIpRanges),
      nowMs: clock.now(),
    }),
    openAuditLog(config.auditLogPath),
  ]);
  if (auditLog) ground.open.push(() => auditLog.close());
  const authenticator = new Authenticator(credentials.tokens);
  const authorizer = new AlwaysAllowAuthenticated();
  const deps = createRestDeps(config, ground, authenticator, authorizer);
  const controllers = chosenControllers(config.controllers);
  await deps.caches.start(lifetime.signal);
  await bootstrap(deps);
  await startCustomResources(deps, lifetime.signal);
  const state = { isReady: false, isStopping: false };
  const bound: { listener?: Listener } = {};
  const host = isUnspecified(config.bindAddress) ? '127.0.0.1' : config.bindAddress;
  const address = (): string =>
    `${host.includes(':') ? `[${host}]` : host}:${bound.listener?.port ?? 0}`;
  const parts: HandlerParts = {
    config,
    deps,
    rest: new RestHandler(deps),
    authenticator,
    authorizer,
    auditLog,
    metrics: new RequestMetrics(),
    health: healthChecks(store, state),
    failures: logFailure,
    address,
  };
  const listener = await listen(config, createHandler(parts), pki, ground);
  bound.listener = listener;
  ground.open.push(() => listener.close());
  const url = `https://${address()}`;
  await keepKubeconfig(config, url, trustOf(pki, credentials));
  const serviceIp = firstAddress(config.serviceIpRanges[0] ?? '');
  if (serviceIp !== undefined) {
    const { serviceIpRanges: serviceRanges } = config;
    await publishAddress(deps, { serviceIp, serviceRanges, ip: host, port: listener.port });
  }
  // Nothing a client asks for waits for the controllers.
  startControllers(deps, lifetime.signal, controllers).catch((error: unknown) => {
    if (!lifetime.signal.aborted) logLine('controllers failed', {}, error);
  });
  state.isReady = true;
  return {
    url,
    kubeconfigPath: resolve(config.kubeconfigPath),
    failed,
    stop: async () => {
      state.isStopping = true;
      await takeDown(ground);
    },
  };
}

async function keepKubeconfig(
  { kubeconfigPath }: Config,
  url: string,
  trust: Pick<Pki, 'authority' | 'admin'>,
): Promise<void> {
  try {
    await writeKubeconfig(kubeconfigPath, url, trust);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`cannot write the kubeconfig ${kubeconfigPath}: ${why}`, { cause });
  }
}

function createRestDeps(
  config: Config,
  { store, clock, random }: Ground,
  authenticator: Authenticator,
  authorizer: Authorizer,
): RestDeps {
  const layout = new KeyLayout(config.storageLayout);
  const strategies = createStrategies({
    serviceIpRanges: config.serviceIpRanges,
    nodePortRange: config.nodePortRange,
  });
  const catalog = new Catalog(builtInResources(strategies), builtInGroupOrder());
  const types = loadBuiltInTypes();
  const caches = new WatchCaches(store, layout, clock);
  const namespaces = catalog.find('', 'v1', 'namespaces');
  const runtimeClasses = catalog.find('node.k8s.io', 'v1', 'runtimeclasses');
  assert(namespaces !== undefined && runtimeClasses !== undefined);
  const { plugins, missing } = chosenPlugins(
    [
      namespaceLifecycle(() => caches.for(namespaces)),
      runtimeClass(() => caches.for(runtimeClasses)),
    ],
    config.admissionPlugins,
  );
  for (const plugin of missing) logLine('admission plugin is not implemented', { plugin });
  return {
    store,
    objects: new ObjectStore(store),
    caches,
    layout,
    catalog,
    types,
    validator: new Validator(types),
    admission: new AdmissionChain(plugins),
    authorizer,
    userOfToken: (token) => authenticator.userOfToken(token),
    clock,
    random,
    newUid: randomUUID,
  };
}

function listen(
  config: Config,
  handler: Handler,
  pki: Pki,
  { clock, credentials }: Ground,
): Promise<Listener> {
  return Listener.listen(
    {
      bindAddress: config.bindAddress,
      port: config.port,
      serving: credentials.serving ?? pki.serving,
      clientAuthorities: [pki.authority, ...credentials.clientAuthorities],
      connectionsMax: config.connectionsMax,
      requestTimeoutMs: config.requestTimeoutMs,
    },
    handler,
    clock,
    logFailure,
  );
}

/** Who serves with a certificate of their own is trusted by it. */
const trustOf = (pki: Pki, { serving }: Credentials): Pick<Pki, 'authority' | 'admin'> =>
  serving === undefined ? pki : { ...pki, authority: serving.certificate };

interface ServerState {
  isReady: boolean;
  isStopping: boolean;
}

function healthChecks(store: KeyValueStore, state: ServerState): HealthChecks {
  const storeAnswers = async (): Promise<void> => {
    const { hasLeader } = await store.status();
    assert(hasLeader, 'the store has no leader');
  };
  return {
    livez: [
      { name: 'ping', check: () => undefined },
      { name: 'etcd', check: storeAnswers },
    ],
    readyz: [
      { name: 'etcd-readiness', check: storeAnswers },
      {
        name: 'poststarthook/bootstrap',
        check: () => {
          assert(state.isReady, 'not started');
        },
      },
      {
        name: 'shutdown',
        check: () => {
          assert(!state.isStopping, 'stopping');
        },
      },
    ],
  };
}

const logFailure: FailureLog = (message, error, { method, rawPath: path, auditId }) => {
  logLine(message, { method, path, auditId }, error);
};
