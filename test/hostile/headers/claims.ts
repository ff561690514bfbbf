import type { FieldCase } from './spellings.ts'
import { spoofed } from './spellings.ts'

/** Fields that somebody's proxy sets and somebody's service believes, as their manuals spell them. */
export const claimNames: readonly string[] = `
  X-HTTP-Method-Override X-HTTP-Method X-Method-Override X-Original-URL X-Original-URI X-Original-Method X-Original-Host
  X-Original-Forwarded-For X-Rewrite-URL X-Envoy-Original-Path X-Envoy-External-Address X-Envoy-Internal X-Host
  X-HTTP-Host-Override X-HTTP-DestinationURL X-WAWS-Unencoded-URL Script-Name Path-Info X-Script-Name Proxy
  X-Middleware-Subrequest X-Middleware-Rewrite X-Sendfile-Type X-Accel-Mapping X-Accel-Redirect
  Forwarded X-Forwarded X-Forwarded-By X-Forwarded-Port X-Forwarded-Prefix X-Forwarded-Ssl X-Forwarded-Scheme
  X-Forwarded-Server X-Forwarded-Uri X-Forwarded-Method X-Forwarded-User X-Forwarded-Email X-Forwarded-Groups
  X-Forwarded-Preferred-Username X-Forwarded-Access-Token X-Forwarded-Client-Cert X-Forwarded-Tls-Client-Cert
  Forwarded-For X-Real-IP X-Client-IP Client-IP True-Client-IP X-Cluster-Client-IP X-Originating-IP X-ProxyUser-Ip
  X-Remote-IP X-Remote-Addr Proxy-Client-IP WL-Proxy-Client-IP WL-Proxy-SSL Front-End-Https X-Url-Scheme X-Scheme
  X-ARR-ClientCert X-ARR-SSL CF-Connecting-IP CF-Connecting-IPv6 CF-Pseudo-IPv4 CF-IPCountry CF-Visitor Fastly-Client-IP
  Fastly-SSL Fastly-FF CloudFront-Viewer-Address CloudFront-Forwarded-Proto X-Azure-ClientIP X-Azure-SocketIP
  X-Azure-FDID X-FD-HealthProbe X-AppEngine-User-IP X-Appengine-Inbound-Appid X-AppEngine-Cron Fly-Client-IP
  X-NF-Client-Connection-IP X-Vercel-Forwarded-For X-Vercel-IP-Country DO-Connecting-IP
  Client-Cert Client-Cert-Chain X-Client-Cert X-Client-Cert-DN X-Client-DN X-Client-Verify X-SSL-Client-Cert
  X-SSL-Client-Verify X-SSL-Client-S-DN SSL-Client-Cert SSL-Client-Verify SSL-Client-S-DN X-TLS-Client-Subject
  X-Amzn-Mtls-Clientcert X-Amzn-Mtls-Clientcert-Subject
  Remote-User Remote-Groups Remote-Name Remote-Email Remote-Addr X-Remote-User X-Remote-Group X-Remote-Extra-Scopes
  X-WEBAUTH-USER X-WEBAUTH-ROLE X-Auth-Request-User X-Auth-Request-Email X-Auth-Request-Groups X-Auth-Request-Redirect
  X-Auth-User X-Auth-Email X-authentik-username X-authentik-groups X-Authenticated-User X-Authenticated-Userid
  X-Authenticated-Scope X-Pomerium-Jwt-Assertion X-Pomerium-Claim-Email X-Vouch-User X-Vouch-IdP-Claims-Groups X-Proxy-User
  X-Proxy-Remote-User Impersonate-User Impersonate-Group X-Hasura-Role X-Hasura-User-Id X-User X-Username X-User-Name
  X-User-Email X-User-Roles X-User-Groups X-Email X-Groups X-Role X-Roles
  X-Amzn-Oidc-Data X-Amzn-Oidc-Identity X-Amzn-Oidc-Accesstoken X-Goog-Authenticated-User-Email
  X-Goog-Authenticated-User-Id X-Goog-IAP-JWT-Assertion X-Endpoint-API-UserInfo X-Apigateway-Api-Userinfo
  X-MS-CLIENT-PRINCIPAL X-MS-CLIENT-PRINCIPAL-ID X-MS-CLIENT-PRINCIPAL-NAME X-MS-TOKEN-AAD-ID-TOKEN
  Cf-Access-Jwt-Assertion Cf-Access-Authenticated-User-Email Tailscale-User-Login X-Consumer-ID X-Consumer-Username
  X-Consumer-Custom-ID X-Credential-Identifier X-Anonymous-Consumer X-Userinfo X-JWT-Assertion X-JWT-Payload
  X-JWT-Claim-Sub Dapr-Caller-App-Id
  OIDC_CLAIM_sub OIDC_CLAIM_email OIDC_access_token MELLON_NAME_ID Shib-Identity-Provider AJP_REMOTE_USER SM_USER
  SM_UNIVERSALID iv-user iv-groups iv-creds OAM_REMOTE_USER
  X-Scope-OrgID THANOS-TENANT X-Tenant X-Tenant-Name X-Org-Id X-Organization-Id X-Workspace X-Workspace-Name
`
  .trim()
  .split(/\s+/)

const ways: readonly (readonly [what: string, spell: (name: string) => string])[] = [
  ['as it is', name => name],
  ['in lower case, with underscores', name => name.toLowerCase().replaceAll('-', '_')],
  ['with dots', name => name.replaceAll('-', '.')],
]

export const claims: readonly FieldCase[] = claimNames.flatMap(name =>
  ways.map(([what, spell]) => ({ name: `${name}, ${what}`, fields: `${spell(name)}: ${spoofed}\r\n` })),
)
