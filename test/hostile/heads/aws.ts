import type { HeadCase } from './case.ts'
import { cases, forwarded, get, post, request } from './case.ts'

/*
 * The classes that github.com/aws/http-desync-guardian calls Severe and Ambiguous, in requests of our own. Each row here is
 * one of its cases; where that gives only a head, the body is what a sender of that head would send.
 */

const body = '5\r\nhello\r\n0\r\n\r\n'
const browser =
  'User-Agent: Mozilla/5.0\r\nAccept: text/html\r\nAccept-Language: en-US\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\nUpgrade-Insecure-Requests: 1\r\n'
const both = (coding: string, length: string) =>
  post(`${browser}${coding}\r\nContent-Length: ${length}\r\n`, body)

const severe: readonly (readonly [name: string, bytes: string])[] = [
  ['lengths 1000 and 100', post('Content-Length: 1000\r\nContent-Length: 100\r\n', 'hello')],
  ['length 1000,1000', post('Content-Length: 1000,1000\r\n', 'hello')],
  ['length 1000 1000', post('Content-Length: 1000 1000\r\n', 'hello')],
  ['length 1000.1000', post('Content-Length: 1000.1000\r\n', 'hello')],
  ['a length of 2^64', post('Content-Length: 18446744073709551616\r\n', 'hello')],
  ['coding xchunked', post('Transfer-Encoding: xchunked\r\n', body)],
  ['coding chunked and 0x11', post('Transfer-Encoding: chunked\x11\r\n', body)],
  ['length 1000 and 0x11', post('Content-Length: 1000\x11\r\n', 'hello')],
  ['two codings chunked', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', body)],
  ['coding chunked,chunked', post('Transfer-Encoding: chunked,chunked\r\n', body)],
  [
    'a value over many lines',
    post('Content-Length: 5\r\nX-A: one\r\n two \n three \n Transfer-Encoding: chunked\r\n\r\n', 'hello'),
  ],
  [
    'a value over many lines of line feeds',
    post('Content-Length: 5\r\nX-A: one\n two \n Transfer-Encoding: chunked\r\n', 'hello'),
  ],
  ['CR in the middle of a value', post('Content-Length: 5\r\nX-A: one\r two\r three\r\n', 'hello')],
  ['LF in the middle of a value', post('Content-Length: 5\r\nX-A: one\n two\n three\r\n', 'hello')],
  ['CR in a name', post('X-A\r: 1000\r\n')],
  [
    'LF in a name',
    post('X-A\n: Content-Length:1000\r\n Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', 'hello'),
  ],
  ['NUL in a name', post('X-A\0: 1000\r\n')],
  ['CR in a value', post('X-A: value\rcontent-length: 1000\r\nContent-Length: 5\r\n', 'hello')],
  ['LF in a value', post('X-A: value\n content-length: 1000\r\nContent-Length: 5\r\n', 'hello')],
  ['NUL in a value', post('X-A: value\0content-length: 1000\r\nContent-Length: 5\r\n', 'hello')],
  ['NUL before a name', post('\0X-A: value\r\nContent-Length: 5\r\n', 'hello')],
  ['NUL before a value', post('X-A: \0value\r\nContent-Length: 5\r\n', 'hello')],
  ['NUL after a value', post('X-A: value\0\r\nContent-Length: 5\r\n', 'hello')],
  [
    'a length with a blank after its name, and a length',
    post('Content-Length : 100\r\nContent-Length: 5\r\n', 'hello'),
  ],
  [
    'a length with a blank before its name, and a length',
    post(' Content-Length: 100\r\nContent-Length: 5\r\n', 'hello'),
  ],
  [
    'a coding with a blank after its name, and a coding',
    post('Transfer-Encoding : chunked\r\nTransfer-Encoding: chunked\r\n', body),
  ],
  ['a method with a control character', request('bad_method\x01 /notes HTTP/1.1', '')],
  ['coding 0x01 and chunked', post('Transfer-Encoding: \x01chunked\r\n', body)],
  ['coding chunked and 0x01', post('Transfer-Encoding: chunked\x01\r\n', body)],
  ['coding 0xA0 and chunked', post('Transfer-Encoding: \xa0chunked\r\n', body)],
  ['coding chunked and 0xA0', post('Transfer-Encoding: chunked\xa0\r\n', body)],
  ['length 0x01 and 1000', post('Content-Length: \x011000\r\n', 'hello')],
  ['length 1000 and 0x01', post('Content-Length: 1000\x01\r\n', 'hello')],
  ['length 1000 and 0xA0', post('Content-Length: 1000\xa0\r\n', 'hello')],
  ['a bad field before a bad length', post('X-A: value\x12\r\nContent-Length: 1000\x11\r\n', 'hello')],
  ['a bad field before a bad coding', post('X-A: value\x11\r\nTransfer-Encoding: chunked\x7f\r\n', body)],
  [
    'names with tabs, a value with NUL',
    request('PUT /notes HTTP/1.1', 'X-A\t: \x11\x12 and \0\r\nTransfer-Encoding\t: chunked\r\n', body),
  ],
  [
    'a bad field, a bad coding, a bad length',
    post('X-A: \x11value\r\nTransfer-Encoding: chunked\x80\r\nContent-Length: $9000\r\n', body),
  ],
  [
    'a bad target, a bad coding, a bad length',
    request(
      'POST /notes\t/x HTTP/1.1',
      'X-A: \x11value\r\nTransfer-Encoding: chunked\x80\r\nContent-Length: $9000\r\n',
      body,
    ),
  ],
  ['two versions', get('', 'GET /notes HTTP/1.1 HTTP/1.1')],
  ['CR in the target', get('', 'GET /notes\rHTTP/1.1 HTTP/1.1')],
  ['LF in the target', get('', 'GET /notes\nHTTP/1.1 HTTP/1.1')],
  [
    'a request in the target',
    get('', 'GET /notes\tHTTP/1.1\r\nHost:localhost\r\n\r\nGET\t/admin\t HTTP/1.1'),
  ],
  ['NUL in the target', get('', 'GET /notes\0HTTP/1.1 HTTP/1.1')],
  ['NUL before the target', get('', 'GET \0/notesHTTP/1.1 HTTP/1.1')],
  [
    'two codings chunked, and a length',
    post(`${browser}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n`, body),
  ],
  [
    'NUL in a value, a coding and a length',
    post(
      `Bad-Accept-Encoding: gzip, \0deflate\r\n${browser}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n`,
      body,
    ),
  ],
  [
    'a length, and a coding behind NUL',
    post(`${browser}Content-Length: 4\r\n\0Transfer-Encoding: chunked\r\n`, body),
  ],
  [
    'a length, and a coding behind CR in a value',
    post(`${browser}Content-Length: 4\r\nX-test: x\rTransfer-Encoding: chunked\r\n`, body),
  ],
  [
    'a coding behind CR, and a length',
    post(`${browser}\rTransfer-Encoding: chunked\r\nContent-Length: 4\r\n`, body),
  ],
  ['a coding behind CR', post(`${browser}\rTransfer-Encoding: chunked\r\n`, body)],
  [
    'a length behind CR, and a length',
    post(`${browser}\rContent-Length: 1000\r\nContent-Length: 5\r\n`, 'hello'),
  ],
  ['coding chunk, and a length', both('Transfer-Encoding: chunk', '4')],
  ['coding xchunked, and a length', both('Transfer-Encoding: xchunked', '4')],
  ['coding chunked,chunked, and a length', both('Transfer-Encoding: chunked,chunked', '4')],
  [
    'codings chunked and cow, and a length',
    both('Transfer-Encoding: chunked\r\nTransfer-Encoding: cow', '6'),
  ],
  [
    'a length, and a coding behind a NUL in its name',
    post(`${browser}Content-Length: 6\r\n\0Transfer-Encoding: chunked\r\n`, body),
  ],
  ['a coding behind a NUL in its value, and a length', both('Transfer-Encoding: \0chunked', '6')],
]

const ambiguous: readonly (readonly [name: string, bytes: string])[] = [
  ['a coding with a blank after its name', post('Transfer-Encoding : chunked\r\n', body)],
  ['a coding with a tab after its name', post('Transfer-Encoding\t: chunked\r\n', body)],
  ['0x01 before a coding', post('\x01Transfer-Encoding: chunked\r\n', body)],
  ['0x01 twice before a coding', post('\x01\x01Transfer-Encoding: chunked\r\n', body)],
  ['0x01 twice before a length', post('\x01\x01Content-Length: 1\r\n', 'h')],
  ['0x01 before a length', post('\x01Content-Length: 1\r\n', 'h')],
  ['a blank in the name of a coding', post('Transfer- Encoding: chunked\r\n', body)],
  ['a coding with an underscore', post('Transfer_Encoding: chunked\r\n', body)],
  ['a length with an underscore', post('Content_Length: 1000\r\n', 'hello')],
  [
    'two equal lengths of PUT',
    request('PUT /notes HTTP/1.1', 'Content-Length: 5\r\nContent-Length: 5\r\n', 'hello'),
  ],
  ['a coding and a length', post('Transfer-Encoding: chunked\r\nContent-Length: 100\r\n', body)],
  ['gzip and a length', post('Transfer-Encoding: gzip\r\nContent-Length: 100\r\n', body)],
  [
    'a coding with a blank after its name, and a length',
    post('Transfer-Encoding : chunked\r\nContent-Length: 5\r\n', 'hello'),
  ],
  [
    'a coding with a blank before its name, and a length',
    post(' Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', 'hello'),
  ],
  [
    'both with a blank before their names',
    post(' Transfer-Encoding: chunked\r\n Content-Length: 5\r\n', 'hello'),
  ],
  [
    'both with a blank after their names',
    post('Transfer-Encoding : chunked\r\nContent-Length : 5\r\n', 'hello'),
  ],
  ['a coding with a blank and x after its name', post('Transfer-Encoding x: chunked\r\n', body)],
  ['a coding with a blank and XY after its name', post('transfer-encoding XY: chunked\r\n', body)],
  ['a coding with a blank and 0x01 after its name', post('Transfer-Encoding \x01: chunked\r\n', body)],
  ['an empty name, and a length', post(': chunked\r\nContent-Length: 5\r\n', 'hello')],
  [
    'a name that begins with a colon, and a length',
    post(':X-A:Transfer-Encoding:: chunked\r\nContent-Length: 5\r\n', 'hello'),
  ],
  ['a name of blanks, and a length', post('   \t\t  : chunked\r\nContent-Length: 5\r\n', 'hello')],
  ['a coding in HTTP/1.0', request('POST /notes HTTP/1.0', 'Transfer-Encoding: chunked\r\n', body)],
  ['a coding in HTTP/0.9', request('POST /notes HTTP/0.9', 'Transfer-Encoding: chunked\r\n', body)],
  ['a length in HTTP/0.9', request('POST /notes HTTP/0.9', 'Content-Length: 5\r\n', 'hello')],
  ['a coding without a version', request('POST /notes', 'Transfer-Encoding: chunked\r\n', body)],
  ['a length without a version', request('POST /notes', 'Content-Length: 5\r\n', 'hello')],
  ['a coding with a long s', post('Tran\xc5\xbffer-Encoding: chunked\r\n', body)],
  ['a coding with a dotless i', post('Transfer-Encod\xc4\xb1ng: chunked\r\n', body)],
  ['a coding with three hyphens', post('Transfer---Encoding: chunked\r\n', body)],
  ['a coding with three underscores', post('Transfer___Encoding: chunked\r\n', body)],
  ['a coding behind a space of UTF-8', post('\xe2\x80\x80Transfer-Encoding: chunked\r\n', body)],
  ['a length before a space of UTF-8', post('Content-Length\xe2\x80\x80: 1000\r\n', 'hello')],
  ['a coding with a dash of UTF-8', post('Transfer\xe2\x80\x95Encoding: chunked\r\n', body)],
  ['a coding with 0x88', post('Transfer-Encoding\x88: chunked\r\n', body)],
  ['a length with 0xA0', post('\xa0Content-Length: 100\r\n', 'hello')],
  ['0x01 before a coding, behind another field', post('X-A: 1\r\n\x01Transfer-Encoding: chunked\r\n', body)],
  ['0x01 after a coding', post('X-A: 1\r\nTransfer-Encoding\x01: chunked\r\n', body)],
  ['0x01 before a length, behind another field', post('X-A: 1\r\n\x01Content-Length: 1000\r\n', 'hello')],
  ['0x01 after a length', post('X-A: 1\r\nContent-Length\x01: 1000\r\n', 'hello')],
  ['a bad field, and a coding of GET', get('X-A: value\x01\r\nTransfer-Encoding: chunked\r\n')],
  [
    'a bad field, and a length of HEAD',
    get('X-A: value\x01\r\nContent-Length: 9000\r\n', 'HEAD /notes HTTP/1.1'),
  ],
  [
    'a bad target, a bad field, and a length of GET',
    get('X-A: value\x01\r\nContent-Length: 9000\r\n', 'GET /notes\t/x HTTP/1.1'),
  ],
  ['a tab in the target', get('', 'GET /notes\tHTTP/1.1 HTTP/1.1')],
  ['0x01 in the target', get('', 'GET /notes\x01HTTP/1.1 HTTP/1.1')],
  [
    'a coding of a browser in HTTP/1.0',
    request('POST /notes HTTP/1.0', `${browser}Transfer-Encoding: chunked\r\n`, body),
  ],
  ['two equal lengths of a browser', post(`${browser}Content-Length: 5\r\nContent-Length: 5\r\n`, 'hello')],
  [
    'a length, then a coding of a browser',
    post(`${browser}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n`, body),
  ],
  ['a coding with a tab after its name, and a length', both('Transfer-Encoding\t: chunked', '4')],
  ['deflate and a length', both('Transfer-Encoding: deflate', '4')],
  [
    'five codings and a length',
    both(
      ['gzip', 'deflate', 'identity', 'compress', 'chunked']
        .map(each => `Transfer-Encoding: ${each}`)
        .join('\r\n'),
      '4',
    ),
  ],
  [
    'a coding with a parameter, and a length',
    both('Transfer-Encoding: \t\t\t\tchunked;custom_param;\t\t\t\t', '4'),
  ],
  ['a coding in mixed letters, and a length of 4', both('TrAnSfEr-EnCoDiNg: ChUnKeD', '4')],
  ['a coding in mixed letters, and a length of 6', both('TrAnSfEr-EnCoDiNg: ChUnKeD', '6')],
]

/** Undefined by the RFC, but clear: it goes on with the same body and one exact framing. */
const bodies: readonly HeadCase[] = [
  ...cases(forwarded('GET', 'hello'), [
    ['a length of GET', request('GET /notes HTTP/1.1', 'Content-Length: 5\r\n', 'hello')],
    ['a coding of GET', request('GET /notes HTTP/1.1', 'Transfer-Encoding: chunked\r\n', body)],
    [
      'a length of GET of a browser',
      request('GET /notes HTTP/1.1', `${browser}Content-Length: 5\r\n`, 'hello'),
    ],
    [
      'a coding of GET of a browser',
      request('GET /notes HTTP/1.1', `${browser}Transfer-Encoding: chunked\r\n`, body),
    ],
  ]),
  ...cases(forwarded('HEAD', 'hello'), [
    ['a length of HEAD', request('HEAD /notes HTTP/1.1', 'Content-Length: 5\r\n', 'hello')],
    ['a coding of HEAD', request('HEAD /notes HTTP/1.1', 'Transfer-Encoding: chunked\r\n', body)],
  ]),
]

export const awsCases: readonly HeadCase[] = [
  ...cases('refused', severe, 'AWS severe'),
  ...cases('refused', ambiguous, 'AWS ambiguous'),
  ...bodies.map(each => ({ ...each, source: 'AWS ambiguous' as const })),
]
