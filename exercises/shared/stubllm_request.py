"""Requests of stubllm.py, checked: what an OpenAI-compatible server demands of them, and how many tokens they have."""

import json
import re

from labhttp import Refusal, compact
from stubllm_ask import Ask, Message
from stubllm_models import is_model

MESSAGES_MOST, TOOLS_MOST, INPUTS_MOST = 2000, 128, 2048
TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant", "tool": "tool"}


def demand(holds, param, message):
    if not holds:
        raise Refusal(400, f"Invalid '{param}': {message}", param=param)


def is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def read_model(request):
    demand(isinstance(request, dict), "body", "expected a JSON object")
    model = request.get("model")
    demand(isinstance(model, str) and model, "model", "you must provide a model parameter")
    if not is_model(model):
        message = f"The model '{model[:80]}' does not exist"
        raise Refusal(404, message, param="model", code="model_not_found")
    return model


# ---- chat ----


def read_chat(request):
    """A request for a chat completion as an Ask; its seed is None when the request has none."""
    model = read_model(request)
    messages = request.get("messages")
    demand(isinstance(messages, list) and messages, "messages", "expected a list with at least one message")
    demand(len(messages) <= MESSAGES_MOST, "messages", f"more than {MESSAGES_MOST} messages")
    demand(request.get("n") in (None, 1), "n", "only one choice is made")
    demand(isinstance(request.get("stream", False), (bool, type(None))), "stream", "expected true or false")
    seed = request.get("seed")
    demand(seed is None or is_whole(seed), "seed", "expected an integer")
    heat = request.get("temperature", 0)
    fits = heat is None or (isinstance(heat, (int, float)) and not isinstance(heat, bool) and 0 <= heat <= 2)
    demand(fits, "temperature", "expected a number from 0 to 2")
    read_most(request)
    tools = read_tools(request.get("tools"))
    return Ask(
        model,
        [read_message(message, f"messages[{index}]") for index, message in enumerate(messages)],
        seed=seed,
        tools=tools,
        choice=read_choice(request.get("tool_choice"), tools),
        schema=read_format(request.get("response_format")),
    )


def read_most(request):
    """How many tokens the answer may have, or None."""
    for param in ("max_completion_tokens", "max_tokens"):
        most = request.get(param)
        if most is not None:
            demand(is_whole(most) and most > 0, param, "expected an integer of at least 1")
            return most
    return None


def read_message(message, place):
    demand(isinstance(message, dict), place, "expected an object with role and content")
    role = message.get("role")
    demand(isinstance(role, str) and role in ROLES, f"{place}.role", f"expected one of {', '.join(ROLES)}")
    calls = message.get("tool_calls") or []
    demand(not calls or role == "assistant", f"{place}.tool_calls", "only the assistant calls tools")
    demand(isinstance(calls, list), f"{place}.tool_calls", "expected a list")
    content = message.get("content")
    demand(content is not None or calls, f"{place}.content", "expected a text, or a list of texts")
    if role == "tool":
        demand(isinstance(message.get("tool_call_id"), str), f"{place}.tool_call_id", "expected the id of a tool call")
    made = [read_call(call, f"{place}.tool_calls[{index}]") for index, call in enumerate(calls)]
    return Message(ROLES[role], read_content(content, f"{place}.content"), made)


def read_content(content, place):
    if isinstance(content, list):
        for part in content:
            fits = isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str)
            demand(fits, place, "only parts of type text are understood")
        return "\n".join(part["text"] for part in content)
    demand(content is None or isinstance(content, str), place, "expected a text, or a list of texts")
    return content or ""


def read_call(call, place):
    function = call.get("function") if isinstance(call, dict) else None
    fits = isinstance(function, dict) and isinstance(function.get("name"), str)
    demand(fits and isinstance(function.get("arguments"), str), place, "expected id, type and function")
    try:
        return function["name"], json.loads(function["arguments"])
    except (ValueError, RecursionError):
        return function["name"], function["arguments"]


def read_tools(tools):
    if tools is None:
        return []
    demand(isinstance(tools, list) and len(tools) <= TOOLS_MOST, "tools", f"expected a list of at most {TOOLS_MOST}")
    found = []
    for index, tool in enumerate(tools):
        function = tool.get("function") if isinstance(tool, dict) and tool.get("type") == "function" else None
        name = function.get("name") if isinstance(function, dict) else None
        fits = isinstance(name, str) and TOOL_NAME.fullmatch(name)
        demand(fits, f"tools[{index}]", "expected type function, and a function with a name")
        schema = function.get("parameters", {})
        demand(isinstance(schema, dict), f"tools[{index}].function.parameters", "expected a JSON Schema")
        found.append((name, schema))
    return found


