// The express app: routes of everything that is neither a resource nor asked for at once (the list of
// paths, metrics, OpenAPI, the store's inspection). Express only routes here: a handler takes the Call and
// gives a Reply, which goes back through the pipeline like any other. Loaded on first use (130 ms).
import express, { type NextFunction, type Request, type Response } from 'express';
import type { Call, Reply } from './call.js';
import { inspectReply } from './inspect.js';
import { metricsPrinter, type MetricsParts } from './metrics.js';
import { json } from './path-routes.js';
import { noSuchMethod } from './resource-routes.js';
import type { KeyValueStore } from '../../store/index.js';

export type AppHandler = (call: Call) => Promise<Reply>;
type RouteHandler = (call: Call) => Reply | Promise<Reply>;

export interface AppParts {
  readonly openapiV2: (call: Call) => Reply | Promise<Reply>;
  readonly openapiV3: (call: Call) => Reply | undefined | Promise<Reply | undefined>;
  readonly metrics: MetricsParts;
  readonly store: KeyValueStore;
  /** Path below which the API's keys are. */
  readonly keyRoot: string;
  /** Paths of groups and group versions, for the list at /. */
  readonly apiPaths: () => readonly string[];
}

interface Pending {
  readonly call: Call;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

export function createApp(parts: AppParts): AppHandler {
  const pending = new WeakMap<object, Pending>();
  const app = express();
  app.disable('x-powered-by');
  app.set('case sensitive routing', true);
  for (const [path, handler] of routesOf(parts)) {
    const run = (request: Request, _response: Response, next: NextFunction): void => {
      const waiting = pending.get(request);
      if (waiting === undefined) {
        next();
        return;
      }
      Promise.resolve()
        .then(() => handler(waiting.call))
        .then(waiting.resolve, waiting.reject);
    };
    app.get(path, run);
    app.all(path, (request: Request) => {
      pending.get(request)?.reject(noSuchMethod());
    });
  }
  return (call) =>
    new Promise((resolve, reject) => {
      pending.set(call.request, { call, resolve, reject });
      // as: express gives node's request its own prototype before any handler sees it.
      app(call.request as Request, call.response as Response, (error?: unknown) => {
        if (error === undefined) resolve(pathList(call, parts, 404));
        else reject(error instanceof Error ? error : new Error('routing failed', { cause: error }));
      });
    });
}

function routesOf(parts: AppParts): readonly (readonly [string, RouteHandler])[] {
  return [
    ['/', (call) => pathList(call, parts, 200)],
    ['/metrics', metricsPrinter(parts.metrics)],
    ['/openapi/v2', parts.openapiV2],
    [
      '/openapi/v3{/*rest}',
      async (call) => (await parts.openapiV3(call)) ?? pathList(call, parts, 404),
    ],
    ['/inspect/v1/keys', (call) => inspectReply(call, parts.store, parts.keyRoot)],
  ];
}

/** As kube-apiserver's index: known paths, also as the body of a 404. */
function pathList(call: Call, parts: AppParts, code: number): Reply {
  const paths = [
    '/api',
    '/apis',
    ...parts.apiPaths(),
    '/healthz',
    '/inspect/v1/keys',
    '/livez',
    '/metrics',
    '/openapi/v2',
    '/openapi/v3',
    '/readyz',
    '/version',
  ];
  return json(call, { paths: [...new Set(paths)].sort() }, code);
}
