import type { ControlConfig, ProxyConfig, RedisConfig } from './config.ts'
import type { ControlSource } from './control-schema.ts'
import type { Draft } from './draft.ts'
import type { ProxySource } from './proxy-schema.ts'
import type { SecretFiles } from './secret-files.ts'

/** Reads the secret files of a valid sidecar configuration and fills in what follows from other values. */
export function settleProxy(source: ProxySource, secrets: SecretFiles): ProxyConfig {
  return {
    ...source,
    redis: settleRedis(source.redis, secrets),
    control: settleService(source.control, secrets),
    assertion: { ...source.assertion, issuer: source.assertion.issuer ?? `postern:${source.service.name}` },
    bounds: settleBounds(source.bounds),
  }
}

/** Reads the secret files of a valid control plane configuration. */
export function settleControl(source: ControlSource, secrets: SecretFiles): ControlConfig {
  return {
    ...source,
    redis: settleRedis(source.redis, secrets),
    postgres: settlePostgres(source.postgres, secrets),
    owner: settleOwner(source.owner, secrets),
    documents: settleDocuments(source.documents, secrets),
  }
}

/** Where proxies in front open the connections, their few addresses say nothing of who is behind them. */
function settleBounds(bounds: ProxySource['bounds']): ProxyConfig['bounds'] {
  const most = bounds.trustedHops > 0 ? bounds.connections : 1000
  return { ...bounds, connectionsPerAddress: bounds.connectionsPerAddress ?? most }
}

/** Reads what can be read for a configuration that is not valid elsewhere, so that these mistakes are told as well. */
export function checkProxySecrets(draft: Draft<ProxySource>, secrets: SecretFiles): void {
  settleRedis(draft.redis, secrets)
  if (draft.control !== null) settleService(draft.control, secrets)
}

/** As checkProxySecrets. */
export function checkControlSecrets(draft: Draft<ControlSource>, secrets: SecretFiles): void {
  settleRedis(draft.redis, secrets)
  if (draft.postgres !== null) settlePostgres(draft.postgres, secrets)
  settleOwner(draft.owner, secrets)
  if (draft.documents !== null) settleDocuments(draft.documents, secrets)
}

function settleRedis(redis: ProxySource['redis'], secrets: SecretFiles): RedisConfig | null {
  if (redis === null || redis.url === null) return null
  const { usernameFile, passwordFile, url, ...rest } = redis
  return {
    ...rest,
    url,
    username: secrets.readOptional(usernameFile, ['redis', 'usernameFile']),
    password: secrets.readOptional(passwordFile, ['redis', 'passwordFile']),
  }
}

function settleService(control: ProxySource['control'], secrets: SecretFiles): ProxyConfig['control'] {
  return {
    ...control,
    tokenFile: secrets.resolve(control.tokenFile),
    token: secrets.read(control.tokenFile, ['control', 'tokenFile']),
  }
}

function settlePostgres(
  postgres: ControlSource['postgres'],
  secrets: SecretFiles,
): ControlConfig['postgres'] {
  const { passwordFile, ...rest } = postgres
  return { ...rest, password: secrets.readOptional(passwordFile, ['postgres', 'passwordFile']) }
}

function settleDocuments(
  documents: ControlSource['documents'],
  secrets: SecretFiles,
): ControlConfig['documents'] {
  const { signingKeyFile, ...rest } = documents
  return { ...rest, signingKey: secrets.readOptional(signingKeyFile, ['documents', 'signingKeyFile']) }
}

function settleOwner(owner: ControlSource['owner'], secrets: SecretFiles): ControlConfig['owner'] {
  if (owner === null) return null
  return { url: owner.url, password: secrets.readOptional(owner.passwordFile, ['owner', 'passwordFile']) }
}
