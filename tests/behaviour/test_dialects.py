"""What a checker reads of a text is what the library that it is named after reads."""
import json
import unittest

from labcase import LabCase


class Dialects(LabCase):
    SECTIONS = ("[a]", "[a] ; the main one", "[a]# x", "  [a]  x", "[a] = x", "[a]b]c", "[a]]", "[a][b] c", "[[a]", "[]]", "[ a ]", "[ ]",
                "[]", "[a", "[a ; x", "[a] x [b")
    READ = """\
        import configparser, json
        answers = []
        for line in json.load(open("lines.json")):
            parser = configparser.ConfigParser()
            try:
                parser.read_string(line + "\\nk = v\\n")
                answers.append({name: dict(parser[name]) for name in parser.sections()})
            except configparser.Error:
                answers.append(None)
        print(json.dumps(answers))
        """

    def test_sections_of_ini_are_those_of_configparser(self):
        body = """\
            local expected = t:run{"python", "read.py"}:ok():json()
            for i, line in ipairs(file("lines.json"):json()) do
                expect(ini.decode(line .. "\\nk = v\\n") or json.null, line):equals(expected[i])
            end"""
        self.exercise("one", {"a": body}, {"read.py": self.READ, "lines.json": json.dumps(self.SECTIONS)})
        self.started("one")
        self.ok("check", "one")


if __name__ == "__main__":
    unittest.main()
