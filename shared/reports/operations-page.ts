import type { Alert } from '../alerts/alert.ts';
import type { DeadLetter } from '../pos/dead-letter.ts';
import { html, type Html } from './html.ts';
import { page } from './page.ts';

export interface OperationsView {
  readonly userName: string;
  /** The hub's partitions: how many events are not landed yet, as of the last landing. */
  readonly lag: readonly { readonly partition: string; readonly landed: number; readonly waiting: number }[];
  readonly deadLettersByStage: ReadonlyMap<string, number>;
  readonly deadLetters: readonly { readonly name: string; readonly letter: DeadLetter }[];
  readonly alerts: readonly { readonly alert: Alert; readonly deliveredTo: readonly string[] }[];
}

/** What operations looks at first: is anything waiting, did anything die, what have the stores been told. */
export function operationsPage(view: OperationsView): string {
  const waiting = view.lag.reduce((sum, { waiting: events }) => sum + events, 0);
  const dead = [...view.deadLettersByStage.values()].reduce((sum, count) => sum + count, 0);
  return page(
    { title: 'Operations', section: 'operations', userName: view.userName },
    html`<h1>Operations</h1>
      <p class="lead">
        ${waiting === 0 ? 'Everything that the last landing saw is landed.' : `${waiting} events wait to be landed.`}
        ${dead === 0 ? 'No dead letters.' : `${dead} dead letters wait for a person.`}
      </p>
      ${alertTable(view)} ${deadLetterSection(view)} ${lagTable(view)}`,
  );
}

const SEVERITY_TAGS: Readonly<Record<Alert['severity'], string>> = {
  info: 'tag',
  warning: 'tag warn',
  critical: 'tag bad',
};

function alertTable({ alerts }: OperationsView): Html {
  if (alerts.length === 0)
    return html`<h2>Recent alerts</h2>
      <div class="card empty">None.</div>`;
  return html`<h2>Recent alerts</h2>
    <div class="table">
      <table>
        <caption>
          The newest business dates, by event time
        </caption>
        <thead>
          <tr>
            <th scope="col">Raised at</th>
            <th scope="col">Alert</th>
            <th scope="col">Store</th>
            <th scope="col">Severity</th>
            <th scope="col">Delivered to</th>
          </tr>
        </thead>
        <tbody>
          ${alerts.map(
            ({ alert, deliveredTo }) =>
              html`<tr>
                <td>${instantText(alert.raisedAt)}</td>
                <th scope="row">
                  <span class="subject">${alert.title}</span>
                  <div class="detail">${alert.detail}</div>
                </th>
                <td>${alert.storeId}</td>
                <td><span class="${SEVERITY_TAGS[alert.severity]}">${alert.severity}</span></td>
                <td>${deliveredTo.length === 0 ? 'nobody yet' : deliveredTo.join(', ')}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

function deadLetterSection({ deadLetters, deadLettersByStage }: OperationsView): Html {
  if (deadLettersByStage.size === 0)
    return html`<h2>Dead letters</h2>
      <div class="card empty">None.</div>`;
  const counts = [...deadLettersByStage].map(
    ([stage, count]) =>
      html`<dt>${stage}</dt>
        <dd>${count}</dd>`,
  );
  return html`<h2>Dead letters</h2>
    <div class="cards">
      <section class="card">
        <h3>By stage</h3>
        <dl>${counts}</dl>
      </section>
    </div>
    <p></p>
    <div class="table">
      <table>
        <caption>
          The newest ${deadLetters.length}
        </caption>
        <thead>
          <tr>
            <th scope="col">Died at</th>
            <th scope="col">Stage</th>
            <th scope="col">Reason</th>
            <th scope="col">Way back</th>
            <th scope="col">Blob</th>
          </tr>
        </thead>
        <tbody>
          ${deadLetters.map(
            ({ name, letter }) =>
              html`<tr>
                <td>${instantText(letter.diedAt)}</td>
                <td>${letter.stage}</td>
                <th scope="row">
                  <span class="tag">${letter.code}</span>
                  ${letter.where ? html`<code>${letter.where}</code>` : ''}
                  <div class="detail">${letter.message}</div>
                </th>
                <td>${letter.replay.to}</td>
                <td><code>${name}</code></td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

function lagTable({ lag }: OperationsView): Html {
  if (lag.length === 0) return html``;
  return html`<h2>Landing</h2>
    <div class="table">
      <table>
        <caption>
          Events by hub partition, as of the last landing
        </caption>
        <thead>
          <tr>
            <th scope="col">Partition</th>
            <th scope="col" class="num">Landed</th>
            <th scope="col" class="num">Waiting</th>
          </tr>
        </thead>
        <tbody>
          ${lag.map(
            ({ partition, landed, waiting }) =>
              html`<tr>
                <th scope="row">${partition}</th>
                <td class="num">${landed}</td>
                <td class="num">${waiting}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

const instantText = (instant: string): string => `${instant.slice(0, 10)} ${instant.slice(11, 16)} UTC`;
