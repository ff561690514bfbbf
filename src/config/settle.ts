import type { ControlConfig, ProxyConfig, RedisConfig } from './config.ts'
import type { ControlSource } from './control-schema.ts'
import type { ProxySource } from './proxy-schema.ts'
import type { SecretFiles } from './secret-files.ts'

/** Reads the secret files of a valid sidecar configuration and fills in what follows from other values. */
export function settleProxy(source: ProxySource, secrets: SecretFiles): ProxyConfig {
  const { tokenFile } = source.control
  return {
    ...source,
    redis: settleRedis(source.redis, secrets),
    control: {
      ...source.control,
      tokenFile: secrets.resolve(tokenFile),
      token: secrets.read(tokenFile, ['control', 'tokenFile']),
    },
    assertion: { ...source.assertion, issuer: source.assertion.issuer ?? `postern:${source.service.name}` },
  }
}

/** Reads the secret files of a valid control plane configuration. */
export function settleControl(source: ControlSource, secrets: SecretFiles): ControlConfig {
  const { passwordFile, ...postgres } = source.postgres
  const { signingKeyFile, ...documents } = source.documents
  return {
    ...source,
    redis: settleRedis(source.redis, secrets),
    postgres: { ...postgres, password: secrets.readOptional(passwordFile, ['postgres', 'passwordFile']) },
    documents: {
      ...documents,
      signingKey: secrets.readOptional(signingKeyFile, ['documents', 'signingKeyFile']),
    },
  }
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
