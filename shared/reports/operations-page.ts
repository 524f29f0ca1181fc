import type { Alert } from '../alerts/alert.ts';
import { alertBoard, SEVERITY_TAGS, type AlertBoard } from './alert-board.ts';
import type { DeadLetter } from '../pos/dead-letter.ts';
import { countOf, countText, instantText } from './figures.ts';
import { html, type Html } from './html.ts';
import { letterAddress } from './letter-page.ts';
import { page, type Viewer } from './page.ts';
import { emptyCard, firstOf, table } from './table.ts';

interface ShownAlert {
  readonly alert: Alert;
  /** Names of the routes that took it. */
  readonly deliveredTo: readonly string[];
}

interface ShownLetter {
  readonly name: string;
  readonly letter: DeadLetter;
}

export interface OperationsView {
  readonly viewer: Viewer;
  readonly board: AlertBoard;
  /** The hub's partitions: how many events are not landed yet, as of the last landing. */
  readonly lag: readonly { readonly partition: string; readonly landed: number; readonly waiting: number }[];
  readonly deadLettersByStage: ReadonlyMap<string, number>;
  /** The newest. */
  readonly deadLetters: readonly ShownLetter[];
  /** The newest. */
  readonly alerts: readonly ShownAlert[];
  /** Days with a broken proof or a missing part; newest first. */
  readonly daysInDoubt: readonly {
    readonly businessDate: string;
    readonly proofHolds: boolean;
    readonly uncovered: number;
  }[];
  /** How many alerts of the same dates are not shown. */
  readonly moreAlerts: number;
}

/** What operations looks at first: alerts, dead letters, and whether events are held up. */
export function operationsPage(view: OperationsView): string {
  const waiting = view.lag.reduce((sum, { waiting: events }) => sum + events, 0);
  const dead = [...view.deadLettersByStage.values()].reduce((sum, count) => sum + count, 0);
  return page(
    { title: 'Operations', section: 'operations', viewer: view.viewer },
    html`<h1>Operations</h1>
      <p class="lead">
        ${
          waiting === 0
            ? 'No event is waiting to be landed, as of the last landing.'
            : `${countOf(waiting, 'event is', 'events are')} waiting to be landed.`
        }
        ${
          dead === 0
            ? 'There are no dead letters.'
            : `${countOf(dead, 'dead letter needs', 'dead letters need')} attention.`
        }
      </p>
      <p><a href="/operations/gaps">Gaps of yesterday</a>: what vendors hold and what came.</p>
      ${alertBoard(view.board)} ${daySection(view)} ${alertSection(view)} ${deadLetterSection(view, dead)}
      ${landingSection(view)}`,
  );
}

const MAX_DAYS = 20;

function daySection({ daysInDoubt, viewer }: OperationsView): Html {
  if (daysInDoubt.length === 0) return html``;
  const { shown, more } = firstOf(daysInDoubt, MAX_DAYS);
  return html`<h2>Days that finance cannot sign off</h2>
    ${table({
      caption: 'Reports that are broken or lack a part',
      note: html`The day's page says which part and why.
      ${more > 0 && html`${countOf(more, 'older day is', 'older days are')} not shown.`}`,
      columns: [{ title: 'Business date' }, { title: 'Status' }, { title: 'Do' }],
      rows: shown.map(
        ({ businessDate, proofHolds, uncovered }) =>
          html`<tr>
            <th scope="row">
              ${viewer.sections.includes('finance') ? html`<a href="/finance/${businessDate}">${businessDate}</a>` : businessDate}
            </th>
            <td>
              <span class="tag bad">${proofHolds ? 'Incomplete' : 'Proof broken'}</span>
              ${uncovered > 0 && html`<div class="detail">${countOf(uncovered, 'part')} missing</div>`}
            </td>
            <td>See the runbook "Reconciliation failed".</td>
          </tr>`,
      ),
    })}`;
}

