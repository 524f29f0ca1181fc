/** What the documents point at exists: linked files and headings, scripts of package.json, files to run. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = join(__dirname, '../..');
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
].sort();
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

/** As GitHub names the anchors of headings. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function deadLinksOf(document: string): string[] {
  const links = [...textOf(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? document : relative(root, join(root, dirname(document), path));
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && !anchorsOf(textOf(target)).includes(anchor);
  });
}

test('there are documents to check', () => {
  expect(documents).toEqual(expect.arrayContaining(['README.md', join('docs', 'architecture.md')]));
});

describe.each(documents)('%s', (document) => {
  test('links to files and headings that exist', () => {
    expect(deadLinksOf(document)).toEqual([]);
  });

  test('names npm scripts that exist', () => {
    const named = textOf(document).matchAll(/\bnpm (?:run (?:--silent )?([a-z][a-z:-]*)|(start|test)\b)/g);
    const names = [...named].map(([, ofRun, short]) => ofRun ?? short ?? '');
    expect(names.filter((name) => !(name in scripts))).toEqual([]);
  });

  test('names files of the repository that exist', () => {
    const named = textOf(document).matchAll(
      /(?<![\w./-])((?:functions|shared|infra|tests|docs|\.github)\/[\w./-]*\w\.(?:ts|md|sh|bicep|json|yml))\b/g,
    );
    expect([...named].map(([, path = '']) => path).filter((path) => !existsSync(join(root, path)))).toEqual(
      [],
    );
  });
});
