"""Small changes to Python programs, one at a time, for `lab author test --mutate`.

Called in a folder with the names of files; prints one JSON object a line:

    {"file": "train.py", "line": 12, "column": 8, "begin": 301, "end": 306, "with": "a > b", "what": "'a < b' becomes 'a > b'"}

begin and end are bytes of the file. A line with the comment "# mutants: REASON" is left out: the author has explained why no check
needs to notice a change there. Every change compiles, and none is printed twice.
"""
import ast
import json
import re
import sys

COMPARISONS = {ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"), ast.Eq: ("==", "!="),
               ast.NotEq: ("!=", "=="), ast.Is: ("is", "is not"), ast.IsNot: ("is not", "is"), ast.In: ("in", "not in"),
               ast.NotIn: ("not in", "in")}
ARITHMETIC = {ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"), ast.FloorDiv: ("//", "*"),
              ast.Mod: ("%", "*")}
BOOLEAN = {ast.And: ("and", "or"), ast.Or: ("or", "and")}
DROPPED = (ast.Assign, ast.AugAssign, ast.Raise, ast.Assert, ast.Delete)
EXPLAINED = re.compile(r"#\s*mutants:\s*\S")


class Source:
    """A file's text, and where the nodes of its tree stand in it, in bytes."""

    def __init__(self, name):
        with open(name, "rb") as file:
            self.data = file.read()
        self.name = name
        self.tree = ast.parse(self.data, name)
        self.lines = [0]
        for line in self.data.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))
        text = self.data.decode().splitlines()
        self.explained = {number for number, line in enumerate(text, 1) if EXPLAINED.search(line)}

    def span(self, node):
        return (self.lines[node.lineno - 1] + node.col_offset, self.lines[node.end_lineno - 1] + node.end_col_offset)

    def text(self, node):
        begin, end = self.span(node)
        return self.data[begin:end].decode()


def between(source, left, right, old, new):
    """The operator `old` between two nodes, made `new`: its span and the text for it."""
    begin, end = source.span(left)[1], source.span(right)[0]
    gap = source.data[begin:end].decode()
    found = re.search(r"(?<![\w<>=!*/])" + r"\s+".join(map(re.escape, old.split())) + r"(?![\w<>=*/])", gap)
    if found:
        yield (begin + len(gap[:found.start()].encode()), begin + len(gap[:found.end()].encode())), new


def of_comparison(source, node):
    left = node.left
    for operator, right in zip(node.ops, node.comparators):
        old, new = COMPARISONS[type(operator)]
        yield from between(source, left, right, old, new)
        left = right


def of_operation(source, node):
    names = ARITHMETIC.get(type(node.op))
    if names and not (isinstance(node.op, ast.Mod) and isinstance(node.left, (ast.Constant, ast.JoinedStr))):
        yield from between(source, node.left, node.right, *names)


def of_boolean(source, node):
    for left, right in zip(node.values, node.values[1:]):
        yield from between(source, left, right, *BOOLEAN[type(node.op)])


def of_constant(source, node):
    if isinstance(node.value, bool):
        yield source.span(node), str(not node.value)
    elif isinstance(node.value, int):
        yield source.span(node), str(node.value + 1)
    elif isinstance(node.value, float):
        yield source.span(node), repr(node.value * 2 or 1.0)


def of_call(source, node):
    plain = [argument for argument in node.args if not isinstance(argument, ast.Starred)]
    if isinstance(node.func, ast.Name) and node.func.id == "len":
        yield source.span(node), f"({source.text(node)} - 1)"
    if len(plain) >= 2 and len(plain) == len(node.args):
        first, second = plain[:2]
        middle = source.data[source.span(first)[1]:source.span(second)[0]].decode()
        yield (source.span(first)[0], source.span(second)[1]), source.text(second) + middle + source.text(first)


def of_negation(source, node):
    if isinstance(node.op, ast.Not):
        yield source.span(node), source.text(node.operand)


def of_condition(source, node):
    if not is_entry(node):
        yield source.span(node.test), f"not ({source.text(node.test)})"


def of_return(source, node):
    if node.value and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield source.span(node), "return None"


def of_statement(source, node):
    yield source.span(node), "pass"


def of_expression(source, node):
    if isinstance(node.value, (ast.Call, ast.Await)):
        yield source.span(node), "pass"


def of_loop_end(source, node):
    yield source.span(node), "continue" if isinstance(node, ast.Break) else "break"


def is_entry(node):
    """`if __name__ == "__main__":`"""
    test = node.test
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


KINDS = [(ast.Compare, of_comparison), (ast.BinOp, of_operation), (ast.BoolOp, of_boolean), (ast.Constant, of_constant),
         (ast.Call, of_call), (ast.UnaryOp, of_negation), ((ast.If, ast.While, ast.IfExp), of_condition),
         (ast.Return, of_return), (DROPPED, of_statement), (ast.Expr, of_expression), ((ast.Break, ast.Continue), of_loop_end)]


def walk(node):
    """All nodes but those of type annotations, decorators, strings with values in them and the entry's own comparison."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list") or isinstance(node, ast.JoinedStr):
            continue
        if name == "test" and isinstance(node, ast.If) and is_entry(node):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and hasattr(child, "_fields"):
                yield from walk(child)


def shorten(text):
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "…"


def compiles(data, name):
    try:
        compile(data, name, "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def mutants(source):
    seen = set()
    for node in walk(source.tree):
        for kind, change in KINDS:
            if not isinstance(node, kind) or not hasattr(node, "lineno") or node.lineno in source.explained:
                continue
            for (begin, end), text in change(source, node):
                data = source.data[:begin] + text.encode() + source.data[end:]
                if data in seen or data == source.data or not compiles(data, source.name):
                    continue
                seen.add(data)
                yield node, begin, end, text


def context(source, node, begin, end, text):
    """Old and new as a reader wants to see them: an operator with what stands around it."""
    if isinstance(node, (ast.Compare, ast.BinOp, ast.BoolOp)):
        first, last = source.span(node)
        return source.data[first:last].decode(), (source.data[first:begin] + text.encode() + source.data[end:last]).decode()
    return source.data[begin:end].decode(), text


def main():
    for name in sys.argv[1:]:
        try:
            source = Source(name)
        except (SyntaxError, ValueError):
            continue  # no Python of this version: there is nothing to change
        for node, begin, end, text in mutants(source):
            old, new = context(source, node, begin, end, text)
            print(json.dumps({"file": name, "line": node.lineno, "column": node.col_offset + 1, "begin": begin, "end": end,
                              "with": text, "what": f"'{shorten(old)}' becomes '{shorten(new)}'"}))


if __name__ == "__main__":
    main()