function alertSection({ alerts, moreAlerts }: OperationsView): Html {
  if (alerts.length === 0)
    return html`<h2>Alert log</h2>
      ${emptyCard('None on the newest business dates.')}`;
  return html`<h2>Alert log</h2>
    ${table({
      caption: 'Alerts of the newest business dates, by event time',
      note: moreAlerts > 0 ? html`${countText(moreAlerts)} older ones are not shown.` : undefined,
      columns: [
        { title: 'Severity' },
        { title: 'Store' },
        { title: 'Alert' },
        { title: 'Raised at', isWide: true },
        { title: 'Delivered to', isWide: true },
      ],
      rows: alerts.map(alertRow),
    })}`;
}

/** Only the holder of the key can find out who it was: see the runbook. */
function operatorLine({ operatorId }: Alert): Html | string {
  if (operatorId === undefined) return '';
  return html`<div class="detail">
    Operator ${operatorId} (a pseudonym; the runbook "Find an operator" says who it is)
  </div>`;
}

function alertRow({ alert, deliveredTo }: ShownAlert): Html {
  const delivered = deliveredTo.length === 0 ? 'not delivered yet' : deliveredTo.join(', ');
  return html`<tr>
    <td><span class="${SEVERITY_TAGS[alert.severity]}">${alert.severity}</span></td>
    <td>${alert.storeId}</td>
    <th scope="row">
      <span class="subject">${alert.title}</span>
      <div class="detail">${alert.detail}</div>
      ${operatorLine(alert)}
      <div class="narrow">${instantText(alert.raisedAt)} · ${delivered}</div>
    </th>
    <td class="wide">${instantText(alert.raisedAt)}</td>
    <td class="wide">${delivered}</td>
  </tr>`;
}

function deadLetterSection({ deadLetters, deadLettersByStage }: OperationsView, dead: number): Html {
  if (dead === 0)
    return html`<h2>Dead letters</h2>
      ${emptyCard('None.')}`;
  const counts = [...deadLettersByStage].map(
    ([stage, count]) =>
      html`<dt>${stage}</dt>
        <dd>${countText(count)}</dd>`,
  );
  return html`<h2>Dead letters</h2>
    <div class="cards">
      <section class="card">
        <h3>By stage</h3>
        <dl>${counts}</dl>
      </section>
    </div>
    <p><a href="/operations/letters">Find, edit, replay or discard dead letters</a></p>
    ${table({
      caption: `The newest ${countText(deadLetters.length)} of ${countText(dead)}`,
      columns: [
        { title: 'Stage' },
        { title: 'Reason' },
        { title: 'Failed at', isWide: true },
        { title: 'Replay to', isWide: true },
        { title: 'Blob', isWide: true },
      ],
      rows: deadLetters.map(letterRow),
    })}`;
}

function letterRow({ name, letter }: ShownLetter): Html {
  return html`<tr>
    <td>${letter.stage}</td>
    <th scope="row">
      <span class="tag">${letter.code}</span>
      ${letter.where ? html`<code>${letter.where}</code>` : ''}
      <div class="detail">${letter.message}</div>
      <div class="narrow">${instantText(letter.diedAt)} · <code>${name}</code></div>
    </th>
    <td class="wide">${instantText(letter.diedAt)}</td>
    <td class="wide">${letter.replay.to}</td>
    <td class="wide">
      <a href="${letterAddress(name)}"><code>${name}</code></a>
    </td>
  </tr>`;
}

function landingSection({ lag }: OperationsView): Html {
  if (lag.length === 0) return html``;
  return html`<h2>Landing</h2>
    ${table({
      caption: 'Events by hub partition, as of the last landing',
      columns: [
        { title: 'Partition' },
        { title: 'Landed', isFigure: true },
        { title: 'Waiting', isFigure: true },
      ],
      rows: lag.map(
        ({ partition, landed, waiting }) =>
          html`<tr>
            <th scope="row">${partition}</th>
            <td class="num">${countText(landed)}</td>
            <td class="num">${countText(waiting)}</td>
          </tr>`,
      ),
    })}`;
}
