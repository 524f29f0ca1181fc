import { escalationsOf } from '../../../shared/alerts/escalations.ts';
import type { Route } from '../../../shared/alerts/channels/channel.ts';
import type { AlertActor, AlertLife, LifeState } from '../../../shared/alerts/life.ts';
import { respond, type AskedResponse, type ResponseResult } from '../../../shared/azure/alerts/respond.ts';
import type { RouteSwitches } from '../../../shared/azure/alerts/route-switches.ts';
import type { Mute, Responses } from '../../../shared/azure/alerts/responses.ts';
import type { Alert } from '../../../shared/alerts/alert.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import type { Clock } from '../../../shared/time.ts';

/** Alerts and what people do about them, for the page and the API. */
export interface AlertDeskParts {
  readonly responses: Responses;
  readonly switches: RouteSwitches;
  readonly routes: () => Promise<readonly Route[]>;
  readonly zoneOf: (storeId: string) => Promise<string | undefined>;
  readonly clock: Clock;
}

export interface AlertFilter {
  /** All that are not over, without it. */
  readonly state?: LifeState | 'all' | undefined;
  readonly storeId?: string | undefined;
  readonly kind?: string | undefined;
  readonly severity?: Alert['severity'] | undefined;
  readonly assignee?: string | undefined;
}

export class AlertDesk {
  readonly #parts: AlertDeskParts;

  constructor(parts: AlertDeskParts) {
    this.#parts = parts;
  }

  /** Those that are not put away, most urgent first. `unreadable` are rows that hold no alert. @throws TransientError */
  async list(filter: AlertFilter): Promise<{ lives: AlertLife[]; unreadable: number; all: AlertLife[] }> {
    const { lives, unreadable } = await this.#parts.responses.lives();
    const all = lives.map(({ life }) => life).filter(({ alert }) => alert !== undefined);
    return {
      lives: all.filter((life) => fits(life, filter)).sort(byUrgency),
      unreadable: unreadable.length,
      all,
    };
  }

  async get(businessDate: BusinessDate, alertId: string): Promise<AlertLife | undefined> {
    return (await this.#parts.responses.life(alertId, businessDate))?.life;
  }

  /** @param key the same for every repeat of one intention */
  async act(asked: AskedResponse, by: AlertActor, key: string): Promise<ResponseResult> {
    const { clock, routes, zoneOf, responses } = this.#parts;
    const known = asked.command.action === 'escalate' ? await routes() : [];
    const stored =
      asked.command.action === 'escalate' ? await this.get(asked.businessDate, asked.alertId) : undefined;
    const zone = stored && (await zoneOf(stored.storeId));
    return respond(responses, asked, {
      by,
      key,
      nowMs: clock(),
      next: (to, alert, nowMs) =>
        escalationsOf(
          known.filter(({ name }) => name === to),
          alert,
          zone,
          nowMs,
        ),
    });
  }

  mutes(): Promise<readonly Mute[]> {
    const { responses, clock } = this.#parts;
    return responses.mutes().then((all) => all.filter(({ until }) => Date.parse(until) > clock()));
  }

  routesOff() {
    return this.#parts.switches.list();
  }

  switchOn(route: string): Promise<void> {
    return this.#parts.switches.switchOn(route);
  }
}

function fits(life: AlertLife, { state, storeId, kind, severity, assignee }: AlertFilter): boolean {
  const isShown = state === 'all' || (state === undefined ? life.state !== 'cleared' : life.state === state);
  return (
    isShown &&
    (storeId === undefined || life.storeId === storeId) &&
    (kind === undefined || life.alert?.kind === kind) &&
    (severity === undefined || life.alert?.severity === severity) &&
    (assignee === undefined || (life.assignee ?? '') === assignee)
  );
}

const SEVERITIES = ['critical', 'warning', 'info'];
const STATES = ['escalated', 'open', 'acknowledged', 'snoozed', 'muted', 'cleared'] satisfies LifeState[];

function byUrgency(one: AlertLife, other: AlertLife): number {
  const rank = ({ state, alert }: AlertLife): number =>
    STATES.indexOf(state) * 10 + SEVERITIES.indexOf(alert?.severity ?? 'info');
  const raised = (life: AlertLife): string => life.alert?.raisedAt ?? '';
  return (
    rank(one) - rank(other) ||
    (raised(one) < raised(other) ? 1 : raised(one) > raised(other) ? -1 : 0) ||
    (one.alertId < other.alertId ? -1 : 1)
  );
}
