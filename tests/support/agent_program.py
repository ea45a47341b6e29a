"""A coding agent of our own, standard library only: asks its endpoint what to write, writes it, reports as JSON.

Argument 1: the wire, `messages`, `stream` or `chat`. The prompt comes on stdin or as argument 2.
"""

SOURCE = """
import json, os, subprocess, sys, urllib.request

wire, prompt = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else sys.stdin.read()
chat = wire == "chat"
base = os.environ["OPENAI_BASE_URL"] if chat else os.environ["ANTHROPIC_BASE_URL"] + "/v1"
body = {"model": "m", "max_tokens": 100, "messages": [{"role": "user", "content": prompt}], "stream": wire == "stream"}
url = base + ("/chat/completions" if chat else "/messages")
headers = {"content-type": "application/json", "x-api-key": os.environ["ANTHROPIC_API_KEY"]}
request = urllib.request.Request(url, json.dumps(body).encode(), headers)
try:
    said = urllib.request.urlopen(request).read().decode()
except urllib.error.HTTPError as error:
    print(json.dumps({"is_error": True, "result": error.read().decode()}))
    sys.exit(1)
if wire == "stream":
    events = [json.loads(line[6:]) for line in said.splitlines() if line.startswith("data: ")]
    text = "".join(e["delta"].get("text", "") for e in events if e["type"] == "content_block_delta")
else:
    reply = json.loads(said)
    text = reply["choices"][0]["message"]["content"] if chat else reply["content"][0]["text"]
open("kit/add.py", "w").write(text)
status = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True).stdout
seen = {name: os.environ.get(name, "") for name in ("HOME", "SECRET_TOKEN")}
print("working")
print(json.dumps({"result": "wrote it", "num_turns": 1, "git": status, "prompt": prompt[-200:], **seen, "list": [1]}))
"""


def install(folder, python):
    """Put the agent on a PATH folder as `our-agent`; the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "our-agent"
    place.write_text(f"#!{python}\n{SOURCE}")
    place.chmod(0o755)
    return folder
