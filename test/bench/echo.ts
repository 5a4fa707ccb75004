// The yardstick's server: node:https with the same kind of certificates, sending every body back. Nothing else.
import fs from 'node:fs';
import https from 'node:https';

const [, , pki = ''] = process.argv;
const read = (name: string): Buffer => fs.readFileSync(`${pki}/${name}`);
const options = {
  key: read('apiserver.key'),
  cert: read('apiserver.crt'),
  ca: read('ca.crt'),
  requestCert: true,
  rejectUnauthorized: false,
};
const server = https.createServer(options, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(Buffer.concat(chunks));
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) {
    process.stdout.write(`https://127.0.0.1:${address.port}\n`);
  }
});
