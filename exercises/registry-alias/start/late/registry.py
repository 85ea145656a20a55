"""The registered model of this team, in MLflow's registry, over its REST API.

What is here of MLflow's own client: alias() is get_model_version_by_alias, set_alias() set_registered_model_alias,
delete_alias() delete_registered_model_alias, and model() loads an artifact of get_model_version.
"""

import json
import os
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from tools import latemodel

API = "/api/2.0/mlflow/registered-models/alias"
SECONDS = 20
OPENER = build_opener(ProxyHandler({}))


class RegistryError(Exception):
    """The registry does not answer, or refuses. `reason` is what stands in the audit log."""

    reason = "registry"


class UnknownVersion(RegistryError):
    reason = "unknown-version"


class Refused(RegistryError):
    """The registry's refusal, by its status: 404 when there is no such model or version, 400 when no such alias."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status

    def of_version(self):
        """What the refusal of a request about a version is."""
        return UnknownVersion(str(self)) if self.status == 404 else self


def message_of(error):
    try:
        return json.loads(error.read())["message"]
    except (ValueError, KeyError, TypeError):
        return f"the registry answered with status {error.code}"


class Registry:
    """The registered model `name` of the server at `url`."""

    def __init__(self, url, name):
        self.url, self.name = url.rstrip("/"), name

    @classmethod
    def of_environment(cls):
        url = os.environ.get("MLFLOW_TRACKING_URI")
        if not url:
            raise RegistryError("MLFLOW_TRACKING_URI says nothing of where the registry is")
        return cls(url, os.environ.get("LATE_MODEL", "late"))

    def ask(self, method, path, values):
        """The bytes of an answer. A GET has its values in the address, anything else in its body."""
        url, body = self.url + path, None
        if method == "GET":
            url += "?" + urlencode(values)
        else:
            body = json.dumps(values).encode()
        try:
            request = Request(url, body, {"Content-Type": "application/json"}, method=method)
            with OPENER.open(request, timeout=SECONDS) as response:
                return response.read()
        except HTTPError as error:
            raise Refused(error.code, message_of(error)) from None
        except (OSError, HTTPException, ValueError) as error:
            raise RegistryError(f"{self.url}: {getattr(error, 'reason', error)}") from None

    def alias(self, alias):
        """The version that an alias points to; None when there is no such alias."""
        try:
            answer = json.loads(self.ask("GET", API, {"name": self.name, "alias": alias}))
        except Refused as refusal:
            if refusal.status in (400, 404):
                return None
            raise
        return int(answer["model_version"]["version"])

    def set_alias(self, alias, version):
        """Points an alias to a version, whatever it pointed to before."""
        try:
            self.ask("POST", API, {"name": self.name, "alias": alias, "version": str(version)})
        except Refused as refusal:
            raise refusal.of_version() from None

    def delete_alias(self, alias):
        self.ask("DELETE", API, {"name": self.name, "alias": alias})

    def model(self, version):
        """The model of a version (late-json-1): the file model.json of its artifacts."""
        values = {"name": self.name, "version": version, "path": "model.json"}
        try:
            text = self.ask("GET", "/model-versions/get-artifact", values).decode()
            return latemodel.parse(text, f"{self.name}, version {version}")
        except Refused as refusal:
            raise refusal.of_version() from None
        except ValueError as error:  # no text, or no model
            raise RegistryError(str(error)) from None
