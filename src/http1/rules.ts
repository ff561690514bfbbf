import { escaped } from '../lib/escaped.ts'
import type { Refused } from '../lib/refused.ts'
import { refused } from '../lib/refused.ts'

/** The codes that strict HTTP refuses with. */
export type HttpRefusalCode =
  | 'REQUEST_MALFORMED'
  | 'REQUEST_TIMEOUT'
  | 'TARGET_MALFORMED'
  | 'CREDENTIALS_AMBIGUOUS'
  | 'HEADERS_TOO_LARGE'
  | 'HTTP_VERSION_REFUSED'
  | 'EXPECTATION_UNKNOWN'
  | 'UPGRADE_REFUSED'
  | 'UPGRADE_REQUIRED'
  | 'ORIGIN_REFUSED'

/**
 * Every rule of strict HTTP that a request can break, each with the sentence for the log and where it comes from. The
 * metric and the log name the rule, the client learns only the code. docs/errors.md is generated from this table.
 */
export const httpRules = Object.freeze({
  'http-request-line': rule(
    'REQUEST_MALFORMED',
    'The request line is not a method, a target and a version with one space between them.',
    'RFC 9112 §3',
  ),
  'http-empty-lines': rule(
    'REQUEST_MALFORMED',
    'More than one empty line, or one that is no CRLF, comes before the request line.',
    'RFC 9112 §2.2',
  ),
  'http-protocol': rule(
    'HTTP_VERSION_REFUSED',
    'The request line names another protocol than HTTP.',
    'RFC 9112 §2.3',
  ),
  'http-version': rule(
    'HTTP_VERSION_REFUSED',
    'The request line names neither HTTP/1.1 nor HTTP/1.0.',
    'RFC 9112 §2.3',
  ),
  'http-line-end': rule(
    'REQUEST_MALFORMED',
    'A line of the head ends in another way than CRLF.',
    'RFC 9112 §2.2',
  ),
  'http-chunk-size': rule(
    'REQUEST_MALFORMED',
    'A chunk size is not 1 to 16 hexadecimal digits up to 2^53.',
    'RFC 9112 §7.1',
  ),
  'http-parser': rule('REQUEST_MALFORMED', 'What arrived is not HTTP/1.1.', 'RFC 9112'),
  'http-out-of-step': rule(
    'REQUEST_MALFORMED',
    'Two parsers do not agree on where this message begins.',
    'threats 1 to 21',
  ),
  'http-head-time': rule('REQUEST_TIMEOUT', 'The head did not arrive in time.', 'threats 83'),
  'http-body-time': rule(
    'REQUEST_TIMEOUT',
    'The body stopped, or came too slowly (bodyIdleMs, bodyBytesPerSecond).',
    'threats 83',
  ),
  'http-extensions-size': rule('REQUEST_MALFORMED', 'Chunk extensions take more than 16 KiB.', 'threats 11'),
  'method-shape': rule('REQUEST_MALFORMED', 'The method is not an upper-case token.', 'RFC 9110 §9.1'),
  'headers-count': rule(
    'HEADERS_TOO_LARGE',
    'The head has more fields than bounds.headerCount.',
    'threats 46',
  ),
  'headers-size': rule('HEADERS_TOO_LARGE', 'The head has more bytes than bounds.headerBytes.', 'threats 46'),
  'target-size': rule(
    'HEADERS_TOO_LARGE',
    'The target has more bytes than bounds.targetBytes.',
    'threats 46',
  ),
  'field-character': rule(
    'REQUEST_MALFORMED',
    'A field value holds a control or non-ASCII character.',
    'RFC 9110 §5.5',
  ),
  'field-imitates': rule(
    'REQUEST_MALFORMED',
    'A field imitates one that frames, routes or authenticates.',
    'threats 37',
  ),
  'field-repeated': rule('REQUEST_MALFORMED', 'A field that may come once comes twice.', 'RFC 9110 §5.3'),
  'authorization-repeated': rule(
    'CREDENTIALS_AMBIGUOUS',
    'There is more than one Authorization field.',
    'threats 70',
  ),
  'host-invalid': rule('REQUEST_MALFORMED', 'There is no valid Host field.', 'RFC 9112 §3.2'),
  'length-and-coding': rule(
    'REQUEST_MALFORMED',
    'There are both Content-Length and Transfer-Encoding.',
    'RFC 9112 §6.1',
  ),
  'length-not-digits': rule(
    'REQUEST_MALFORMED',
    'The Content-Length is not plain digits up to 2^53.',
    'RFC 9112 §6.2',
  ),
  'coding-in-http-1.0': rule('REQUEST_MALFORMED', 'HTTP/1.0 knows no Transfer-Encoding.', 'RFC 9112 §6.1'),
  'coding-unknown': rule(
    'REQUEST_MALFORMED',
    'The Transfer-Encoding is not exactly chunked.',
    'RFC 9112 §6.1',
  ),
  'expect-unknown': rule('EXPECTATION_UNKNOWN', 'The Expect field is not 100-continue.', 'RFC 9110 §10.1.1'),
  'connection-not-tokens': rule(
    'REQUEST_MALFORMED',
    'A Connection field is not a list of tokens.',
    'RFC 9110 §7.6.1',
  ),
  'connection-too-many': rule('REQUEST_MALFORMED', 'Connection names more than 64 fields.', 'threats 46'),
  'connection-names': rule(
    'REQUEST_MALFORMED',
    'A Connection field names a field that cannot end at this hop.',
    'RFC 9110 §7.6.1, threats 38',
  ),
  'upgrade-unknown': rule(
    'UPGRADE_REFUSED',
    'The protocol asked for is not exactly websocket.',
    'RFC 6455 §4.2.1, threats 85',
  ),
  'upgrade-not-taken': rule('UPGRADE_REFUSED', 'The route takes no upgrade.', 'threats 85'),
  'upgrade-request-line': rule(
    'UPGRADE_REFUSED',
    'An upgrade to WebSocket is not a GET in HTTP/1.1.',
    'RFC 6455 §4.2.1',
  ),
  'upgrade-with-body': rule(
    'UPGRADE_REFUSED',
    'An upgrade with a body is two messages in one place.',
    'RFC 9110 §7.8',
  ),
  'websocket-version': rule(
    'UPGRADE_REQUIRED',
    'The version of WebSocket is not 13.',
    'RFC 6455 §4.2.2, threats 86',
  ),
  'websocket-key': rule(
    'UPGRADE_REFUSED',
    'The Sec-WebSocket-Key is not 16 bytes in base64.',
    'RFC 6455 §4.2.1, threats 86',
  ),
  'origin-unknown': rule(
    'ORIGIN_REFUSED',
    'A page of an origin that is not configured asks for a WebSocket, or whether it may send a request.',
    'RFC 6455 §10.2, threats 86 and 97',
  ),
  'target-form': rule('TARGET_MALFORMED', 'The target does not begin with a slash.', 'RFC 9112 §3.2.1'),
  'target-character': rule(
    'TARGET_MALFORMED',
    'The target holds a character that must be escaped.',
    'RFC 3986 §3.3',
  ),
  'target-escape': rule(
    'TARGET_MALFORMED',
    'The target holds a percent sign that begins no escape.',
    'RFC 3986 §2.1',
  ),
  'target-nul': rule('TARGET_MALFORMED', 'The target holds an escaped NUL.', 'threats 25'),
  'target-empty-segment': rule('TARGET_MALFORMED', 'The path holds an empty segment.', 'threats 32'),
  'target-not-utf8': rule('TARGET_MALFORMED', 'An escape of the path is not UTF-8.', 'RFC 3986 §2.5'),
  'target-separator': rule(
    'TARGET_MALFORMED',
    'A segment of the path holds an escaped slash or backslash.',
    'threats 22',
  ),
  'target-delimiter': rule(
    'TARGET_MALFORMED',
    'A segment of the path holds an escaped semicolon, question mark or hash.',
    'threats 24 and 26',
  ),
  'target-control': rule(
    'TARGET_MALFORMED',
    'A segment of the path holds an escaped control character.',
    'threats 25',
  ),
  'target-escaped-twice': rule('TARGET_MALFORMED', 'A segment of the path is escaped twice.', 'threats 23'),
  'target-dot-segment': rule(
    'TARGET_MALFORMED',
    'A segment of the path is a dot segment, or one with a parameter.',
    'RFC 3986 §3.3',
  ),
})

export type HttpRule = keyof typeof httpRules

type CodeOf<Rule extends HttpRule> = (typeof httpRules)[Rule]['code']

/**
 * A refusal by this rule.
 *
 * @param offending what broke it, as it came; it is escaped and cut here. Nothing that can be a secret.
 */
export function refusedBy<Rule extends HttpRule>(
  name: Rule,
  offending: string | null = null,
): Refused<CodeOf<Rule>> {
  const { code, sentence } = httpRules[name]
  return refused(code, sentence, name, offending === null ? null : escaped(offending))
}

function rule<Code extends HttpRefusalCode>(code: Code, sentence: string, source: string) {
  return Object.freeze({ code, sentence, source })
}
