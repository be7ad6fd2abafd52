"""Programs that take turns. Each is a process that reads a line, works, and answers with a line; it times itself, around its calls
only. While one works the others wait for input, so that a disturbed minute hits all of them alike."""

import os
import subprocess


class Refused(Exception):
    """What a program says instead of an answer."""


class Server:
    def __init__(self, command, environment=None):
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
            env={**os.environ, **(environment or {})})

    def ask(self, *words):
        """The answer to a line of words. Raises Refused with what the program says instead."""
        line = " ".join(map(str, words))
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise Refused("ended at: %s" % line)
        if answer.startswith("error"):
            raise Refused("%s: %s" % (line, answer[6:].strip()))
        return answer.split()

    def resident_huge(self, name):
        """Share of the mapping of a file called `name` that huge pages back; None where the kernel does not say."""
        try:
            lines = open("/proc/%d/smaps" % self.process.pid).read().splitlines()
        except OSError:
            return None
        inside, size, huge = False, 0, 0
        for line in lines:
            first = line.split()[0]
            if not first.endswith(":"):
                inside = line.endswith(name)
            elif inside and first == "Rss:":
                size += int(line.split()[1])
            elif inside and first == "FilePmdMapped:":
                huge += int(line.split()[1])
        return huge / size if size else None

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.wait()
