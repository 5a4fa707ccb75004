// The program that tests start: the bundle, as users run it (and it starts twice as fast), where there is one; a build
// of its own folder has the modules only.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const bundle = fileURLToPath(new URL('../../bundle/frontdesk/main.js', import.meta.url));
const modules = fileURLToPath(new URL('../../cli/main.js', import.meta.url));

export const program = existsSync(bundle) ? bundle : modules;
