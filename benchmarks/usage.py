"""Resource usage of a process, as reported by Linux."""
from __future__ import unicode_literals

import io
import os

from benchmarks.processes import Failed

SPARE_DESCRIPTORS = 200


def cpu_seconds(pid):
    """CPU seconds of all threads in user and kernel mode (proc(5), ``stat``: utime and stime)."""
    try:
        with io.open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as file:
            # The name in parentheses may contain spaces.
            fields = file.read().rpartition(")")[2].split()
    except (IOError, OSError):
        raise Failed("The process %d has exited." % pid)
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf(str("SC_CLK_TCK")))


def busy_seconds():
    """CPU seconds of the whole machine since it started: all but idle and iowait (proc(5))."""
    with io.open("/proc/stat", encoding="ascii") as file:
        fields = [int(field) for field in file.readline().split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / float(os.sysconf(str("SC_CLK_TCK")))


def memory(pid):
    """Unique set size (USS) in bytes where the kernel reports it, otherwise the resident set less shared pages."""
    try:
        with io.open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as file:
            lines = [line.split() for line in file]
        return sum(int(line[1]) * 1024 for line in lines if line[0] in ("Private_Clean:", "Private_Dirty:"))
    except (IOError, OSError):
        with io.open("/proc/%d/statm" % pid, encoding="ascii") as file:
            resident, shared = [int(field) for field in file.read().split()[1:3]]
        return (resident - shared) * os.sysconf(str("SC_PAGE_SIZE"))


def allow_sockets(count):
    """Raises the limit of open files, for child processes too, where it is too low. Raises `Failed` if it can't."""
    import resource
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + SPARE_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        if hard != resource.RLIM_INFINITY and hard < wanted:
            raise Failed("%d sockets need %d open files, and this system allows %d." % (count, wanted, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
