import { isLetterName } from '../../../shared/azure/dead-letter-store.ts';
import { FILTER_NAMES, letterListPage, letterPage, orderPage } from '../../../shared/reports/letter-page.ts';
import { toInstant } from '../../../shared/time.ts';
import { findLetters } from '../letters/find-letters.ts';
import { MAX_READ, orderLetter, type Asked, type Ordered } from '../letters/order-letters.ts';
import { READS_OPERATIONS } from './access.ts';
import { whoActs } from './actor-of.ts';
import type { LetterParts } from './api/letter-routes.ts';
import type { PageCall, PageRoute } from './router.ts';
import { notFound, okPage, plainPage, type PageAnswer } from './web.ts';

export interface LetterPageParts extends LetterParts {
  /** Random, for idempotency keys. */
  readonly newKey: () => string;
}

const LETTER = '/operations/letters/{stage}/{letter}';

/** Dead letters as pages: found, shown, and what is to be done with one by plain forms. */
export function letterPageRoutes(parts: LetterPageParts): PageRoute[] {
  const roles = READS_OPERATIONS;
  return [
    { method: 'GET', path: '/operations/letters', roles, handle: (call) => list(parts, call) },
    { method: 'GET', path: LETTER, roles, handle: (call) => show(parts, call) },
    { method: 'POST', path: LETTER, roles, handle: (call) => step(parts, call) },
    { method: 'GET', path: '/operations/orders/{order}', roles, handle: (call) => showOrder(parts, call) },
  ];
}

async function list({ store }: LetterPageParts, { request, viewer }: PageCall): Promise<PageAnswer> {
  const filter = Object.fromEntries(
    FILTER_NAMES.flatMap((name) => {
      const value = (request.query(name) ?? '').trim().slice(0, 200);
      return value === '' ? [] : [[name, value]];
    }),
  ) as Partial<Record<(typeof FILTER_NAMES)[number], string>>;
  const { found, unread } = await findLetters(store, filter, MAX_READ);
  const pageNumber = Number(request.query('page') ?? 1);
  return okPage(
    letterListPage({
      viewer,
      filter,
      letters: found,
      unread,
      pageNumber: Number.isSafeInteger(pageNumber) ? pageNumber : 1,
    }),
  );
}

async function show(
  { store, log, newKey }: LetterPageParts,
  { params, viewer }: PageCall,
  refused: { refusal?: string; draft?: string | undefined } = {},
): Promise<PageAnswer> {
  const name = `${params['stage']}/${params['letter']}`;
  if (!isLetterName(name)) return notFound(viewer);
  const [seen, deeds] = await Promise.all([store.see(name), log.of(name)]);
  if (!seen)
    return plainPage(
      404,
      'Not there any more',
      'This letter was replayed or discarded, or there never was one.',
      viewer,
    );
  return okPage(letterPage({ viewer, name, ...seen, deeds, ...refused, newKey }));
}

const TEXTS: Readonly<Record<Exclude<Ordered['kind'], 'ordered' | 'refused'>, string>> = {
  unknown: 'This letter is not there any more.',
  changed:
    'The letter has changed or died again since you have opened this page. Look at it, and decide again.',
  'key-reused': 'This form was sent before with something else in it. Fill it in again.',
};

async function step(parts: LetterPageParts, call: PageCall): Promise<PageAnswer> {
  const { form, user, viewer, params } = call;
  const who = whoActs(user);
  if (!who)
    return plainPage(
      403,
      'No access',
      'The sign-in says no object id, by which people are told apart. Ask IT.',
      viewer,
    );
  const name = `${params['stage']}/${params['letter']}`;
  if (!isLetterName(name)) return notFound(viewer);
  const asked = askedIn(form);
  const key = form.get('key') ?? '';
  const draft = asked?.payload;
  const refuse = async (refusal: string): Promise<PageAnswer> => {
    const answer = await show(parts, call, { refusal, draft });
    return answer.status === 200 ? { ...answer, status: 409 } : answer;
  };
  if (!asked || !/^[\w-]{8,200}$/.test(key))
    return refuse('The form was not complete: it needs a reason of at least three characters.');
  const orderer = { id: who.by.id, name: who.by.name, at: toInstant(parts.clock()), key };
  const result = await orderLetter(parts, name, form.get('etag') ?? '', asked, orderer);
  if (result.kind === 'refused')
    return refuse(`${result.text}${result.where === undefined ? '' : ` (${result.where})`}`);
  if (result.kind !== 'ordered') return refuse(TEXTS[result.kind]);
  const location = `/operations/orders/${result.order}`;
  return { status: 303, headers: { location, 'cache-control': 'no-store' }, body: '' };
}

function askedIn(form: URLSearchParams): Asked | undefined {
  const action = form.get('action') ?? '';
  const reason = (form.get('reason') ?? '').trim().toWellFormed();
  if (reason.length < 3 || reason.length > 2_000) return undefined;
  if (action === 'replay' || action === 'discard') return { action, reason };
  if (action !== 'edit' && action !== 'edit-replay') return undefined;
  // A form sends line ends as the web has them.
  const payload = (form.get('payload') ?? '').replaceAll('\r\n', '\n').trim().toWellFormed();
  return { action: 'edit', reason, payload, thenReplay: action === 'edit-replay' };
}

async function showOrder({ orders }: LetterPageParts, { params, viewer }: PageCall): Promise<PageAnswer> {
  const id = params['order'] ?? '';
  const letters = /^[0-9a-f]{32}$/.test(id) ? await orders.of(id) : [];
  if (letters.length === 0) return notFound(viewer);
  return okPage(orderPage({ viewer, letters }));
}
