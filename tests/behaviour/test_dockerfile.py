"""dockerfile() of checkers, against what a Docker engine makes of the same files: how containers of the image are run, and what it refuses."""
import json
import unittest

from enginecase import EngineCase, lua

TAKEN = {
    "plain": "FROM scratch\nENV A=1 B=\"two words\" C='$A'\nLABEL a.b=\"c d\" \"e f\"=g\nUSER 10001:5\nWORKDIR /app\nWORKDIR src/../lib\n"
             "EXPOSE 8000 9000/udp 10-12\nVOLUME /a /b\nSTOPSIGNAL SIGINT\nENTRYPOINT [\"/x\", \"y z\"]\nCMD [\"a\"]\n",
    "shell-forms": "FROM scratch\nENTRYPOINT /x  y   \"z\"\nCMD ['a', 'b']\nHEALTHCHECK --interval=1m30s --timeout=5s --retries=4 CMD /x || exit 1\n",
    "json-or-not": "FROM scratch\nENTRYPOINT [\"/x\", ]\nCMD [ ]\nVOLUME [\"/a b\", \"/c\"]\nHEALTHCHECK CMD [\"/x\", \"y\"]\n",
    "no-health": "FROM scratch\nHEALTHCHECK CMD x\nHEALTHCHECK NONE\n",
    "shell": "FROM scratch\nSHELL [\"/bin/bash\", \"-e\", \"-c\"]\nCMD x\nENTRYPOINT y\n",
    "cmd-before-entrypoint": "FROM scratch AS a\nCMD x\nFROM a\nENTRYPOINT [\"y\"]\n",
    "inherited": "FROM scratch AS A\nENV X=1\nUSER 7\nWORKDIR /w\nCMD x\nLABEL l=1\nEXPOSE 1\nFROM a\nENV Y=$X$Z\nWORKDIR v\n",
    "scope": "ARG T=1\nFROM scratch\nENV A=$T\nARG T\nENV B=$T C=${T}2\nARG T=3\nENV D=$T\nENV T=4\nARG T=5\nENV E=$T\n",
    "one-instruction": "FROM scratch\nENV A=1\nENV A=2 B=$A\nENV C=x$B${A}y\n",
    "forms": "FROM scratch\nENV E= F=/a/b.c\nENV A=${E:-d} C=${U:-d} G=${F:+p} H=${E:+p} J=${U:-${F}} L=\"${U:-'x y'}\"\n",
    "dollars": "FROM scratch\nENV F=f\nENV A=\\$F B='$F' C=\"$F\" D=\"\\$F\" G=a$ H=$F$F I=${F}_ J=$F_ K=\"a\\b\" L=a\\ b M=a\\b\n",
    "old-env": "FROM scratch\nENV A  b c  \"d\"\nLABEL x y z\n",
    "continued": "FROM scratch\nENV A=1 \\\n  # a comment\n  B=2 \\  \n\n  C=3\n  # another\\\nUSER 4\nCMD x \\\n",
    "two-backslashes": "FROM scratch\nENV A=a\\\\\nUSER 1\n",
    "escape": "# escape=`\nFROM scratch\nENV A=`$x B=c:\\d `\n  C=`\"q\nWORKDIR /a\\b\n",
    "escape-too-late": "# a comment\n# escape=`\nFROM scratch\nENV A=1 \\\n B=2\n",
    "escape-after-blank": "\n# escape=`\nFROM scratch\nENV A=1 \\\n B=2\n",
    "case-and-indent": "  from scratch\n\tenv A=1\nuser 3\n  # x\n   cmd y\n",
    "carriage-returns": "FROM scratch\r\nENV A=1 \\\r\n  B=2\r\nUSER 3\r\n",
    "byte-order-mark": "\ufeffFROM scratch\nUSER 3\n",
    "filled": "FROM scratch\nENV P=80 U=5 D=/d S=9 V=/v\nEXPOSE $P ${P}90/tcp\nUSER $U:$U\nWORKDIR $D/x\nSTOPSIGNAL $S\nVOLUME $V ${V}2\nCMD $P\nLABEL k=$U\n",
    "onbuild": "FROM scratch\nONBUILD RUN x && y\nONBUILD COPY --from=a b c\n",
    "no-argument": "FROM scratch\nENV A=\nLABEL b=\nUSER 5\n",
    "hash-within": "FROM scratch\nCMD echo a # b\nENV A=#x\n",
    "user-blank": "FROM scratch\nUSER $NOBODY\n",
    "path": "FROM scratch\nENV PATH=/x:$PATH\n",
    "ports-in-variables": "FROM scratch\nENV P=\"80 90\"\nEXPOSE $P\n",
    "maintainer": "FROM scratch\nMAINTAINER a b\nUSER 6\n",
    "start-period": "FROM scratch\nHEALTHCHECK --start-period=1h2m3.5s --interval=100ms CMD x\n",
}

