"""The baseline of the engine's CPU time: `openai`'s client and spacy-llm's own templating and parsing.

argv: a config, whose task is used, the endpoint, and a file of texts. The calls are made one after the other over one
connection, and the template is compiled once. The process prints its CPU seconds.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import tee
from pathlib import Path
from typing import Any

import openai
from spacy_llm.util import assemble


def main(config: str, base_url: str, source: str) -> None:
    texts = Path(source).read_text("utf-8").splitlines()
    nlp = assemble(config)
    task: Any = nlp.get_pipe("llm").task
    client = openai.OpenAI(base_url=base_url, api_key="none")

    def ask(prompt: str) -> str:
        message: Any = {"role": "user", "content": prompt}
        return str(client.chat.completions.create(model="gpt-4", messages=[message]).choices[0].message.content)

    def run(texts: list[str]) -> int:
        asked, shards = tee(task.generate_prompts(map(nlp.make_doc, texts)))
        answers = ([ask(prompt) for prompt in prompts] for prompts, _ in asked)
        return sum(1 for _ in task.parse_responses((each for _, each in shards), answers))

    run(texts[:50])
    began = time.process_time()
    count = run(texts)
    print(json.dumps({"cpu": time.process_time() - began, "count": count}))


if __name__ == "__main__":
    main(*sys.argv[1:])