def read_choice(choice, tools):
    if choice is None:
        return "auto"
    if isinstance(choice, str):
        demand(choice in ("none", "auto", "required"), "tool_choice", "expected none, auto, required, or a function")
        return choice
    function = choice.get("function") if isinstance(choice, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    demand(any(name == tool for tool, _ in tools), "tool_choice", "the function is none of the tools")
    return f"={name}"


def read_format(wanted):
    """The JSON Schema that the answer must meet: None for text, {} for any object."""
    if wanted is None:
        return None
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    demand(kind in ("text", "json_object", "json_schema"), "response_format", "unknown type")
    if kind != "json_schema":
        return {} if kind == "json_object" else None
    named = wanted.get("json_schema")
    schema = named.get("schema") if isinstance(named, dict) else None
    demand(isinstance(schema, dict), "response_format.json_schema.schema", "expected a JSON Schema")
    return schema


def prompt_text(request):
    """What counts as the prompt: the texts of all messages, their tool calls and the tools as JSON, end to end."""
    parts = []
    for message in request["messages"]:
        parts.append(read_content(message.get("content"), "content"))
        if message.get("tool_calls"):
            parts.append(compact(message["tool_calls"]))
    if request.get("tools"):
        parts.append(compact(request["tools"]))
    return "".join(parts)


# ---- embeddings ----


def read_inputs(request):
    """The texts that a request wants embedded."""
    read_model(request)
    inputs = request.get("input")
    inputs = [inputs] if isinstance(inputs, str) else inputs
    demand(isinstance(inputs, list) and 0 < len(inputs) <= INPUTS_MOST, "input", "expected a text or a list of texts")
    demand(
        all(isinstance(text, str) and text for text in inputs), "input", "each input must be a text that is not empty"
    )
    demand(request.get("encoding_format") in (None, "float", "base64"), "encoding_format", "expected float or base64")
    demand(request.get("dimensions") in (None, 512), "dimensions", "a stub's embedding has 512 numbers")
    return inputs


# ---- what an admin sends ----

FAULT_FIELDS = {
    "status": lambda value: is_whole(value) and 400 <= value <= 599,
    "count": lambda value: is_whole(value) and 1 <= value <= 1_000_000,
    "retry_after": lambda value: is_seconds(value),
    "delay": lambda value: is_seconds(value),
    "gap": lambda value: is_seconds(value),
    "drop_after": lambda value: is_whole(value) and value >= 0,
    "hang": lambda value: value is True,
    "position": lambda value: is_share(value),
    "length": lambda value: is_share(value),
    "unparseable": lambda value: is_share(value),
    "noise": lambda value: is_share(value),
}
JUDGE_FIELDS = ("position", "length", "unparseable", "noise")


def is_seconds(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 600


def is_share(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1


def read_fault(fault):
    demand(isinstance(fault, dict), "fault", "expected an object with a model and what goes wrong")
    model = fault.get("model")
    demand(model == "*" or (isinstance(model, str) and is_model(model)), "model", "expected a model, or * for all")
    for key, value in fault.items():
        if key != "model":
            demand(key in FAULT_FIELDS, key[:40], f"expected one of {', '.join(FAULT_FIELDS)}")
            demand(FAULT_FIELDS[key](value), key, "out of range")
    demand("retry_after" not in fault or "status" in fault, "retry_after", "needs a status")
    return dict(fault)


def read_script(steps):
    """A list of steps {"content", "tool_calls": [{"name", "arguments"}]}, or of parts {"when", "steps"}."""
    demand(isinstance(steps, list) and len(steps) <= 1000, "script", "expected a list of at most 1000 steps")
    parts = [part for part in steps if isinstance(part, dict) and "steps" in part]
    if not parts:
        for index, step in enumerate(steps):
            check_step(step, f"script[{index}]")
        return steps
    demand(len(parts) == len(steps), "script", "steps and parts with steps do not mix")
    for index, part in enumerate(parts):
        demand(isinstance(part.get("when"), str), f"script[{index}].when", "expected a text")
        demand(isinstance(part["steps"], list), f"script[{index}].steps", "expected a list")
        for number, step in enumerate(part["steps"]):
            check_step(step, f"script[{index}].steps[{number}]")
    return steps


def check_step(step, place):
    known = isinstance(step, dict) and step and not step.keys() - {"content", "tool_calls"}
    demand(known, place, "expected an object with content, tool_calls, or both")
    demand(isinstance(step.get("content", ""), str), f"{place}.content", "expected a text")
    calls = step.get("tool_calls", [])
    demand(isinstance(calls, list), f"{place}.tool_calls", "expected a list")
    for call in calls:
        fits = isinstance(call, dict) and isinstance(call.get("name"), str) and not call.keys() - {"name", "arguments"}
        demand(fits, f"{place}.tool_calls", "expected objects with name and arguments")
