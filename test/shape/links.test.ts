import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = new URL('../../', import.meta.url)

t.test('every relative link of the documentation points at something that is there', async t => {
  for (const page of pages()) t.same(brokenLinks(page), [], page)
})

t.test('a link to nothing, or to a heading that no page has, is found', async t => {
  const at = new URL('README.md', root)
  const text =
    '# A heading\n[a](nothing.md) [b](docs) [c](#a-heading) [d](#no-heading) [e](https://example.com/x)\n'
  t.same(brokenLinksOf(text, at), ['nothing.md', '#no-heading'])
})

function pages(): string[] {
  const inside = (folder: string) =>
    readdirSync(new URL(folder, root))
      .filter(name => name.endsWith('.md'))
      .map(name => `${folder}${name}`)
  return [...inside('./'), ...inside('docs/')]
}

function brokenLinks(page: string): string[] {
  const at = new URL(page, root)
  return brokenLinksOf(readFileSync(at, 'utf8'), at)
}

function brokenLinksOf(text: string, at: URL): string[] {
  const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(match => match[1]!)
  return links.filter(link => !/^[a-z]+:/i.test(link)).filter(link => !leadsSomewhere(link, text, at))
}

function leadsSomewhere(link: string, text: string, at: URL): boolean {
  const [path, heading] = link.split('#', 2)
  const target = new URL(path!, at)
  if (path !== '' && !existsSync(fileURLToPath(target))) return false
  if (heading === undefined) return true
  return headings(path === '' ? text : readFileSync(target, 'utf8')).has(heading)
}

/** The anchors that GitHub makes of headings. */
function headings(text: string): Set<string> {
  const titles = [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(match => match[1]!)
  return new Set(
    titles.map(title =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

function withoutCode(text: string): string {
  return text.replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, '')
}
