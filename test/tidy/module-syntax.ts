import ts from 'typescript'

/** A module that another one names, and what it takes from there. */
export type Import = {
  readonly specifier: string
  readonly line: number
  /** Names taken, as the other module calls them; `*` for all of them. */
  readonly names: readonly string[]
  /** Those of the names that are more than types. */
  readonly values: readonly string[]
  readonly isReexport: boolean
}

export type FunctionSpan = {
  readonly name: string
  readonly line: number
  readonly lines: number
  /** True for a function that holds tests: its length is theirs. */
  readonly holdsTests: boolean
}

export type Named = { readonly name: string; readonly line: number }

/** What a check needs to know of one TypeScript file. */
export type ModuleSyntax = {
  readonly imports: readonly Import[]
  /** Files named by `new URL('./file', import.meta.url)`. */
  readonly urls: readonly Named[]
  /** Names that other files may take, and whether they are more than types. */
  readonly exports: readonly (Named & { readonly isValue: boolean })[]
  /** Statements that only pass on what other modules export. */
  readonly isOnlyReexports: boolean
  readonly functions: readonly FunctionSpan[]
  /** Values that are named: `Date.now`, `performance`, `new Date()`. */
  readonly uses: readonly Named[]
  readonly topLevelLets: readonly Named[]
}

const parsed = new Map<string, ModuleSyntax>()

/** Reads a file; the same text is read once. */
export function moduleSyntax(text: string): ModuleSyntax {
  const known = parsed.get(text)
  if (known !== undefined) return known
  const syntax = readModule(ts.createSourceFile('file.ts', text, ts.ScriptTarget.ESNext, true))
  parsed.set(text, syntax)
  return syntax
}

function readModule(source: ts.SourceFile): ModuleSyntax {
  const lineOf = (node: ts.Node): number =>
    source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1
  const imports: Import[] = []
  const urls: Named[] = []
  const functions: FunctionSpan[] = []
  const uses: Named[] = []
  const visit = (node: ts.Node): void => {
    const imported = importOf(node, lineOf)
    if (imported !== null) imports.push(imported)
    const url = urlOf(node)
    if (url !== null) urls.push({ name: url, line: lineOf(node) })
    if (isFunction(node)) functions.push(spanOf(node, source, lineOf))
    const use = useOf(node)
    if (use !== null) uses.push({ name: use, line: lineOf(node) })
    ts.forEachChild(node, visit)
  }
  visit(source)
  const { statements } = source
  return {
    imports,
    urls,
    functions,
    uses,
    exports: statements.flatMap((each) =>
      exportedNames(each).map((name) => ({ name, line: lineOf(each), isValue: isValue(each) })),
    ),
    isOnlyReexports: statements.every(
      (each) => ts.isExportDeclaration(each) && each.moduleSpecifier !== undefined,
    ),
    topLevelLets: statements.flatMap((each) => letsOf(each, lineOf)),
  }
}

const textOf = (node: ts.Node | undefined): string | null =>
  node !== undefined && ts.isStringLiteralLike(node) ? node.text : null

function importOf(node: ts.Node, lineOf: (node: ts.Node) => number): Import | null {
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const specifier = textOf(node.arguments[0])
    const names = ['*']
    if (specifier === null) return null
    return { specifier, line: lineOf(node), names, values: names, isReexport: false }
  }
  if (!ts.isImportDeclaration(node) && !ts.isExportDeclaration(node)) return null
  const specifier = textOf(node.moduleSpecifier)
  if (specifier === null) return null
  const isReexport = ts.isExportDeclaration(node)
  const taken = isReexport ? takenByExport(node) : takenByImport(node.importClause)
  const isTypes = isReexport
    ? node.isTypeOnly
    : node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
  const values = isTypes ? [] : taken.filter(({ isType }) => !isType)
  const namesOf = (names: readonly Taken[]) => names.map(({ name }) => name)
  return {
    specifier,
    line: lineOf(node),
    names: namesOf(taken),
    values: namesOf(values),
    isReexport,
  }
}

type Taken = { readonly name: string; readonly isType: boolean }

const takenBySpecifier = (each: ts.ImportSpecifier | ts.ExportSpecifier): Taken => ({
  name: (each.propertyName ?? each.name).text,
  isType: each.isTypeOnly,
})

