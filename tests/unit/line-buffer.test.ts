import { lineBuffer } from '../../infra/local/host/line-buffer.ts';

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

test('lines of one turn of the event loop are written at once and in order', async () => {
  const written: string[] = [];
  const buffer = lineBuffer((lines) => written.push(lines));
  buffer.add('one\n');
  buffer.add('two\n');
  expect(written).toEqual([]);
  await turn();
  expect(written).toEqual(['one\ntwo\n']);
  buffer.add('three\n');
  await turn();
  expect(written).toEqual(['one\ntwo\n', 'three\n']);
});

test('a flush writes what was gathered, once', async () => {
  const written: string[] = [];
  const buffer = lineBuffer((lines) => written.push(lines));
  buffer.flush();
  buffer.add('last words\n');
  buffer.flush();
  await turn();
  expect(written).toEqual(['last words\n']);
});
