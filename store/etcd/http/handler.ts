// What the client URLs answer to HTTP/1: the gateway, the pages of the member's condition, its metrics. The same without
// the gateway answers on --listen-metrics-urls.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { metricsContentType, metricsText, type MetricFamily } from '../../metrics.js';
import type { StoreNode } from '../../node.js';
import type { Gateway } from './gateway.js';
import { isStatusPage, statusPage, type Page } from './status-pages.js';

export interface HttpParts {
  readonly node: StoreNode;
  readonly metrics: () => readonly MetricFamily[];
  /** Absent: only pages. */
  readonly gateway?: Gateway;
  /** Told of failures that nobody foresaw. */
  readonly report: (error: unknown) => void;
}

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => void;

export function httpHandler(parts: HttpParts): HttpHandler {
  return (request, response) => {
    const { path, query } = targetOf(request);
    if (parts.gateway?.handle(request, response, path)) return;
    pageFor(parts, request.method ?? '', path, query).then(
      (page) => {
        answer(response, page);
      },
      (error: unknown) => {
        parts.report(error);
        answer(response, { status: 500, type: 'text/plain', body: 'internal error\n' });
      },
    );
  };
}

const plainText = 'text/plain; charset=utf-8';
const notFound: Page = { status: 404, type: plainText, body: '404 page not found\n' };
const notAllowed: Page = { status: 405, type: plainText, body: 'Method Not Allowed\n' };

async function pageFor(
  { node, metrics }: HttpParts,
  method: string,
  path: string,
  query: URLSearchParams,
): Promise<Page> {
  const isMetrics = path === '/metrics';
  if (!isMetrics && !isStatusPage(path)) return notFound;
  if (method !== 'GET' && method !== 'HEAD') return notAllowed;
  if (isMetrics) return { status: 200, type: metricsContentType, body: metricsText(metrics()) };
  return statusPage(node, path, query);
}

function answer(response: ServerResponse, { status, type, body }: Page): void {
  if (!response.req.complete) response.setHeader('Connection', 'close');
  if (status === notAllowed.status) response.setHeader('Allow', 'GET');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Type', type);
  response.statusCode = status;
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** A URL that cannot be read is that of no page. */
function targetOf({ url = '' }: IncomingMessage): { path: string; query: URLSearchParams } {
  const [path = '', query = ''] = url.split('?', 2);
  return { path, query: new URLSearchParams(query) };
}
