/** Integer expressions (XCU 2.6.4): C's operators on literals; the caller replaces names first. */

const levels: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/', '%'],
]

/** Evaluates an expression; undefined if it is not supported. */
export function arithmetic(text: string): number | undefined {
  const tokens = text.match(/\d+|&&|\|\||[=!<>]=|[-+*/%()<>!]|\S/g) ?? []
  if (tokens.length > 200) return undefined
  const reader = { tokens, at: 0 }
  const value = binary(reader, 0)
  return reader.at === tokens.length ? value : undefined
}

interface Reader {
  readonly tokens: readonly string[]
  at: number
}

function binary(reader: Reader, level: number): number | undefined {
  const operators = levels[level]
  if (operators === undefined) return unary(reader)
  let left = binary(reader, level + 1)
  for (;;) {
    const operator = reader.tokens[reader.at]
    if (operator === undefined || !operators.includes(operator)) return left
    reader.at++
    const right = binary(reader, level + 1)
    if (left === undefined || right === undefined) return undefined
    left = apply(operator, left, right)
  }
}

function unary(reader: Reader): number | undefined {
  const token = reader.tokens[reader.at++]
  if (token === '-' || token === '+' || token === '!') {
    const value = unary(reader)
    return value === undefined ? undefined : token === '-' ? -value : token === '+' ? value : Number(value === 0)
  }
  if (token === '(') {
    const value = binary(reader, 0)
    return reader.tokens[reader.at++] === ')' ? value : undefined
  }
  if (token === undefined || !/^(0[0-7]*|[1-9]\d{0,14})$/.test(token)) return undefined
  return Number.parseInt(token, token.startsWith('0') ? 8 : 10)
}

function apply(operator: string, a: number, b: number): number | undefined {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return b === 0 ? undefined : Math.trunc(a / b)
    case '%':
      return b === 0 ? undefined : a % b
    default:
      return Number(compare(operator, a, b))
  }
}

function compare(operator: string, a: number, b: number): boolean {
  if (operator === '||') return a !== 0 || b !== 0
  if (operator === '&&') return a !== 0 && b !== 0
  if (operator === '==') return a === b
  if (operator === '!=') return a !== b
  if (operator === '<') return a < b
  if (operator === '<=') return a <= b
  return operator === '>' ? a > b : a >= b
}
