// Requests outside the resources. Health, version and discovery are answered here, because the first client
// asks for them at once; the rest goes through the express app, which is loaded when first needed.
import type { Call, Reply } from './call.js';
import type { AppParts, AppHandler } from './app.js';
import { healthReply, isHealthPath, type HealthChecks } from './health.js';
import { bodyOf, prefersPretty } from './answers/json-body.js';
import { noSuchMethod } from './resource-routes.js';
import { versionInfo } from './version.js';

/** Undefined: no such path. */
export type DiscoveryHandler = (call: Call) => Reply | undefined;

export interface PathParts {
  readonly health: HealthChecks;
  readonly discovery: DiscoveryHandler;
  readonly app: AppParts;
}

export class PathRoutes {
  readonly #parts: PathParts;
  #app: Promise<AppHandler> | undefined;

  constructor(parts: PathParts) {
    this.#parts = parts;
  }

  async handle(call: Call): Promise<Reply> {
    const { path, verb } = call.info;
    const reads = verb === 'get' || verb === 'head';
    if (isHealthPath(path)) return (await healthReply(call, this.#parts.health)) ?? notFound();
    if (path === '/version' || path === '/version/') {
      if (!reads) throw noSuchMethod();
      return json(call, versionInfo());
    }
    if (path === '/api' || path === '/apis' || /^\/apis?\//.test(path)) {
      if (!reads) throw noSuchMethod();
      return this.#parts.discovery(call) ?? notFound();
    }
    this.#app ??= import('./app.js').then(({ createApp }) => createApp(this.#parts.app));
    const app = await this.#app;
    return app(call);
  }
}

export const json = (call: Call, document: object, code = 200): Reply => ({
  type: 'bytes',
  code,
  contentType: 'application/json',
  body: bodyOf(document, prefersPretty(call)),
});

/** Go's answer for a path nobody registered. */
export const notFound = (): Reply => ({
  type: 'bytes',
  code: 404,
  contentType: 'text/plain; charset=utf-8',
  body: new TextEncoder().encode('404 page not found\n'),
  headers: { 'X-Content-Type-Options': 'nosniff' },
});
