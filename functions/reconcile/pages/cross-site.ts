/**
 * Why a request that changes something may not have come from one of our own pages; undefined where it has. The cookie of
 * Easy Auth is also sent with requests that other sites trigger, so they could act in a signed-in browser (CSRF).
 * Browsers say where a request comes from and let no page alter it: `Sec-Fetch-Site`, and `Origin` where a browser is too
 * old for that (OWASP, Cross-Site Request Forgery Prevention, Fetch Metadata). A request that says neither is refused.
 */
export function crossSiteReason(header: (name: string) => string | undefined): string | undefined {
  const site = header('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' ? undefined : 'The request came from another site.';
  const origin = header('origin');
  if (origin === undefined || !URL.canParse(origin))
    return 'The request does not identify the page it came from.';
  // A gateway in front passes on which host the browser asked for; no page of another site can set that header.
  const hosts = [header('host'), header('x-forwarded-host')?.split(',')[0]?.trim()];
  return hosts.includes(new URL(origin).host) ? undefined : 'The request came from another site.';
}
