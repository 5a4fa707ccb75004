// Go's regular expressions (RE2 syntax) as JavaScript's: the few spellings that differ are rewritten, and what RE2
// does not have (look-around, back-references) is refused as Go refuses it.

export class PatternError extends Error {}

const classes: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/** Compiled patterns by text; dropped whole when there are too many. */
const compiled = new Map<string, RegExp>();
const compiledMax = 1_000;

/** Throws PatternError, worded as Go's `regexp.Compile`. */
export function goPattern(text: string): RegExp {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const made = compile(text);
  if (compiled.size >= compiledMax) compiled.clear();
  compiled.set(text, made);
  return made;
}

function compile(text: string): RegExp {
  const leading = /^\(\?([imsU]+)\)/.exec(text);
  const flags = (leading?.[1] ?? '').replace('U', '');
  const source = rewrite(text.slice(leading?.[0].length ?? 0));
  try {
    return new RegExp(source, `${flags}u`);
  } catch {
    // Unicode mode refuses escapes of ordinary characters, such as `\-`.
  }
  try {
    return new RegExp(source, flags);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^.*: /, '') : '';
    throw new PatternError(`error parsing regexp: ${why}: \`${text}\``);
  }
}

function rewrite(text: string): string {
  let out = '';
  let isInClass = false;
  for (let at = 0; at < text.length; at++) {
    const rest = text.slice(at);
    const [token, made] = isInClass ? classToken(rest) : plainToken(rest);
    if (token === '[' && !isInClass) isInClass = true;
    else if (token === ']' && isInClass) isInClass = false;
    out += made;
    at += token.length - 1;
  }
  return out;
}

type Rewritten = readonly [token: string, made: string];

function classToken(rest: string): Rewritten {
  const posix = /^\[:(\^?)(\w+):\]/.exec(rest);
  const members = posix === null ? undefined : classes[posix[2] ?? ''];
  if (posix !== null && members !== undefined && posix[1] === '') return [posix[0], members];
  if (rest.startsWith('[')) return ['[', '\\['];
  return escapeToken(rest);
}

function plainToken(rest: string): Rewritten {
  const group = /^\(\?(P?<(?![=!])|[=!]|<[=!])?/.exec(rest);
  if (group !== null) {
    const [whole, kind] = group;
    if (kind === undefined) return modifiers(rest);
    if (kind === 'P<' || kind === '<') return [whole, '(?<'];
    throw new PatternError(
      `error parsing regexp: invalid or unsupported Perl syntax: \`${whole}\``,
    );
  }
  if (/^\\[1-9]/.test(rest))
    throw new PatternError(
      `error parsing regexp: invalid escape sequence: \`${rest.slice(0, 2)}\``,
    );
  const literal = /^\\Q(.*?)(?:\\E|$)/s.exec(rest);
  if (literal !== null)
    return [literal[0], (literal[1] ?? '').replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')];
  if (rest.startsWith('\\A')) return ['\\A', '^'];
  if (rest.startsWith('\\z')) return ['\\z', '$'];
  return escapeToken(rest);
}

/** `(?i:x)` in the middle: JavaScript of this age has no such groups, so the letters' case counts there. */
function modifiers(rest: string): Rewritten {
  const group = /^\(\?[imsU-]*:/.exec(rest);
  if (group !== null) return [group[0], '(?:'];
  const alone = /^\(\?[imsU-]+\)/.exec(rest);
  if (alone !== null) return [alone[0], ''];
  const shown = rest.slice(0, 3);
  throw new PatternError(`error parsing regexp: invalid or unsupported Perl syntax: \`${shown}\``);
}

function escapeToken(rest: string): Rewritten {
  if (!rest.startsWith('\\')) return [rest.charAt(0), rest.charAt(0)];
  const property = /^\\([pP])([A-Z])(?![\w{])/.exec(rest);
  if (property !== null) return [property[0], `\\${property[1] ?? 'p'}{${property[2] ?? ''}}`];
  return [rest.slice(0, 2), rest.slice(0, 2)];
}