function takenByImport(clause: ts.ImportClause | undefined): readonly Taken[] {
  if (clause === undefined) return []
  const byDefault = clause.name === undefined ? [] : [{ name: 'default', isType: false }]
  const bindings = clause.namedBindings
  if (bindings === undefined) return byDefault
  if (ts.isNamespaceImport(bindings)) return [...byDefault, { name: '*', isType: false }]
  return [...byDefault, ...bindings.elements.map(takenBySpecifier)]
}

function takenByExport(node: ts.ExportDeclaration): readonly Taken[] {
  const clause = node.exportClause
  if (clause === undefined || ts.isNamespaceExport(clause)) return [{ name: '*', isType: false }]
  return clause.elements.map(takenBySpecifier)
}

/** The path of `new URL('path', import.meta.url)`. */
function urlOf(node: ts.Node): string | null {
  if (!ts.isNewExpression(node) || node.expression.getText() !== 'URL') return null
  const [path, base] = node.arguments ?? []
  return base?.getText() === 'import.meta.url' ? textOf(path) : null
}

type FunctionNode =
  | ts.FunctionDeclaration
  | ts.FunctionExpression
  | ts.ArrowFunction
  | ts.MethodDeclaration
  | ts.ConstructorDeclaration
  | ts.AccessorDeclaration

const isFunction = (node: ts.Node): node is FunctionNode =>
  ts.isFunctionDeclaration(node) ||
  ts.isFunctionExpression(node) ||
  ts.isArrowFunction(node) ||
  ts.isMethodDeclaration(node) ||
  ts.isConstructorDeclaration(node) ||
  ts.isAccessor(node)

const testCall = /^(describe|suite|it|test)\b/

function holdsTests(node: ts.Node): boolean {
  let found = false
  const visit = (each: ts.Node): void => {
    if (ts.isCallExpression(each) && testCall.test(each.expression.getText())) found = true
    if (!found) ts.forEachChild(each, visit)
  }
  ts.forEachChild(node, visit)
  return found
}

function spanOf(
  node: FunctionNode,
  source: ts.SourceFile,
  lineOf: (node: ts.Node) => number,
): FunctionSpan {
  const line = lineOf(node)
  const last = source.getLineAndCharacterOfPosition(node.getEnd()).line + 1
  const { parent } = node
  const named = 'name' in parent && parent.name !== undefined ? (parent.name as ts.Node) : undefined
  const name = (node.name ?? named)?.getText(source) ?? 'a function'
  return { name, line, lines: last - line + 1, holdsTests: holdsTests(node) }
}

/**
 * What an expression names of the world around: `performance`, `Date.now`, `new Date()`, `await`.
 */
function useOf(node: ts.Node): string | null {
  if (ts.isAwaitExpression(node)) return 'await'
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date') {
    return (node.arguments?.length ?? 0) === 0 ? 'new Date()' : null
  }
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    return `${node.expression.text}.${node.name.text}`
  }
  const isValue = ts.isIdentifier(node) && ts.isExpression(node) && isReference(node)
  return isValue ? node.text : null
}

/** True for a name that is read, and not one that is given to a property or a variable. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isTypeNode(parent) || ts.isQualifiedName(parent)) return false
  return !('name' in parent && parent.name === node) || ts.isShorthandPropertyAssignment(parent)
}

function exportedNames(node: ts.Statement): readonly string[] {
  if (ts.isExportDeclaration(node)) {
    const clause = node.exportClause
    if (clause === undefined || ts.isNamespaceExport(clause)) return ['*']
    return clause.elements.map(({ name }) => name.text)
  }
  const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : []
  if (!modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return []
  if (ts.isVariableStatement(node)) {
    return node.declarationList.declarations.flatMap(({ name }) => bindingNames(name))
  }
  if (modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)) return ['default']
  return 'name' in node && node.name !== undefined ? [(node.name as ts.Identifier).text] : []
}

const isValue = (node: ts.Statement): boolean =>
  !ts.isTypeAliasDeclaration(node) &&
  !ts.isInterfaceDeclaration(node) &&
  !(ts.isExportDeclaration(node) && node.isTypeOnly)

function bindingNames(name: ts.BindingName): readonly string[] {
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap((each) => (ts.isBindingElement(each) ? bindingNames(each.name) : []))
}

function letsOf(node: ts.Statement, lineOf: (node: ts.Node) => number): readonly Named[] {
  if (!ts.isVariableStatement(node)) return []
  const { flags, declarations } = node.declarationList
  if ((flags & ts.NodeFlags.Const) !== 0) return []
  return declarations.map(({ name }) => ({ name: name.getText(), line: lineOf(node) }))
}
