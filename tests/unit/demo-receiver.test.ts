import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAlertReceiver, type AlertReceiver } from '../../infra/local/demo/receiver.ts';
import { signStandardWebhook } from '../../shared/standard-webhooks.ts';

const SECRET = `whsec_${Buffer.alloc(32, 'k').toString('base64')}`;
const NOW_MS = Date.UTC(2026, 2, 2, 12);
const ALERT = {
  alertId: `alert_${'0'.repeat(32)}`,
  kind: 'no-sale-openings',
  severity: 'warning',
  storeId: 'BER01',
  businessDate: '2026-03-02',
  raisedAt: '2026-03-02T11:00:00.000Z',
  title: 'Drawer opened 6 times without a sale',
  detail: '',
  evidence: [],
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

let dir: string;
let receiver: AlertReceiver;
const open = () =>
  startAlertReceiver({ file: join(dir, 'alerts.ndjson'), secrets: [SECRET], clock: () => NOW_MS, port: 0 });
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tillstream-receiver-'));
  receiver = await open();
});
afterEach(async () => {
  await receiver.close();
  rmSync(dir, { recursive: true, force: true });
});

async function deliver(id: string, alert: object, secret = SECRET): Promise<number> {
  const body = JSON.stringify(alert);
  const timestampS = NOW_MS / 1000;
  const response = await fetch(receiver.url, {
    method: 'POST',
    body,
    headers: {
      'webhook-id': id,
      'webhook-timestamp': `${timestampS}`,
      'webhook-signature': signStandardWebhook({ secret, id, timestampS, body }),
    },
  });
  return response.status;
}

describe('the receiver of alerts', () => {
  it('takes a signed alert once, however often it comes', async () => {
    expect(await deliver('one', ALERT)).toBe(204);
    expect(await deliver('one', ALERT)).toBe(204);
    expect(receiver.alerts()).toEqual([ALERT]);
    expect(receiver.counts).toEqual({ repeats: 1, refused: 0 });
  });

  it('refuses a wrong signature and what is no alert', async () => {
    expect(await deliver('one', ALERT, `whsec_${Buffer.alloc(32, 'x').toString('base64')}`)).toBe(400);
    expect(await deliver('two', { ...ALERT, severity: 'rain' })).toBe(400);
    expect(receiver.alerts()).toEqual([]);
    expect(receiver.counts.refused).toBe(2);
  });

  it('still knows them after a restart, also when its file ends in the middle of a line', async () => {
    await deliver('one', ALERT);
    await receiver.close();
    appendFileSync(join(dir, 'alerts.ndjson'), '{"webhookId":"two","ale');
    receiver = await open();
    expect(receiver.alerts()).toEqual([ALERT]);
    // The cut line must not swallow the next one.
    await deliver('two', { ...ALERT, storeId: 'LIS01' });
    await receiver.close();
    receiver = await open();
    expect(receiver.alerts().map(({ storeId }) => storeId)).toEqual(['BER01', 'LIS01']);
  });
});
