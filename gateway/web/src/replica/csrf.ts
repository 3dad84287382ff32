/** Return the session's token against forged requests, which the gateway puts into a cookie; '' without one. */
export function csrfCookie(): string {
  const found = document.cookie.split('; ').find((each) => each.startsWith('__Host-csrf='));
  return found === undefined ? '' : found.slice('__Host-csrf='.length);
}
