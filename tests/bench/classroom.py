"""The CPU that the classroom takes a request, by role: the server's whole process over one kept-alive connection.

python tests/bench/classroom.py
"""

from __future__ import annotations

import http.client
import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from lion.classroom.seeds import seeds
from lion.prompts import Prompt, Prompts
from lion.records import Instruction
from tests.conftest import Server

ROOT = Path(__file__).parent.parent.parent
REQUESTS = 4000
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
SAMPLING = {"teacher": (0.7, 256), "referee": (0.2, 512), "generator": (1.0, 64)}


def prompts(role: str) -> Iterator[Prompt]:
    fill = Prompts(ROOT / "lion/prompts/templates")
    for number, task in enumerate(seeds(REQUESTS, 7)):
        instruction = Instruction.seed(task.instruction, task.input)
        if role == "teacher":
            yield fill.teach(instruction)
        elif role == "referee":
            yield fill.compare(instruction, str(number), "The answer is 7.")
        else:
            yield fill.rarer_kind(instruction) if number % 2 else fill.same_kind(instruction)


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


def ask(connection: http.client.HTTPConnection, prompt: Prompt, temperature: float, max_tokens: int) -> None:
    messages = [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}]
    body = {"model": "expert-2", "messages": messages, "temperature": temperature, "max_tokens": max_tokens}
    connection.request("POST", "/v1/chat/completions", json.dumps(body), {"content-type": "application/json"})
    response = connection.getresponse()
    response.read()
    assert response.status == 200


def main() -> None:
    print(f"{'role':10} {'requests':>8} {'ms CPU a request':>17}")
    with closing(Server()) as server, closing(http.client.HTTPConnection("127.0.0.1", server.port)) as connection:
        for role, sampling in SAMPLING.items():
            asked = list(prompts(role))
            for prompt in asked[:200]:  # until all is imported and indexed
                ask(connection, prompt, *sampling)
            before = cpu_s(server.process.pid)
            for prompt in asked:
                ask(connection, prompt, *sampling)
            print(f"{role:10} {len(asked):8} {1000 * (cpu_s(server.process.pid) - before) / len(asked):17.3f}")


if __name__ == "__main__":
    main()
