import type { Draft, Notes } from './draft.ts'
import type { Path } from './mistake.ts'
import type { ProxySource, RouteSource } from './proxy-schema.ts'
import { liesInTail, parametersOf, tailOf } from './values.ts'

type ProxyDraft = Draft<ProxySource>

/** What must hold for each route, and between routes. */
export function checkRoutes(draft: ProxyDraft, notes: Notes): void {
  const seen = new Map<string, number>()
  draft.routes?.forEach((route, index) => {
    if (route === null) return
    const path = ['routes', index]
    const shape = route.match.replace(/\{[^}.]*(\.*)\}/g, '{$1}')
    const twin = seen.get(shape)
    if (twin === undefined) seen.set(shape, index)
    else
      notes.mistake(
        [...path, 'match'],
        `expected each method and path once; routes[${twin}] matches the same`,
      )
    if (route.public) checkPublic(route, path, notes)
    else checkPermission(route, path, notes)
    checkSelectors(route, path, draft, notes)
    checkTakes(route, path, draft, notes)
    if (route.upgrade !== null && !route.match.startsWith('GET ')) {
      notes.mistake([...path, 'match'], 'expected the method GET for a route that takes upgrades')
    }
    warnOfModes(route, path, draft, notes)
  })
}

function checkPublic(route: RouteSource, path: Path, notes: Notes): void {
  if (route.permission !== null)
    notes.mistake([...path, 'permission'], 'expected no permission on a public route')
  if (route.scope !== undefined && route.scope !== 'none') {
    notes.mistake([...path, 'scope'], 'expected the scope none on a public route')
  }
  if (route.isolation !== undefined && route.isolation !== 'public') {
    notes.mistake([...path, 'isolation'], 'expected the isolation public on a public route')
  }
  if (route.charge !== undefined && route.charge !== 0) {
    notes.mistake(
      [...path, 'charge'],
      'expected the charge 0 on a public route: nobody is known who could be charged',
    )
  }
}

function checkPermission(route: RouteSource, path: Path, notes: Notes): void {
  if (route.permission === null) notes.mistake(path, 'expected a permission, or public: true')
  if (route.isolation === undefined) {
    notes.warning(path, 'this route is closed (NOT_ISOLATED), as nothing is said of its isolation')
  } else if (typeof route.isolation === 'object') {
    notes.warning([...path, 'isolation'], 'this route is closed (NOT_ISOLATED), as stated')
  }
}

function checkSelectors(route: RouteSource, path: Path, draft: ProxyDraft, notes: Notes): void {
  const parameters = new Set(parametersOf(route.match))
  const tail = tailOf(route.match)
  const { tenant, workspace } = route.selectors
  for (const [key, list] of [['tenant', tenant] as const, ['workspace', workspace] as const]) {
    list.forEach((selector, index) => {
      const at = [...path, 'selectors', key, index]
      if (list.indexOf(selector) !== index) notes.mistake(at, 'expected each selector once')
      if (key === 'workspace' && tenant.includes(selector)) {
        notes.mistake(at, 'expected a place that does not name the tenant already')
      }
      if (selector === `path:${tail}`) {
        notes.mistake(at, 'expected a parameter of one segment; a tail selects nothing')
      } else if (selector.startsWith('path:') && !parameters.has(selector.slice('path:'.length))) {
        notes.mistake(at, 'expected a parameter of the path in match')
      }
    })
  }
  if (route.public && tenant.length + workspace.length > 0) {
    notes.mistake([...path, 'selectors'], 'expected no selectors on a public route')
  }
  if (route.scope === 'workspace' && workspace.length === 0 && draft.tenancy?.workspaceHeader === null) {
    notes.mistake(path, 'expected a workspace selector, as tenancy.workspaceHeader is null')
  }
}

function checkTakes(route: RouteSource, path: Path, draft: ProxyDraft, notes: Notes): void {
  if (route.takes.length === 0) return
  const at = [...path, 'takes']
  if (new Set(route.takes).size < route.takes.length) notes.mistake(at, 'expected each oddity once')
  if (tailOf(route.match) === null) {
    notes.mistake(at, 'expected a tail in match, such as /files/{file_path...}')
    return
  }
  draft.routes?.forEach((other, index) => {
    if (other === null || other === route || !liesInTail(other.match, route.match)) return
    notes.mistake(
      at,
      `expected no other route of the method below a tail that takes anything; the service may read such a path as routes[${index}]`,
    )
  })
}

/** Says what is not enforced, where a route differs from what is said of all. */
function warnOfModes(route: RouteSource, path: Path, draft: ProxyDraft, notes: Notes): void {
  if (route.public) return
  for (const [stage, mode] of Object.entries(route.modes)) {
    const common = draft.modes?.[stage as keyof typeof draft.modes]
    if (mode !== undefined && mode !== 'enforce' && mode !== common) {
      notes.warning([...path, 'modes', stage], `${stage} is not enforced here (${mode})`)
    }
  }
}
