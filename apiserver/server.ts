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
import { openPki, type Pki } from './auth/pki.js';
import type { Config } from './config.js';
import { bootstrap, publishAddress } from './controllers/bootstrap.js';
import { startControllers } from './controllers/controllers.js';
import { startCustomResources } from './controllers/custom-resources.js';
import { whileLeading } from './controllers/leadership.js';
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
import { listenForEtcdClients } from './server/etcd-listener.js';
import { healthChecks, type ServerState } from './server/health-checks.js';
import { logLine } from './server/log.js';
import { untilStoreAnswers } from './server/patient-store.js';
import { openTrust, type Trust } from './server/trust.js';
import { openStore, type OpenStore } from './server/open-store.js';
import { systemClock, type Clock } from '../store/index.js';

export { kubernetesVersion } from './http/version.js';

/** As the listener of the Kubernetes API. */
const etcdGraceMs = 300;

export interface RunningServer {
  readonly url: string;
  readonly kubeconfigPath: string;
  /** Rejects when the store has failed and the process must end. */
  readonly failed: Promise<never>;
  /** Resolves when the store's member was removed from its cluster: the server is to stop then. */
  readonly removed: Promise<void>;
  /** Stops accepting, ends watches, closes the store; within a second. */
  stop(): Promise<void>;
}

/**
 * Rejects with UsageError, DataFolderError (data dir not writable or in use), LogCorruption, or the
 * system's error for an address that cannot be had; when `signal` aborts while it waits for the store's cluster, with
 * StoreError 'stopped'. Nothing stays open then.
 */
export async function startServer(
  config: Config,
  clock: Clock = systemClock,
  random: () => number = Math.random,
  signal?: AbortSignal,
): Promise<RunningServer> {
  const credentials = await readCredentials(config);
  const opened = await openStore(config, { clock, random, signal });
  const lifetime = new AbortController();
  const open: (() => Promise<void>)[] = [() => opened.store.close()];
  const starting = signal ? AbortSignal.any([signal, lifetime.signal]) : lifetime.signal;
  const ground = { ...opened, clock, random, lifetime, starting, credentials, open };
  try {
    return await Promise.race([serve(config, ground), opened.failed]);
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

interface Ground extends OpenStore {
  readonly clock: Clock;
  readonly random: () => number;
  readonly lifetime: AbortController;
  /** Aborts when the start is to be given up. */
  readonly starting: AbortSignal;
  readonly credentials: Credentials;
  /** How to close what is open. */
  readonly open: (() => Promise<void>)[];
}

async function serve(config: Config, ground: Ground): Promise<RunningServer> {
  const { clock, lifetime, credentials, leadership } = ground;
  const [pki, auditLog] = await Promise.all([
    openOwnPki(config, clock.now()),
    openAuditLog(config.auditLogPath),
  ]);
  if (auditLog) ground.open.push(() => auditLog.close());
  const access: Access = {
    authenticator: new Authenticator(credentials.tokens),
    authorizer: new AlwaysAllowAuthenticated(),
  };
  const deps = createRestDeps(config, ground, access);
  const controllers = chosenControllers(config.controllers);
  const trust = await prepare(config, ground, deps, pki);
  const state: ServerState = { isReady: false, isStopping: false };
  const bound: { listener?: Listener } = {};
  const host = isUnspecified(config.bindAddress) ? '127.0.0.1' : config.bindAddress;
  const address = (): string =>
    `${host.includes(':') ? `[${host}]` : host}:${bound.listener?.port ?? 0}`;
  const parts: HandlerParts = {
    config,
    deps,
    rest: new RestHandler(deps),
    ...access,
    auditLog,
    metrics: new RequestMetrics(),
    health: healthChecks(ground, config, state),
    failures: logFailure,
    node: ground.node,
    address,
  };
  const listener = await listen(config, createHandler(parts), pki, ground);
  bound.listener = listener;
  ground.open.push(() => listener.close());
  const url = `https://${address()}`;
  await trust.serve(listener, url);
  await announce(config, ground, deps, { ip: host, port: listener.port });
  await serveEtcdClients(config, ground, pki, trust.authorities);
  // Nothing a client asks for waits for the controllers.
  void whileLeading({
    leadership,
    clock,
    signal: lifetime.signal,
    start: (term) => startControllers(deps, term, controllers, config.compactEveryMs),
    failed: logControllerFailure,
  });
  state.isReady = true;
  return {
    url,
    kubeconfigPath: resolve(config.kubeconfigPath),
    failed: ground.failed,
    removed: ground.removed,
    stop: async () => {
      state.isStopping = true;
      await takeDown(ground);
    },
  };
}

/** What comes before the first request. In a cluster every step waits until there is a quorum. */
async function prepare(config: Config, ground: Ground, deps: RestDeps, pki: Pki): Promise<Trust> {
  const { clock, lifetime, leadership, starting } = ground;
  const patiently = <T>(step: () => Promise<T>): Promise<T> =>
    untilStoreAnswers(step, clock, starting);
  await patiently(() => deps.caches.start(lifetime.signal));
  const trust = await patiently(() => openTrust(config, ground, deps.layout.root, pki));
  await patiently(() => bootstrap(deps));
  await patiently(() =>
    startCustomResources(deps, lifetime.signal, leadership, logControllerFailure),
  );
  return trust;
}

async function serveEtcdClients(
  config: Config,
  { node, clock, random, open }: Ground,
  pki: Pki,
  authorities: readonly string[],
): Promise<void> {
  if (node === undefined) return;
  const report = (error: unknown): void => {
    logLine('request of an etcd client failed', {}, error);
  };
  const parts = { node, clock, random, pki, authorities, report };
  const server = await listenForEtcdClients(config, parts);
  if (server) open.push(() => server.close(etcdGraceMs));
}

/** The Service `kubernetes` leads to the server whose store leads: that one is up. */
async function announce(
  { serviceIpRanges: serviceRanges }: Config,
  { leadership, clock, lifetime }: Ground,
  deps: RestDeps,
  at: { readonly ip: string; readonly port: number },
): Promise<void> {
  const serviceIp = firstAddress(serviceRanges[0] ?? '');
  if (serviceIp === undefined) return;
  const start = (): Promise<void> => publishAddress(deps, { serviceIp, serviceRanges, ...at });
  await whileLeading({
    leadership,
    clock,
    signal: lifetime.signal,
    start,
    failed: logControllerFailure,
  });
}

const openOwnPki = (config: Config, nowMs: number): Promise<Pki> =>
  openPki({
    directory: join(config.dataDir, 'pki'),
    keep: !config.inMemory,
    hosts: servingHosts(config.bindAddress, config.serviceIpRanges),
    nowMs,
  });

interface Access {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
}

function createRestDeps(
  config: Config,
  { store, clock, random }: Ground,
  { authenticator, authorizer }: Access,
): RestDeps {
  const layout = new KeyLayout(config.storageLayout, config.keyRoot);
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

const logControllerFailure = (error: unknown): void => {
  logLine('controllers failed', {}, error);
};

const logFailure: FailureLog = (message, error, { method, rawPath: path, auditId }) => {
  logLine(message, { method, path, auditId }, error);
};
