import json
from gi.repository import Gimp
with open("/tmp/lines.jsonl", "a") as f:
    f.write(json.dumps({"event": "hello", "version": Gimp.version()}) + "\n")
import subprocess
print(subprocess.run(["/work/venvs/gimphost/bin/python", "-c", "import portrait_atelier, torch, cv2; print(torch.__version__)"], capture_output=True, text=True))
