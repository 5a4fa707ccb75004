// What a container image's name says about pulling it: `:latest`, or no tag and no digest, is pulled each time.

export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  return pullsLatest(image) ? 'Always' : 'IfNotPresent';
}

/** A name nobody can pull has no tag; validation will speak about it. */
const imageName = /^[\w.:/@[\]-]+$/;

function pullsLatest(image: string): boolean {
  if (!imageName.test(image)) return false;
  const at = image.indexOf('@');
  const named = at < 0 ? image : image.slice(0, at);
  const colon = named.lastIndexOf(':');
  const tag = colon > named.lastIndexOf('/') ? named.slice(colon + 1) : '';
  return tag === 'latest' || (tag === '' && at < 0);
}
