import type { ControlSource } from './control-schema.ts'
import type { ProxySource } from './proxy-schema.ts'

/** One Redis, with what its secret files held. */
export type RedisConfig = {
  readonly url: string
  readonly username: string | null
  readonly password: string | null
  readonly commandTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly reconnectMsMin: number
  readonly reconnectMsMax: number
  readonly failuresToOpen: number
  readonly openMs: number
}

/** A valid sidecar configuration: every default filled in, every secret file read, frozen. */
export type ProxyConfig = DeepReadonly<
  Omit<ProxySource, 'redis' | 'control' | 'assertion' | 'bounds'> & {
    redis: RedisConfig | null
    control: ProxySource['control'] & { token: string }
    assertion: { issuer: string; lifetimeSeconds: number }
    bounds: Omit<ProxySource['bounds'], 'connectionsPerAddress'> & { connectionsPerAddress: number }
  }
>

/** A valid control plane configuration: every default filled in, every secret file read, frozen. */
export type ControlConfig = DeepReadonly<
  Omit<ControlSource, 'redis' | 'postgres' | 'owner' | 'documents'> & {
    redis: RedisConfig | null
    owner: { url: string; password: string | null } | null
    postgres: Omit<ControlSource['postgres'], 'passwordFile'> & { password: string | null }
    documents: Omit<ControlSource['documents'], 'signingKeyFile'> & { signingKey: string | null }
  }
>

export type Config = ProxyConfig | ControlConfig

export type DeepReadonly<Value> = Value extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
    : Value
