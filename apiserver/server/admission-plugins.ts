// --enable-admission-plugins and --disable-admission-plugins: which of the plugins there are run.
import type { AdmissionPlugin } from '../admission/chain.js';
import type { Config } from '../config.js';

export interface ChosenPlugins {
  readonly plugins: readonly AdmissionPlugin[];
  /** Asked for by name, but not there yet: worth a line in the log. */
  readonly missing: readonly string[];
}

/** All plugins there are run by default. */
export function chosenPlugins(
  available: readonly AdmissionPlugin[],
  { enabled, disabled }: Config['admissionPlugins'],
): ChosenPlugins {
  return {
    plugins: available.filter(({ name }) => !disabled.includes(name)),
    missing: enabled.filter((name) => available.every((plugin) => plugin.name !== name)),
  };
}
