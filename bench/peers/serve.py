"""The peers' half of the conversation with bench/compare: one line in, one line out.

A job has run(), which the clock sees, and save(prefix); reset() before a run throws the last answer
away. cupel_timed speaks the same way.
"""
import json
import os
import sys
import time
import warnings

warnings.filterwarnings("ignore")


def serve(job, facts):
    # What libraries print goes to stderr: stdout is the conversation.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(value):
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    answer(facts)
    for line in sys.stdin:
        if line.startswith("save "):
            job.save(line[5:].strip())
            answer({})
            continue
        job.reset()
        begin = time.perf_counter()
        job.run()
        answer({"seconds": time.perf_counter() - begin})
