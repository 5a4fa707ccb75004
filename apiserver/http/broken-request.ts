// Answers for bytes that are no HTTP request, or one too slow or with too many headers: a bare status line and
// the end of the connection, as Go's server does. What the client is still sending is read and dropped for a
// moment, because closing on unread bytes resets the connection and the client would never see the answer.
import type { Duplex } from 'node:stream';
import type { Clock } from '../../store/index.js';

const lingerMs = 500;

const statusOf: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Request Entity Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** `isAnswering`: a response is on its way on this connection, so nothing else may be written to it. */
export function refuseBrokenRequest(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  clock: Clock,
  isAnswering: boolean,
): void {
  if (isAnswering || !socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = statusOf[error.code ?? ''] ?? '400 Bad Request';
  socket.removeAllListeners('data');
  socket.resume();
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${status.length}\r\nConnection: close\r\n\r\n${status}`,
  );
  const cancel = clock.after(lingerMs, () => {
    socket.destroy();
  });
  socket.once('close', cancel);
}
