// --controllers: `*` for all, NAME for that one, -NAME for all but that one.
import { UsageError } from '../config.js';
import { controllerNames, type ControllerName } from '../controllers/controllers.js';

export function chosenControllers(list: readonly string[]): readonly ControllerName[] {
  const known = new Set<string>(controllerNames);
  for (const item of list) {
    const name = item.replace(/^-/, '');
    if (item !== '*' && !known.has(name)) {
      const all = controllerNames.join(', ');
      throw new UsageError(
        `--controllers: unknown controller ${JSON.stringify(name)}; there are ${all}`,
      );
    }
  }
  const withAll = list.includes('*');
  return controllerNames.filter(
    (name) => !list.includes(`-${name}`) && (withAll || list.includes(name)),
  );
}