REFUSED = {
    "no-instruction": "# nothing\n",
    "unknown": "FROM scratch\nRUNN x\n",
    "before-from": "ENV A=1\nFROM scratch\n",
    "no-from": "ARG A=1\n",
    "from-two": "FROM scratch build\n",
    "from-name": "FROM scratch AS 1x\n",
    "from-upper": "FROM Python:3\n",
    "from-tag": "FROM python:\n",
    "from-blank": "ARG B\nFROM $B\n",
    "env-alone": "FROM scratch\nENV A\n",
    "env-no-equals": "FROM scratch\nENV A=1 B\n",
    "env-blank-name": "FROM scratch\nENV =1\n",
    "env-quote": "FROM scratch\nENV A='x\n",
    "env-double": "FROM scratch\nENV A=\"x\n",
    "variable-open": "FROM scratch\nENV A=${B\n",
    "variable-empty": "FROM scratch\nENV A=${}\n",
    "variable-form": "FROM scratch\nENV A=${B=c}\n",
    "variable-demanded": "FROM scratch\nENV A=${B:?is missing}\n",
    "copy-one": "FROM scratch\nCOPY x\n",
    "copy-flag": "FROM scratch\nCOPY --form=a x /\n",
    "copy-no-value": "FROM scratch\nCOPY --from x /\n",
    "copy-twice": "FROM scratch\nCOPY --chown=1 --chown=2 x /\n",
    "user-none": "FROM scratch\nUSER\n",
    "workdir-none": "FROM scratch\nWORKDIR\n",
    "expose-word": "FROM scratch\nEXPOSE http\n",
    "expose-large": "FROM scratch\nEXPOSE 70000\n",
    "expose-range": "FROM scratch\nEXPOSE 9-8\n",
    "expose-protocol": "FROM scratch\nEXPOSE 80/xyz\n",
    "json-number": "FROM scratch\nCMD [\"a\", 1]\n",
    "shell-text": "FROM scratch\nSHELL /bin/bash\n",
    "health-type": "FROM scratch\nHEALTHCHECK RUN x\n",
    "health-time": "FROM scratch\nHEALTHCHECK --interval=3 CMD x\n",
    "health-none": "FROM scratch\nHEALTHCHECK NONE x\n",
    "health-retries": "FROM scratch\nHEALTHCHECK --retries=x CMD x\n",
    "onbuild-onbuild": "FROM scratch\nONBUILD ONBUILD RUN x\n",
    "onbuild-from": "FROM scratch\nONBUILD FROM x\n",
    "escape-other": "# escape=x\nFROM scratch\n",
    "escape-twice": "# escape=\\\n# escape=\\\nFROM scratch\n",
    "cmd-flag": "FROM scratch\nCMD --x y\n",
    "volume-none": "FROM scratch\nVOLUME\n",
    "quoted-flag": "FROM scratch\nHEALTHCHECK \"--interval=3s\" CMD x\n",
    "arg-none": "FROM scratch\nARG\n",
}

# The same of a stage as docker inspect tells of an image.
CONFIG = """\
local stage = dockerfile("Dockerfile"):final()
local function none_of(value) return next(value) and value or nil end
local function by_name(list, name)
  local found = {}
  for _, item in ipairs(list) do found[name(item)] = json.decode("{}") end
  return none_of(found)
end
local health, entrypoint, cmd, triggers = stage:healthcheck(), stage:entrypoint(), stage:cmd(), {}
for _, instruction in ipairs(stage:select("ONBUILD", "FROM")) do
  if instruction.onbuild then triggers[#triggers + 1] = instruction.onbuild.raw end
end
local config = {
  User = stage:user() ~= "" and stage:user() or nil, WorkingDir = stage:workdir(), Env = none_of(stage:env()), Labels = none_of(stage:labels()), StopSignal = stage:stopsignal(),
  Entrypoint = entrypoint and none_of(entrypoint.argv), Cmd = cmd and none_of(cmd.argv), OnBuild = none_of(triggers),
  ExposedPorts = by_name(stage:exposed(), function(port) return port.port .. "/" .. port.protocol end),
  Volumes = by_name(stage:volumes(), function(volume) return volume end),
}
if health then
  config.Healthcheck = {
    Test = health.form == "none" and {"NONE"} or health.form == "shell" and {"CMD-SHELL", health.text} or
      table.move(health.argv, 1, #health.argv, 2, {"CMD"}),
    Interval = health.interval, Timeout = health.timeout, StartPeriod = health.start_period, Retries = health.retries,
  }
end
"""


class Dockerfile(EngineCase):
    def told(self, image):
        """What docker inspect says, with what is empty left out."""
        config = self.image_config(image)
        told = {key: config.get(key) for key in ("User", "Labels", "StopSignal", "Entrypoint", "Cmd", "OnBuild", "ExposedPorts", "Volumes") if config.get(key)}
        told["WorkingDir"] = config["WorkingDir"] or "/"
        env = dict(pair.split("=", 1) for pair in config["Env"] or [])
        if env.get("PATH", "").startswith("/usr/local/sbin:"):
            del env["PATH"]  # the engine's own
        if env:
            told["Env"] = env
        if health := config.get("Healthcheck"):
            told["Healthcheck"] = {key: value / 1e9 if key in ("Interval", "Timeout", "StartPeriod") else value for key, value in health.items()}
        return told

    def test_containers_are_run_so(self):
        bodies = {}
        for name, (image, said) in self.build_all({name: {"Dockerfile": text} for name, text in TAKEN.items()}).items():
            with self.subTest(name):
                self.assertTrue(image, said)
                bodies[name] = (f't:write("Dockerfile", {lua(TAKEN[name])})\n{CONFIG}'
                                f"expect(config, {lua(name)}):equals(json.decode({lua(json.dumps(self.told(image)))}))")
        self.assert_checks_pass(bodies)

    def test_what_it_refuses_the_engine_refuses(self):
        for name, (image, _) in self.build_all({name: {"Dockerfile": text, "x": "x"} for name, text in REFUSED.items()}).items():
            with self.subTest(name):
                self.assertIsNone(image, REFUSED[name])
        bodies = {name: f't:write("Dockerfile", {lua(text)})\ndockerfile("Dockerfile")' for name, text in REFUSED.items()}
        self.exercise("refused", bodies, {"x": "x"})
        self.started("refused").joinpath("x").write_text("y")
        for check, result in self.results("refused").items():
            with self.subTest(check):
                self.assertEqual(result["verdict"], "fail", result)
                self.assertRegex(result["message"], r"^Dockerfile:\d+: ")


if __name__ == "__main__":
    unittest.main()
