// Puts http/ together: the pipeline, and behind it the resources and the other paths.
import type { Authenticator } from '../auth/authenticator.js';
import type { Authorizer } from '../auth/authorizer.js';
import type { Config } from '../config.js';
import type { AuditLog } from '../http/stages/audit.js';
import type { Call, Reply } from '../http/call.js';
import type { DocumentRequest } from '../http/documents/cached-document.js';
import { Discovery } from '../http/documents/discovery.js';
import type { HealthChecks } from '../http/health.js';
import { indentBytes, prefersPretty } from '../http/answers/json-body.js';
import { OpenApiDocuments } from './openapi-documents.js';
import { PathRoutes } from '../http/path-routes.js';
import { createPipeline, type Handler } from '../http/pipeline.js';
import type { FailureLog } from '../http/stages/report-failure.js';
import type { RequestMetrics } from '../http/stages/request-metrics.js';
import { ResourceRoutes } from '../http/resource-routes.js';
import type { RestDeps } from '../rest/rest-deps.js';
import type { Rest } from '../rest/rest-call.js';
import { prefixEnd, type StoreNode } from '../../store/index.js';

export interface HandlerParts {
  readonly config: Config;
  readonly deps: RestDeps;
  readonly rest: Rest;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly auditLog: AuditLog | undefined;
  readonly metrics: RequestMetrics;
  readonly health: HealthChecks;
  readonly failures: FailureLog;
  /** Undefined: the store is not in this process. */
  readonly node: StoreNode | undefined;
  /** host:port, known once the listener listens. */
  readonly address: () => string;
}

export function createHandler(parts: HandlerParts): Handler {
  const { config, deps, metrics } = parts;
  const resources = new ResourceRoutes(deps.catalog, parts.rest, {
    metrics,
    watchTimeoutMinMs: config.watchTimeoutMinMs,
    random: deps.random,
  });
  const paths = createPathRoutes(parts);
  return createPipeline(
    {
      authenticator: parts.authenticator,
      anonymous: config.anonymous,
      authorizer: parts.authorizer,
      auditLog: parts.auditLog,
      metrics,
      inFlight: config.inFlight,
      requestTimeoutMs: config.requestTimeoutMs,
      failures: parts.failures,
    },
    (call) =>
      call.info.type === 'resource' ? resources.handle(call, call.info) : paths.handle(call),
  );
}

function createPathRoutes(parts: HandlerParts): PathRoutes {
  const { deps, metrics, auditLog, health, address, node } = parts;
  let discovery: Discovery | undefined;
  const openapi = new OpenApiDocuments(deps.catalog, deps.types);
  return new PathRoutes({
    health,
    discovery: (call) => {
      discovery ??= new Discovery(deps.catalog, address());
      return forPeople(call, discovery.answer(call.info.path, documentRequest(call)));
    },
    app: {
      openapiV2: async (call) => openapi.v2(documentRequest(call)),
      openapiV3: async (call) =>
        openapi.v3(call.info.path, call.query.get('hash'), documentRequest(call)),
      metrics: {
        requests: metrics,
        store: deps.store,
        storedObjects: () => countObjects(deps),
        auditDropped: () => auditLog?.dropped ?? 0,
        node,
      },
      store: deps.store,
      keyRoot: deps.layout.root,
      apiPaths: () =>
        deps.catalog
          .groups()
          .flatMap(({ name, versions }) =>
            name === ''
              ? versions.map((version) => `/api/${version}`)
              : [`/apis/${name}`, ...versions.map((version) => `/apis/${name}/${version}`)],
          ),
    },
  });
}

/** People get their documents indented, and not packed. */
const documentRequest = (call: Call): DocumentRequest => ({
  accept: call.request.headers.accept,
  ifNoneMatch: call.request.headers['if-none-match'],
  ...(prefersPretty(call) ? {} : { acceptEncoding: encodingOf(call) }),
});

const encodingOf = (call: Call): string | undefined => {
  const header = call.request.headers['accept-encoding'];
  return Array.isArray(header) ? header.join(',') : header;
};

function forPeople(call: Call, reply: Reply | undefined): Reply | undefined {
  if (reply?.type !== 'bytes' || reply.code !== 200 || !prefersPretty(call)) return reply;
  return { ...reply, body: indentBytes(reply.body) };
}

/** One count a stored kind, for the metrics page. */
async function countObjects({ catalog, layout, store }: RestDeps): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const encoder = new TextEncoder();
  for (const resource of catalog.all()) {
    const name = resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
    if (resource.virtual || counts.has(name)) continue;
    const key = encoder.encode(layout.prefix(resource));
    const { count } = await store.range({ key, end: prefixEnd(key), countOnly: true });
    counts.set(name, count);
  }
  return counts;
}
