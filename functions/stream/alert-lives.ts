import type { Alert } from '../../shared/alerts/alert.ts';
import type { Route } from '../../shared/alerts/channels/channel.ts';
import { escalationsOf } from '../../shared/alerts/escalations.ts';
import type { AlertLife } from '../../shared/alerts/life.ts';
import { ended, raised } from '../../shared/alerts/life-steps.ts';
import type { AlertLog } from '../../shared/azure/alert-log.ts';
import type { Responses, StoredLife } from '../../shared/azure/alerts/responses.ts';
import { TransientError } from '../../shared/errors.ts';
import type { Clock } from '../../shared/time.ts';

/** What the events do to the lives of alerts; each may come late, twice, or in another order. */
export interface AlertLives {
  /** @returns the life of the alert, which may be over already. @throws TransientError */
  raise(alert: Alert, taking: readonly Route[], zone: string | undefined): Promise<AlertLife>;
  /** Ends what the alert says is over. @returns the routes that had been told of it. @throws TransientError */
  end(alert: Alert): Promise<ReadonlySet<string>>;
  find(alert: Alert): Promise<AlertLife | undefined>;
}

interface AlertLivesOptions {
  readonly responses: Pick<Responses, 'life' | 'commit' | 'muteOf'>;
  readonly alertLog: Pick<AlertLog, 'deliveredTo'>;
  readonly clock: Clock;
}

const MAX_RACES = 10;

export function createAlertLives({ responses, alertLog, clock }: AlertLivesOptions): AlertLives {
  /** Changes a life until nobody is in between. */
  async function change(
    { alertId, businessDate }: Pick<Alert, 'alertId' | 'businessDate'>,
    step: (life: AlertLife | undefined) => Promise<AlertLife | undefined> | AlertLife | undefined,
  ): Promise<AlertLife | undefined> {
    for (let race = 0; race < MAX_RACES; race += 1) {
      const before: StoredLife | undefined = await responses.life(alertId, businessDate);
      const life = await step(before?.life);
      if (!life) return before?.life;
      if (await responses.commit(before, { life })) return life;
    }
    throw new TransientError('lost-races', `The alert ${alertId} keeps changing`);
  }

  return {
    async raise(alert, taking, zone) {
      const life = await change(alert, async (before) => {
        if (before?.alert) return undefined;
        const nowMs = clock();
        const mute = await responses.muteOf(alert, nowMs);
        const planned = escalationsOf(taking, alert, zone, nowMs);
        return raised(before, alert, { atMs: nowMs, planned, ...(mute && { mutedUntil: mute }) });
      });
      // A first alert always makes a life, and any other has one.
      return life as AlertLife;
    },

    async end(alert) {
      const told = new Set<string>();
      for (const alertId of alert.resolves ?? []) {
        const { storeId, businessDate } = alert;
        const over = { alertId, storeId, businessDate };
        const life = await change(over, (before) =>
          ended(before, over, `by ${alert.alertId}: ${alert.title}`, clock()),
        );
        for (const route of await alertLog.deliveredTo({
          alertId,
          businessDate: life?.businessDate ?? businessDate,
        }))
          told.add(route);
      }
      return told;
    },

    find: async ({ alertId, businessDate }) => (await responses.life(alertId, businessDate))?.life,
  };
}
