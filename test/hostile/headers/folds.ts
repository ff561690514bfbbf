/** How a server behind us may read the name of a field: to what it makes of it, two names are one. */
export type Fold = { readonly server: string; readonly fold: (name: string) => string }

const cgi = (name: string) => `HTTP_${name.toUpperCase().replaceAll('-', '_')}`

/** Written from what each server does, and from nothing of ours. */
export const folds: readonly Fold[] = [
  { server: 'CGI (RFC 3875 §4.1.18), WSGI, IIS', fold: cgi },
  {
    server: 'Apache, which makes an underscore of all odd characters',
    fold: name => cgi(name).replace(/\W/g, '_'),
  },
  {
    server: 'PHP, which does so to dots, blanks and brackets',
    fold: name => cgi(name).replace(/[ .[]/g, '_'),
  },
  { server: 'nginx with underscores_in_headers', fold: name => name.toLowerCase().replaceAll('-', '_') },
  { server: 'Rack, Puma', fold: name => cgi(name).replaceAll(',', '_') },
  { server: 'Werkzeug, Django', fold: name => cgi(name.trim()) },
  { server: 'ASGI, Node, servlets', fold: name => name.toLowerCase() },
  { server: 'Go', fold: name => name.toLowerCase().replace(/(^|-)[a-z]/g, letter => letter.toUpperCase()) },
  {
    server: 'one that takes several odd characters for one, and drops them at the ends',
    fold: name =>
      name
        .toLowerCase()
        .split(/[^a-z0-9]+/)
        .filter(Boolean)
        .join('-'),
  },
]
