/** Fields of one kind, in small letters; what ends in a star stands for every name that begins so. */
export type BelievedFields = {
  readonly claims: string
  /** Who takes such a field at its word. */
  readonly believers: string
  readonly names: readonly string[]
}

/**
 * What would make another request of the one that was decided on, for a service or a framework that looks at it
 * (threats 29, 34, 41). None of it can ever be let through.
 */
export const overridingFields: readonly BelievedFields[] = Object.freeze([
  {
    claims: 'another method',
    believers: 'Rack, Symfony, Laravel, Express, Spring, ASP.NET, Google APIs',
    names: ['x-http-method-override', 'x-http-method', 'x-method-override'],
  },
  {
    claims: 'another path or host',
    believers: 'IIS, Symfony, Zend, Envoy, Azure App Service, gunicorn and other WSGI servers',
    names: [
      'x-original-*',
      'x-rewrite-*',
      'x-envoy-*',
      'x-waws-*',
      'x-http-destinationurl',
      'x-http-host-override',
      'x-host',
      'script-name',
      'x-script-name',
      'path-info',
    ],
  },
  {
    claims: 'a step of the framework that was taken already',
    believers: 'Next.js',
    names: ['x-middleware-*'],
  },
  {
    claims: 'the proxy for requests of its own, or how files are sent',
    believers: 'CGI programs, which find it in HTTP_PROXY; Rack',
    names: ['proxy', 'x-sendfile-type', 'x-accel-*'],
  },
])

/**
 * Claims of where a request comes from and who sends it, which a service believes of the proxy that is usually in front
 * of it. A sidecar cannot check them, so they stay behind (threats 36, 40) but for those that `tenancy.passFields` names.
 */
export const claimingFields: readonly BelievedFields[] = Object.freeze([
  {
    claims: 'an address, a scheme or a port',
    believers: 'nearly every framework that may be told to trust a proxy',
    names: [
      'forwarded',
      'x-forwarded',
      'x-forwarded-*',
      'forwarded-for',
      'forwarded-for-ip',
      'x-real-ip',
      'x-client-ip',
      'client-ip',
      'true-client-ip',
      'x-cluster-client-ip',
      'x-originating-ip',
      'x-proxyuser-ip',
      'x-remote-*',
      'proxy-client-ip',
      'wl-proxy-*',
      'front-end-https',
      'x-url-scheme',
      'x-scheme',
      'x-arr-*',
    ],
  },
  {
    claims: 'what the edge of a network saw',
    believers:
      'services behind Cloudflare, Fastly, CloudFront, Azure Front Door, App Engine, Fly, Netlify, Vercel',
    names: [
      'cf-connecting-*',
      'cf-ipcountry',
      'cf-pseudo-ipv4',
      'cf-visitor',
      'fastly-*',
      'cloudfront-*',
      'x-azure-*',
      'x-fd-*',
      'x-appengine-*',
      'fly-*',
      'x-nf-*',
      'x-vercel-*',
      'do-connecting-ip',
    ],
  },
  {
    claims: 'a client certificate',
    believers: 'services behind nginx, HAProxy, Apache, AWS and Azure; RFC 9440',
    names: [
      'client-cert',
      'client-cert-*',
      'x-client-cert',
      'x-client-cert-*',
      'x-client-dn',
      'x-client-verify',
      'x-ssl-*',
      'ssl-client-*',
      'x-tls-*',
      'x-amzn-mtls-*',
    ],
  },
  {
    claims: 'a user',
    believers:
      'Grafana, Kubernetes, Django, Jenkins, Hasura and whatever runs behind oauth2-proxy, Authelia, authentik, Pomerium, Vouch',
    names: [
      'remote-*',
      'x-webauth-*',
      'x-auth-request-*',
      'x-auth-user',
      'x-auth-email',
      'x-auth-groups',
      'x-auth-roles',
      'x-authentik-*',
      'x-authenticated-*',
      'x-pomerium-*',
      'x-vouch-*',
      'x-proxy-user',
      'x-proxy-remote-user',
      'impersonate-*',
      'x-hasura-*',
      'x-user',
      'x-username',
      'x-user-id',
      'x-user-name',
      'x-user-email',
      'x-user-role',
      'x-user-roles',
      'x-user-groups',
      'x-user-permissions',
      'x-email',
      'x-groups',
      'x-role',
      'x-roles',
    ],
  },
  {
    claims: 'a user, in the words of a cloud or of a gateway',
    believers:
      'services behind AWS ALB, Google IAP, Azure Easy Auth, Cloudflare Access, Tailscale, Kong, APISIX, WSO2, Istio, Dapr',
    names: [
      'x-amzn-oidc-*',
      'x-goog-authenticated-*',
      'x-goog-iap-*',
      'x-endpoint-api-userinfo',
      'x-apigateway-*',
      'x-ms-client-principal',
      'x-ms-client-principal-*',
      'x-ms-token-*',
      'cf-access-*',
      'tailscale-*',
      'x-consumer-*',
      'x-credential-*',
      'x-anonymous-consumer',
      'x-userinfo',
      'x-jwt-assertion',
      'x-jwt-payload',
      'x-jwt-claim-*',
      'dapr-caller-*',
    ],
  },
  {
    claims: 'a user, in the words of single sign-on',
    believers:
      'services behind mod_auth_openidc, mod_auth_mellon, Shibboleth, SiteMinder, WebSEAL, Oracle Access Manager',
    names: ['oidc-*', 'mellon-*', 'shib-*', 'ajp-*', 'sm-*', 'iv-*', 'oam-*'],
  },
  {
    claims: 'a tenant',
    believers: 'Loki, Mimir, Cortex, Tempo, Thanos and many services that are shared by tenants',
    names: [
      'x-scope-orgid',
      'thanos-tenant',
      'x-tenant',
      'x-tenant-*',
      'x-org-id',
      'x-organization-id',
      'x-workspace',
      'x-workspace-*',
    ],
  },
])
